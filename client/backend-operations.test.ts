import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceDefinition, ServiceReference, TitanError } from '../protocol/index.js';
import { createFixture, type Fixture, Public, Service } from '../server-fixture/index.js';
import { NetronClient } from './netron-client.js';
import type { RemoteService } from './remote-service.js';
import { TestRuntime } from './testing/test-runtime.js';
import { outcomeOf } from './testing/test-watch.js';
import { TestWsServer } from './testing/test-ws-server.js';

interface Counter {
  inc(by?: number): unknown;
}

@Service('shop.orders@1.0.0')
class Orders {
  @Public()
  note = 'none';

  @Public()
  count(): number {
    return 7;
  }

  /** Uses a service that a client passes on. */
  @Public()
  bump(session: Counter, by: number): unknown {
    return session.inc(by);
  }
}

let fixture: Fixture;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  fixture = await createFixture({ auth: true, services: [new Orders()] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ backends: { main: fixture.ws }, runtime });
});
afterEach(() => client.close());

describe('a backend over WebSocket', () => {
  it('says its name and where it is', async () => {
    expect(await client.backend()).toMatchObject({ name: 'main', url: fixture.ws });
    await expect(client.backend('nope')).rejects.toMatchObject({ code: 'unknown-backend' });
  });

  it('answers a ping with the time it took', async () => {
    const backend = await client.backend();
    expect(await backend.ping()).toBe(0);
    const slow = backend.ping();
    runtime.nowMs += 7;
    expect(await slow).toBeGreaterThanOrEqual(0);
    expect(runtime.timers).toBe(0);
  });

  it('lets one in, and takes a bad login as an answer', async () => {
    const backend = await client.backend();
    await expect(client.mutate('admin@1.0.0', 'me', [])).rejects.toMatchObject({
      status: 401,
      reason: 'Authentication required',
    });
    expect(await backend.authenticate({ username: 'ada', password: 'wrong' })).toEqual({
      success: false,
      error: 'Invalid credentials',
    });
    expect(await backend.authenticate({ token: 't-user' })).toMatchObject({
      success: true,
      context: { userId: 'bob', roles: ['user'] },
    });
    await expect(client.mutate('admin@1.0.0', 'secret', [])).rejects.toMatchObject({
      status: 403,
      reason: 'Missing required role',
      details: { missingRoles: ['admin'] },
    });
    expect(await backend.authenticate({ username: 'ada', password: 'pw' })).toMatchObject({
      success: true,
      context: { userId: 'ada' },
      metadata: { token: 't-admin' },
    });
    expect(await client.mutate('admin@1.0.0', 'secret', [])).toBe('top-secret');
  });

  it('refuses credentials that cannot be sent, at their path', async () => {
    const backend = await client.backend();
    await expect(backend.authenticate({ at: new Date(-1) })).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('args[0].at'),
    });
  });

  it('reads and writes properties', async () => {
    const backend = await client.backend();
    expect(await backend.get('factory@1.0.0', 'title')).toBe('factory-title');
    await backend.set('shop.orders@1.0.0', 'note', { a: new Date(5) });
    expect(await backend.get('shop.orders', 'note')).toEqual({ a: new Date(5) });
    await expect(backend.get('factory@1.0.0', 'nope')).rejects.toMatchObject({ code: 'remote', status: 404 });
    await expect(backend.set('nope@1.0.0', 'x', 1)).rejects.toMatchObject({ code: 'remote', status: 404 });
    await expect(backend.set('factory@1.0.0', 'title', new Date(-1))).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('args[0]'),
    });
    expect(runtime.timers).toBe(0);
  });
});

describe('authenticate over WebSocket', () => {
  it('fails at the deadline of the backend', async () => {
    const server = await TestWsServer.open();
    const own = new NetronClient({ backends: { main: { url: server.url, timeout: 50 } }, runtime });
    const backend = await own.backend();
    const outcome = outcomeOf(backend.authenticate({ username: 'ada' }));
    await (await server.connection()).task('authenticate');
    runtime.advance(50);
    expect(await outcome).toMatchObject({ error: { code: 'timeout', method: 'authenticate' } });
    own.close();
    await server.close();
  });
});

describe('a backend over HTTP', () => {
  it('says who one is, and has nothing else', async () => {
    const http = new NetronClient({ url: fixture.http, runtime });
    const backend = await http.backend();
    expect(await backend.authenticate({ username: 'ada', password: 'pw' })).toMatchObject({
      success: true,
      context: { userId: 'ada' },
    });
    expect(await backend.authenticate({ username: 'ada', password: 'wrong' })).toMatchObject({ success: false });
    await expect(backend.get('factory@1.0.0', 'title')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(backend.set('factory@1.0.0', 'title', 1)).rejects.toMatchObject({ code: 'invalid-argument' });
    http.close();
    const open = await createFixture();
    const none = new NetronClient({ url: open.http, runtime });
    await expect((await none.backend()).authenticate({})).rejects.toMatchObject({ code: 'remote', status: 503 });
    none.close();
    await open.close();
    expect(runtime.timers).toBe(0);
  });

  it('has the properties of services at the socket beside it', async () => {
    const both = new NetronClient({ backends: { both: { url: fixture.http, socketUrl: fixture.ws } }, runtime });
    const backend = await both.backend();
    await backend.set('shop.orders@1.0.0', 'note', 'here');
    expect(await backend.get('shop.orders@1.0.0', 'note')).toBe('here');
    both.close();
  });
});

describe('a backend over both', () => {
  it('has its properties over the socket, and calls over HTTP', async () => {
    const both = new NetronClient({ backends: { main: { url: fixture.http, socketUrl: fixture.ws } }, runtime });
    const backend = await both.backend();
    expect(await backend.get('factory@1.0.0', 'title')).toBe('factory-title');
    expect(runtime.requests).toEqual([]);
    expect(await both.query('admin@1.0.0', 'open', [])).toBe('open');
    expect(runtime.requests.length).toBe(1);
    both.close();
  });
});

describe('services by name', () => {
  it('are found without a version, the highest first, and with dots', async () => {
    expect(await client.mutate('calculator', 'add', [1, 2])).toEqual({ v: 10, sum: 3 });
    expect(await client.mutate('shop.orders@1.0.0', 'count', [])).toBe(7);
    expect(await client.mutate('shop.orders', 'count', [])).toBe(7);
    await expect(client.mutate('shop.nope', 'count', [])).rejects.toMatchObject({
      code: 'remote',
      status: 404,
      service: 'shop.nope',
      method: 'count',
    });
    const items: unknown[] = [];
    for await (const item of client.stream('stream', 'count', [3])) items.push(item);
    expect(items).toEqual([0, 1, 2]);
  });

  it('are resolved once per connection, and anew after a restart of the server', async () => {
    let own = await createFixture();
    const { port } = new URL(own.ws);
    const caller = new NetronClient({ url: own.ws, runtime });
    await Promise.all([1, 2, 3].map((n) => caller.mutate('calculator', 'add', [n, 1])));
    const before = own.counters.packetsReceived;
    await caller.mutate('calculator', 'add', [1, 1]);
    expect(own.counters.packetsReceived - before).toBe(1);
    await own.close();
    own = await createFixture({ wsPort: Number(port) });
    expect(await caller.query('calculator', 'add', [2, 1])).toEqual({ v: 10, sum: 3 });
    caller.close();
    await own.close();
  });
});

describe('definition ids, packet by packet', () => {
  let server: TestWsServer;
  let caller: NetronClient;
  const ids = ['01a1fb6d-bc08-79da-9724-1b274b4da281', '01a1fb6d-bc08-79da-9724-1b274b4da282'];
  const definition = (id: string | undefined, parentId = ''): ServiceDefinition =>
    new ServiceDefinition(id ?? '', parentId, 'server', {
      name: 'users',
      version: '1.0.0',
      properties: {},
      methods: {},
    });
  const stale = (id: string | undefined): TitanError => new TitanError(404, `Definition with id '${id}' not found`);

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    caller = new NetronClient({ backends: { main: server.url }, runtime });
  });
  afterEach(() => caller.close());

  it('that have become stale are asked for once more, for a mutation as well', async () => {
    const call = caller.mutate('users', 'get', ['u1']);
    const connection = await server.connection();
    for (const [i, id] of ids.entries()) {
      const asked = await connection.task('query_interface');
      expect(asked.args).toEqual(['users']);
      connection.respond(asked.id, definition(id));
      const packet = await connection.next();
      expect(packet.data).toEqual([id, 'get', 'u1']);
      if (i === 0) connection.fail(packet.id, stale(id));
      else connection.respond(packet.id, 'Ada');
    }
    expect(await call).toBe('Ada');
  });

  it('that stay stale are an error', async () => {
    const call = outcomeOf(caller.mutate('users', 'get', ['u1']));
    const connection = await server.connection();
    for (const id of ids) {
      connection.respond((await connection.task('query_interface')).id, definition(id));
      connection.fail(await connection.call('get'), stale(id));
    }
    expect(await call).toMatchObject({ error: { code: 'remote', status: 404, service: 'users', method: 'get' } });
  });

  it('do not hold a call beyond its deadline or its signal', async () => {
    const controller = new AbortController();
    const late = outcomeOf(caller.mutate('users', 'get', [], { timeout: 50 }));
    const aborted = outcomeOf(caller.mutate('users', 'get', [], { signal: controller.signal }));
    const connection = await server.connection();
    const asked = await connection.task('query_interface');
    runtime.advance(50);
    expect(await late).toMatchObject({ error: { code: 'timeout', reason: 'no answer within 50 ms' } });
    controller.abort();
    expect(await aborted).toMatchObject({ error: { code: 'aborted' } });
    connection.respond(asked.id, definition(ids[0]));
    const good = caller.mutate('users', 'get', []);
    connection.respond(await connection.call('get'), 'good');
    expect(await good).toBe('good');
  });

  it('that are no definitions are an error of the protocol', async () => {
    const call = outcomeOf(caller.mutate('users', 'get', []));
    const connection = await server.connection();
    connection.respond((await connection.task('query_interface')).id, 'what?');
    expect(await call).toMatchObject({ error: { code: 'protocol', service: 'users', method: 'get' } });
  });

  it('of a service that comes too late are given back', async () => {
    const controller = new AbortController();
    const call = outcomeOf(caller.mutate('factory@1.0.0', 'open', [], { signal: controller.signal }));
    const connection = await server.connection();
    const id = await connection.call('open');
    controller.abort();
    expect(await call).toMatchObject({ error: { code: 'aborted' } });
    connection.respond(id, definition(ids[0], ids[1]));
    const released = await connection.task('unref_service');
    expect(released.args).toEqual([ids[0]]);
    connection.respond(released.id, undefined);
    const stream = caller.stream('factory@1.0.0', 'open', []);
    connection.respond(await connection.call('open'), definition(ids[1], ids[0]));
    await expect(stream.next()).rejects.toMatchObject({ code: 'invalid-argument' });
    expect((await connection.task('unref_service')).args).toEqual([ids[1]]);
  });

  it('travel as a reference where a service is an argument', async () => {
    const open = caller.mutate('factory@1.0.0', 'open', []) as Promise<RemoteService>;
    const connection = await server.connection();
    connection.respond(await connection.call('open'), definition(ids[0], ids[1]));
    const session = await open;
    expect(session).toMatchObject({ name: 'users', version: '1.0.0', definitionId: ids[0] });
    const call = caller.mutate('shop@1.0.0', 'use', [session, new ServiceReference('own')]);
    const packet = await connection.next();
    expect((packet.data as readonly unknown[]).slice(2)).toEqual([
      new ServiceReference(ids[0] as string),
      new ServiceReference('own'),
    ]);
    connection.respond(packet.id, 1);
    await call;
  });
});

describe('services that come as a result', () => {
  it('are called, read and written, passed on, and gone once released', async () => {
    const session = (await client.mutate('factory@1.0.0', 'open', [])) as RemoteService;
    expect(session).toMatchObject({ name: 'session', version: '1.0.0' });
    expect(await session.call('inc', 5)).toBe(5);
    expect(await session.call('inc')).toBe(6);
    expect(await session.get('label')).toBe('sess');
    await session.set('label', 'mine');
    expect(await session.get('label')).toBe('mine');
    await expect(session.call('nope')).rejects.toMatchObject({ code: 'remote', status: 404, service: 'session@1.0.0' });
    expect(await client.mutate('shop.orders@1.0.0', 'bump', [session, 4])).toBe(10);
    expect(fixture.counters.openReferences).toBe(1);
    await session.release();
    expect(fixture.counters.openReferences).toBe(0);
    await expect(session.call('inc')).rejects.toMatchObject({ code: 'remote', status: 404 });
    await session.release();
  });

  it('are gone with their connection', async () => {
    const session = (await client.mutate('factory@1.0.0', 'open', [])) as RemoteService;
    runtime.sockets[0]?.close();
    await vi.waitFor(() => expect(fixture.counters.openReferences).toBe(0), { interval: 2 });
    await expect(session.call('inc')).rejects.toMatchObject({ code: expect.stringMatching(/remote|network/) });
    const anew = (await client.mutate('factory@1.0.0', 'open', [])) as RemoteService;
    expect(await anew.call('inc')).toBe(1);
  });
});

describe('rich values', () => {
  const values: readonly (readonly [string, unknown])[] = [
    ['a date', new Date(0)],
    ['a later date', new Date(1_700_000_000_123)],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { deep: [new Date(1)] }],
        [{ k: 1 }, null],
      ]),
    ],
    ['a set', new Set([1, 'two', 3n])],
    ['a bigint', -(2n ** 100n)],
    ['a regular expression', /ab+\/c/giu],
    ['bytes', Uint8Array.of(0, 1, 254, 255)],
    ['many bytes', new Uint8Array(70_000).fill(7)],
    ['undefined inside', { a: undefined, b: [undefined, null] }],
    ['numbers', [0, -1, 1.5, 2 ** 31, 2 ** 32, -(2 ** 31) - 1, 2 ** 53 - 1, Number.POSITIVE_INFINITY, Number.NaN]],
    ['text', ['', 'é', '🜚', 'x'.repeat(70_000)]],
    ['a wide object', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]))],
  ];

  it.each(values)('come back as they went: %s', async (_name, value) => {
    expect(await client.mutate('echo@1.0.0', 'echo', [value])).toEqual(value);
    expect(await client.query('echo@1.0.0', 'echo', [{ inside: [value] }])).toEqual({ inside: [value] });
  });

  it('carry an error as a value, with its class and its own fields', async () => {
    const error = Object.assign(new TypeError('as value'), { code: 'E', at: new Date(5) });
    const echoed = (await client.mutate('echo@1.0.0', 'echo', [error])) as TypeError & { code: string };
    expect(echoed).toBeInstanceOf(TypeError);
    expect(echoed).toMatchObject({ message: 'as value', code: 'E', at: new Date(5) });
    const nested = new TitanError(500, 'outer', { cause: new TitanError(404, 'inner', { details: { id: 1n } }) });
    const back = (await client.mutate('echo@1.0.0', 'echo', [nested])) as TitanError;
    expect(back).toMatchObject({
      code: 500,
      message: 'outer',
      cause: { code: 404, message: 'inner', details: { id: 1n } },
    });
  });

  it('keep the cause of a failure', async () => {
    const { error } = (await outcomeOf(client.mutate('echo@1.0.0', 'fail', ['cause']))) as { error: Error };
    expect(error).toMatchObject({
      code: 'remote',
      status: 500,
      reason: 'outer',
      cause: { cause: { message: 'inner' } },
    });
  });

  it('refuse a date before 1970 at its path, in any argument', async () => {
    const args = [1, { list: [new Map([['k', { at: new Date(-1) }]])] }];
    await expect(client.mutate('echo@1.0.0', 'echo', args)).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringMatching(/a date before 1970 at args\[1\]\.list\[0\]/),
    });
    await expect(client.mutate('echo@1.0.0', 'make', ['negDate'])).rejects.toMatchObject({ code: 'remote' });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });
});
