import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_PACKET_BYTES, PacketCodec, PacketType, parseHandshake } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { NetronClient } from '../netron-client.js';
import { ItemService } from '../testing/test-item-service.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

const place = { backend: 'main', service: 'users@1.0.0', method: 'get' };

describe('calls over WebSocket, against the fixture', () => {
  let fixture: Fixture;
  let items: ItemService;
  let runtime: TestRuntime;
  let client: NetronClient;

  beforeAll(async () => {
    items = new ItemService();
    fixture = await createFixture({ services: [items] });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    runtime = new TestRuntime();
    client = new NetronClient({ backends: { main: fixture.ws }, runtime });
  });
  afterEach(() => {
    client.close();
    items.gate.closed.clear();
  });

  it('carry every value of the profile both ways', async () => {
    for (const value of [undefined, null, 1.5, 'é', [1, [2]], { a: { b: undefined } }, 12n, new Date(5), /a/g]) {
      expect(await client.mutate('echo@1.0.0', 'echo', [value])).toEqual(value);
    }
    expect(await client.query('echo@1.0.0', 'make', ['map'])).toBeInstanceOf(Map);
    expect(await client.query('calculator@1.0.0', 'noResult', [])).toBeUndefined();
    expect(await client.mutate('calculator@1.0.0', 'add', [2, 3])).toBe(5);
  });

  it.each([
    ['titan', { status: 409, reason: 'conflict!', details: { field: 'x' }, businessCode: undefined, retryable: false }],
    ['business', { status: 401, businessCode: 'SESSION_EXPIRED' }],
    ['rate', { status: 429, retryAfterMs: 7_000, retryable: true }],
    ['custom600', { status: 600, reason: 'multi', retryable: false }],
    ['props', { status: 500, businessCode: 'E_CUSTOM', reason: 'with props' }],
    ['string', { status: 500, reason: 'just a string' }],
    ['type', { status: 500, reason: 'type failure' }],
  ])('keep what the server said in an error: %s', async (kind, fields) => {
    await expect(client.mutate('echo@1.0.0', 'fail', [kind])).rejects.toMatchObject({
      code: 'remote',
      backend: 'main',
      service: 'echo@1.0.0',
      method: 'fail',
      ...fields,
    });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('share one connection, opened at the first call, and match answers in any order', async () => {
    expect(runtime.sockets.length).toBe(0);
    items.gate.close('patch');
    const first = client.mutate('item@1.0.0', 'patch', ['order', { a: 1 }]);
    const second = client.mutate('item@1.0.0', 'patch', ['order', { b: 2 }]);
    const held = [await items.gate.next('patch'), await items.gate.next('patch')];
    for (const call of held.reverse()) call.answer();
    expect(await Promise.all([first, second])).toMatchObject([{ a: 1, b: 2 }, { b: 2 }]);
    expect(runtime.sockets.length).toBe(1);
    expect(runtime.timers).toBe(0);
  });

  it.each([
    ['a function', [() => 1], 'Not supported: function at args[0]'],
    ['a symbol inside', [1, { a: [Symbol('x')] }], 'Not supported: symbol at args[1].a[0]'],
    ['a class instance', [new URL('http://x')], 'Not supported: object at args[0]'],
    ['a date before 1970', [{ at: new Date(-1) }], 'Not supported: a date before 1970 at args[0].at'],
  ])('refuse %s with its path', async (_name, args, reason) => {
    await expect(client.mutate('echo@1.0.0', 'echo', args)).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'main',
      service: 'echo@1.0.0',
      method: 'echo',
      reason: expect.stringContaining(reason),
    });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
    expect(runtime.timers).toBe(0);
  });

  it.each([
    [new Error('trap'), 'trap'],
    [Object.create(null), 'something without a text'],
  ])('refuse a getter that throws as a bad argument: %#', async (thrown, reason) => {
    const bad = {
      get trap(): never {
        throw thrown;
      },
    };
    await expect(client.mutate('echo@1.0.0', 'echo', [bad])).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining(reason),
      retryable: false,
    });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('refuse arguments over the limit', async () => {
    const text = 'x'.repeat(MAX_PACKET_BYTES);
    await expect(client.mutate('echo@1.0.0', 'echo', [text])).rejects.toMatchObject({ code: 'too-large' });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('name a service that is not there, a dotted one as well, which Titan does not find by name', async () => {
    for (const name of ['nope@1.0.0', 'shop.users@1.0.0']) {
      await expect(client.mutate(name, 'get', [])).rejects.toMatchObject({
        backend: 'main',
        service: name,
        method: 'get',
      });
    }
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('that meet a stream say so and close it', async () => {
    await expect(client.query('stream@1.0.0', 'forever', [0])).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('client.stream()'),
    });
    await vi.waitFor(() => expect(fixture.counters.openStreams).toBe(0), { interval: 5 });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('refuse a method without a stream as a stream', async () => {
    const stream = client.stream('calculator@1.0.0', 'add', [1, 2]);
    await expect(stream.next()).rejects.toMatchObject({ code: 'invalid-argument', method: 'add' });
    expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('reach a backend whose scheme is written in capitals', async () => {
    const own = new NetronClient({ url: fixture.ws.replace('ws:', 'WS:'), runtime });
    expect(await own.mutate('calculator@1.0.0', 'add', [1, 1])).toBe(2);
    own.close();
  });

  it('settle when the server goes away, and work again when it is back', async () => {
    const own = await createFixture({ services: [new ItemService()] });
    const { port } = new URL(own.ws);
    const client = new NetronClient({ backends: { main: own.ws }, runtime });
    const calls = [
      client.mutate('calculator@1.0.0', 'slow', [60_000]),
      client.query('calculator@1.0.0', 'slow', [60_000]),
      client.stream('stream@1.0.0', 'forever', [60_000]).next(),
    ].map(outcomeOf);
    await vi.waitFor(() => expect(own.counters.calls).toBe(3), { interval: 5 });
    await own.close();
    for (const outcome of (await Promise.all(calls)).slice(0, 2)) {
      expect(outcome).toMatchObject({ error: { code: 'network', retryable: true } });
    }
    await expect(client.mutate('calculator@1.0.0', 'add', [1, 1])).rejects.toMatchObject({
      code: 'network',
      reason: expect.stringContaining(own.ws),
    });
    const back = await createFixture({ wsPort: Number(port) });
    expect(await client.mutate('calculator@1.0.0', 'add', [1, 1])).toBe(2);
    client.close();
    await back.close();
  });
});

describe('calls over WebSocket, against a server that misbehaves', () => {
  let server: TestWsServer;
  let runtime: TestRuntime;
  let client: NetronClient;

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    runtime = new TestRuntime();
    client = new NetronClient({ backends: { main: server.url }, runtime });
  });
  afterEach(() => client.close());

  const call = (options: { signal?: AbortSignal; timeout?: number } = {}) =>
    outcomeOf(client.mutate('users@1.0.0', 'get', ['u1'], options));

  async function expectGoodCall(connection: TestConnection): Promise<void> {
    const good = client.mutate('users@1.0.0', 'get', ['u1']);
    connection.respond(await connection.call('get'), 'good');
    expect(await good).toBe('good');
    expect(runtime.timers).toBe(0);
  }

  const expectGoodCallAnew = async (): Promise<void> => {
    const good = client.mutate('users@1.0.0', 'get', ['u1']);
    const connection = await server.connection();
    connection.respond(await connection.call('get'), 'good');
    expect(await good).toBe('good');
    expect(runtime.timers).toBe(0);
  };

  it('greet the server first, under a fresh id for each connection', async () => {
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const outcome = call();
      const connection = await server.connection();
      await connection.call('get');
      expect(connection.greetings.length).toBe(1);
      ids.push(...connection.greetings.map((text) => parseHandshake(text, 'client-id')));
      connection.socket.close(1001, 'bye');
      expect(await outcome).toMatchObject({
        error: { code: 'network', ...place, reason: 'the connection was closed with 1001: bye', retryable: true },
      });
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain(undefined);
  });

  it('ignore the greeting of the server in every shape, and other text', async () => {
    const outcome = call();
    const connection = await server.connection();
    const greeting = JSON.stringify({ type: 'id', id: 'server' });
    for (const text of [greeting, 'hello', '']) connection.send(text);
    connection.send(new TextEncoder().encode(greeting));
    connection.respond(await connection.call('get'), 'ok');
    expect(await outcome).toEqual({ value: 'ok' });
    await expectGoodCall(connection);
  });

  it('fail all at once on a frame that is nobody’s, and go on over a new connection', async () => {
    const outcomes = [call(), call()];
    const connection = await server.connection();
    await connection.call('get');
    await connection.call('get');
    connection.send(Uint8Array.of(1, 2, 3));
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toMatchObject({
        error: { code: 'protocol', ...place, reason: expect.stringContaining('frame') },
      });
    }
    expect(await connection.closed).toBe(4002);
    await expectGoodCallAnew();
  });

  it.each([
    ['an empty frame', Uint8Array.of()],
    ['a request that cannot be read', Uint8Array.of(0, 0, 0, 1, 0x43, 0xc1)],
    ['a broken stream packet', Uint8Array.of(0, 0, 0, 9, 0x65, 0xc0, 0, 0)],
  ])('give the connection up after %s', async (_name, bytes) => {
    const outcome = call();
    const connection = await server.connection();
    await connection.call('get');
    connection.send(bytes);
    expect(await outcome).toMatchObject({ error: { code: 'protocol', ...place } });
    expect(await connection.closed).toBe(4002);
    await expectGoodCallAnew();
  });

  it('ignore packets of unassigned types, whatever they hold', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    for (let type = 8; type < 16; type++) connection.send(Uint8Array.of(0, 0, 0, 9, 0x40 | type, 0xc1));
    connection.respond(id, 'ok');
    expect(await outcome).toEqual({ value: 'ok' });
    await expectGoodCall(connection);
  });

  it('wait on for their answer when a packet of an unassigned type has their id', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    connection.send(Uint8Array.of(0, 0, 0, id, 9, 0xc0));
    connection.respond(id, 'good');
    expect(await outcome).toEqual({ value: 'good' });
  });

  it('do not let what a broken connection still delivers touch the next one', async () => {
    const outcome = call();
    const connection = await server.connection();
    await connection.call('get');
    connection.send(Uint8Array.of(1, 2, 3));
    expect(await outcome).toMatchObject({ error: { code: 'protocol' } });
    const next = call();
    const anew = await server.connection();
    const id = await anew.call('get');
    const [old] = runtime.sockets;
    for (const bytes of [Uint8Array.of(4, 5, 6), connection.response(id, 'late'), pingRequest()]) {
      old?.onmessage?.({ data: bytes.slice().buffer });
    }
    anew.respond(id, 'good');
    expect(await next).toEqual({ value: 'good' });
    await expectGoodCall(anew);
  });

  it('fail alone when a truncated answer still says whose it is', async () => {
    const [broken, fine] = [call(), call()];
    const connection = await server.connection();
    const [brokenId, fineId] = [await connection.call('get'), await connection.call('get')];
    connection.send(connection.response(brokenId, { a: 'text' }).slice(0, -2));
    expect(await broken).toMatchObject({ error: { code: 'protocol', ...place } });
    connection.respond(fineId, 'fine');
    expect(await fine).toEqual({ value: 'fine' });
    await expectGoodCall(connection);
  });

  it('fail alone when an answer is over the limit', async () => {
    const outcome = call();
    const connection = await server.connection();
    const head = connection.response(await connection.call('get'), null).slice(0, 5);
    const oversized = new Uint8Array(MAX_PACKET_BYTES + 1);
    oversized.set(head);
    connection.send(oversized);
    expect(await outcome).toMatchObject({ error: { code: 'too-large', ...place } });
    await expectGoodCall(connection);
  });

  it('fail alone when an answer is nested too deeply', async () => {
    const outcome = call();
    const connection = await server.connection();
    const head = connection.response(await connection.call('get'), null).slice(0, 5);
    connection.send(Uint8Array.of(...head, ...Array<number>(100).fill(0x91), 0xc0));
    expect(await outcome).toMatchObject({ error: { code: 'protocol', ...place } });
    await expectGoodCall(connection);
  });

  it('settle when the connection drops in the middle, without a close frame', async () => {
    const outcomes = [call(), call()];
    const connection = await server.connection();
    await connection.call('get');
    connection.socket.terminate();
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toMatchObject({ error: { code: 'network', ...place, reason: expect.stringContaining('1006') } });
    }
    await expectGoodCallAnew();
  });

  it('settle at their deadline when the server never answers, and the late answer changes nothing', async () => {
    const outcome = call({ timeout: 100 });
    const connection = await server.connection();
    const id = await connection.call('get');
    runtime.advance(100);
    expect(await outcome).toMatchObject({ error: { code: 'timeout', ...place, reason: 'no answer within 100 ms' } });
    connection.respond(id, 'late');
    connection.respond(id, 'later');
    connection.respond(999, 'unasked');
    await expectGoodCall(connection);
  });

  it('settle at once when aborted, and the late answer changes nothing', async () => {
    const controller = new AbortController();
    const outcome = call({ signal: controller.signal });
    const connection = await server.connection();
    const id = await connection.call('get');
    controller.abort();
    expect(await outcome).toMatchObject({ error: { code: 'aborted', ...place } });
    connection.respond(id, 'late');
    await expectGoodCall(connection);
  });

  it('settle once when the server answers twice', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    connection.respond(id, 'first');
    connection.respond(id, 'second');
    expect(await outcome).toEqual({ value: 'first' });
    await expectGoodCall(connection);
  });

  it('close a stream that a late answer names', async () => {
    const controller = new AbortController();
    const stream = client.stream('stream@1.0.0', 'forever', [], { signal: controller.signal });
    const connection = await server.connection();
    const id = await connection.call('forever');
    controller.abort();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    connection.respondWithStream(id, 7);
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 7 } });
    await expectGoodCall(connection);
  });

  it('answer requests of the server: a PING with its data, a TASK with nothing', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    const pingId = connection.request(PacketType.ping, 1_700_000_000_000);
    expect(await connection.next()).toMatchObject({
      id: pingId,
      type: PacketType.ping,
      impulse: false,
      error: false,
      data: 1_700_000_000_000,
    });
    const taskId = connection.request(PacketType.task, ['emit', 'users:changed', { op: 'create' }]);
    expect(await connection.next()).toMatchObject({ id: taskId, impulse: false, error: false, data: undefined });
    connection.respond(id, 'ok');
    expect(await outcome).toEqual({ value: 'ok' });
    await expectGoodCall(connection);
  });

  it('answer a PING as it came, also where writing it our way would be too large', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    // Floats of 32 bits, which grow when they are written again.
    const count = Math.floor(MAX_PACKET_BYTES / 5) - 10;
    const ping = Buffer.alloc(10 + count * 5);
    ping.writeUInt32BE(7, 0);
    ping[4] = 0x40;
    ping[5] = 0xdd;
    ping.writeUInt32BE(count, 6);
    for (let at = 10; at < ping.length; at += 5) ping[at] = 0xca;
    connection.send(ping);
    expect(await connection.next()).toMatchObject({ id: 7, type: PacketType.ping, impulse: false, error: false });
    connection.respond(id, 'ok');
    expect(await outcome).toEqual({ value: 'ok' });
  });

  it('do not mistake a request of the server with the same id for their answer', async () => {
    const outcome = call();
    const connection = await server.connection();
    const id = await connection.call('get');
    while (connection.request(PacketType.ping, 'not the answer') < id) await connection.next();
    await connection.next();
    connection.respond(id, 'the answer');
    expect(await outcome).toEqual({ value: 'the answer' });
  });

  it('settle while a deaf server never even accepts the connection', async () => {
    const deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as { port: number };
    const sockets = new Promise((resolve) => deaf.once('connection', resolve));
    const own = new NetronClient({ backends: { main: `ws://127.0.0.1:${port}` }, runtime });
    const controller = new AbortController();
    const late = outcomeOf(own.mutate('users@1.0.0', 'get', [], { timeout: 50 }));
    const aborted = outcomeOf(own.mutate('users@1.0.0', 'get', [], { signal: controller.signal }));
    const closed = outcomeOf(own.mutate('users@1.0.0', 'get', []));
    await sockets;
    runtime.advance(50);
    expect(await late).toMatchObject({ error: { code: 'timeout', ...place } });
    controller.abort();
    expect(await aborted).toMatchObject({ error: { code: 'aborted', ...place } });
    const before = outcomeOf(own.mutate('users@1.0.0', 'get', [], { signal: controller.signal }));
    expect(await before).toMatchObject({ error: { code: 'aborted', ...place } });
    own.close();
    expect(await closed).toMatchObject({ error: { code: 'network', ...place } });
    expect(runtime.timers).toBe(0);
    deaf.close();
    await expectGoodCallAnew();
  });

  it('abort before the transport is loaded as well', async () => {
    const controller = new AbortController();
    const outcome = call({ signal: controller.signal });
    controller.abort();
    expect(await outcome).toMatchObject({ error: { code: 'aborted', ...place } });
    expect(runtime.sockets.length).toBe(0);
    await expectGoodCallAnew();
  });

  it('fail when the client is closed, and so do later ones', async () => {
    const outcome = call();
    const connection = await server.connection();
    await connection.call('get');
    client.close();
    expect(await outcome).toMatchObject({ error: { code: 'network', ...place, reason: 'the client was closed' } });
    expect(await connection.closed).toBe(1000);
    expect(await call()).toMatchObject({ error: { code: 'network', ...place, reason: 'the client was closed' } });
    expect(runtime.sockets.length).toBe(1);
  });
});

const pingRequest = (): Uint8Array =>
  new PacketCodec().encode({ id: 1, type: PacketType.ping, impulse: true, error: false, data: 1 });
