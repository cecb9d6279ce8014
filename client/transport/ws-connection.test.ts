import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacketType } from '../../protocol/index.js';
import { createFixture } from '../../server-fixture/index.js';
import { CONNECT_WITHIN_MS, PING_AFTER_MS, PONG_WITHIN_MS, RECONNECT_INITIAL_MS, RECONNECT_MAX_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf } from '../testing/test-watch.js';
import { TestWsServer } from '../testing/test-ws-server.js';
import { backoffMs } from './ws/backoff.js';

let server: TestWsServer;
let runtime: TestRuntime;
let client: NetronClient;
let log: TapLog;

beforeAll(async () => {
  server = await TestWsServer.open();
});
afterAll(() => server.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ backends: { main: server.url }, runtime });
  log = new TapLog();
});
afterEach(() => client.close());

const states = (): unknown[] => log.all('backendState').map(({ a }) => a);
const untilState = (state: string): Promise<void> =>
  vi.waitFor(() => expect(states().at(-1)).toBe(state), { interval: 2, timeout: 5_000 });
const backend = () => client.backend();

describe('backoff', () => {
  it.each([0, 1, 5, 6, 30, 1_000, Number.MAX_SAFE_INTEGER])('of attempt %s is within its bounds', (attempt) => {
    const cap = Math.min(RECONNECT_MAX_MS, RECONNECT_INITIAL_MS * 2 ** attempt);
    expect(backoffMs(attempt, 0)).toBe(0);
    expect(backoffMs(attempt, 0.5)).toBe(cap / 2);
    expect(backoffMs(attempt, 1 - Number.EPSILON)).toBeLessThan(cap);
    expect(backoffMs(attempt, 1 - Number.EPSILON)).toBeGreaterThan(cap * 0.999);
  });

  it('is spread evenly over all of its range', () => {
    const cap = RECONNECT_INITIAL_MS * 8;
    const buckets = new Array<number>(10).fill(0);
    const source = new TestRuntime();
    for (let i = 0; i < 10_000; i++) {
      const bucket = Math.floor((backoffMs(3, source.random()) / cap) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(buckets.length).toBe(10);
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(50);
  });
});

describe('connect', () => {
  it('resolves after the handshake, and keeps the connection until it is let go of', async () => {
    const release = await (await backend()).connect();
    expect(states()).toEqual(['connecting', 'connecting', 'open']);
    const connection = await server.connection();
    await vi.waitFor(() => expect(connection.greetings.length).toBe(1), { interval: 2 });
    connection.socket.close(1001);
    await untilState('waiting');
    expect(runtime.timers).toBe(1);
    release();
    expect(states().at(-1)).toBe('idle');
    expect(runtime.timers).toBe(0);
    release();
  });

  it('comes back after a loss with full jitter, and says so on the tap', async () => {
    runtime.random = () => 0.5;
    const release = await (await backend()).connect();
    const first = await server.connection();
    first.request(PacketType.ping, 1);
    await first.next();
    first.socket.terminate();
    await untilState('waiting');
    expect(runtime.delays.at(-1)).toBe(RECONNECT_INITIAL_MS / 2);
    runtime.advance(RECONNECT_INITIAL_MS / 2 - 1);
    expect(states().at(-1)).toBe('waiting');
    runtime.advance(1);
    await untilState('open');
    expect(states().slice(3)).toEqual(['waiting', 'connecting', 'connecting', 'open']);
    await server.connection();
    release();
  });

  it('waits longer after each attempt that fails, also where the server takes every connection and drops it', async () => {
    runtime.random = () => 0.5;
    const release = await (await backend()).connect();
    const waits: unknown[] = [];
    for (let i = 0; i < 9; i++) {
      const connection = await server.connection();
      connection.socket.terminate();
      await untilState('waiting');
      waits.push(runtime.delays.at(-1));
      runtime.advance(RECONNECT_MAX_MS);
      await untilState('open');
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    const good = await server.connection();
    good.request(PacketType.ping, 1);
    await good.next();
    good.socket.terminate();
    await untilState('waiting');
    expect(runtime.delays.at(-1)).toBe(250);
    release();
  });

  it('rejects with the reason when the server cannot be reached, and does not try on', async () => {
    const port = await freePort();
    const own = new NetronClient({ url: `ws://127.0.0.1:${port}`, runtime });
    await expect((await own.backend()).connect()).rejects.toMatchObject({
      code: 'network',
      service: '$server',
      method: 'connect',
      reason: expect.stringContaining(`ws://127.0.0.1:${port}`),
    });
    expect(runtime.timers).toBe(0);
    own.close();
  });

  it('fails at the deadline of its backend where nobody answers the upgrade', async () => {
    const { deaf, url } = await deafServer();
    const own = new NetronClient({ backends: { main: { url, timeout: 100 } }, runtime });
    const outcome = outcomeOf((await own.backend()).connect());
    await once(deaf, 'connection');
    runtime.advance(100);
    expect(await outcome).toMatchObject({ error: { code: 'timeout', method: 'connect' } });
    own.close();
    await vi.waitFor(() => expect(runtime.timers).toBe(0), { interval: 2 });
    deaf.close();
  });

  it('gives an attempt up that takes too long, and makes the next', async () => {
    const { deaf, url } = await deafServer();
    const own = new NetronClient({ backends: { main: { url, timeout: Number.POSITIVE_INFINITY } }, runtime });
    const ownLog = new TapLog();
    const subscription = (await own.backend()).subscribe('x', () => undefined);
    const early = outcomeOf(subscription.ready);
    await once(deaf, 'connection');
    await vi.waitFor(() => expect(runtime.delays).toContain(CONNECT_WITHIN_MS), { interval: 2 });
    const again = once(deaf, 'connection');
    runtime.advance(CONNECT_WITHIN_MS);
    expect(await early).toMatchObject({ error: { code: expect.stringMatching(/network|timeout/) } });
    await vi.waitFor(() => expect(ownLog.all('backendState').at(-1)?.a).toBe('waiting'), { interval: 2 });
    runtime.advance(RECONNECT_MAX_MS);
    await again;
    own.close();
    await vi.waitFor(() => expect(runtime.timers).toBe(0), { interval: 2 });
    deaf.close();
  });

  it('is not for HTTP', async () => {
    const own = new NetronClient({ url: 'http://127.0.0.1:1', runtime });
    await expect((await own.backend()).connect()).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect((await own.backend()).ping()).rejects.toMatchObject({ code: 'invalid-argument' });
    own.close();
  });
});

describe('a connection that is lost', () => {
  it('has a query asked once more, which settles once', async () => {
    const query = client.query('users@1.0.0', 'get', ['u1']);
    const first = await server.connection();
    await first.call('get');
    first.socket.terminate();
    const second = await server.connection();
    second.respond(await second.call('get'), 'Ada');
    expect(await query).toBe('Ada');
    expect(runtime.sockets.length).toBe(2);
  });

  it('has a query fail that is lost twice', async () => {
    const query = outcomeOf(client.query('users@1.0.0', 'get', ['u1']));
    for (let i = 0; i < 2; i++) {
      const connection = await server.connection();
      await connection.call('get');
      connection.socket.terminate();
    }
    expect(await query).toMatchObject({ error: { code: 'network', retryable: true } });
    expect(runtime.timers).toBe(0);
  });

  it('has a mutation fail once, and never sends it again', async () => {
    const mutation = outcomeOf(client.mutate('users@1.0.0', 'create', [{}]));
    const first = await server.connection();
    await first.call('create');
    first.socket.terminate();
    expect(await mutation).toMatchObject({ error: { code: 'network', method: 'create' } });
    const next = client.mutate('users@1.0.0', 'get', []);
    const second = await server.connection();
    second.respond(await second.call('get'), 'only this');
    expect(await next).toBe('only this');
  });

  it('has a PING fail with an error like any other', async () => {
    const ping = outcomeOf((await backend()).ping());
    const connection = await server.connection();
    expect(await connection.next()).toMatchObject({ type: PacketType.ping, impulse: true });
    connection.socket.close(1001, 'bye');
    expect(await ping).toMatchObject({
      error: { name: 'NetronError', code: 'network', method: 'ping', reason: expect.stringContaining('1001') },
    });
  });

  it('is not asked again after close(), which settles everything and leaves no timer', async () => {
    const handle = await backend();
    const outcomes = [
      client.query('users@1.0.0', 'get', ['u1']),
      client.mutate('users@1.0.0', 'get', ['u1']),
      client.query('users', 'get', ['u2']),
      client.stream('stream@1.0.0', 'forever', []).next(),
      handle.ping(),
      handle.authenticate({}),
      handle.get('factory@1.0.0', 'title'),
      handle.subscribe('x', () => undefined).ready,
    ].map(outcomeOf);
    const connection = await server.connection();
    for (let i = 0; i < outcomes.length; i++) await connection.next();
    client.close();
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toMatchObject({ error: { code: 'network', reason: 'the client was closed' } });
    }
    expect(runtime.timers).toBe(0);
    expect(states().at(-1)).toBe('closed');
    expect(await connection.closed).toBe(1000);
  });

  it('that waits to come back is closed without a trace', async () => {
    await (await backend()).connect();
    (await server.connection()).socket.terminate();
    await untilState('waiting');
    const late = outcomeOf(client.mutate('users@1.0.0', 'get', []));
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 2 });
    client.close();
    expect(await late).toMatchObject({ error: { code: 'network', reason: 'the client was closed' } });
    expect(runtime.timers).toBe(0);
    runtime.advance(RECONNECT_MAX_MS);
    expect(runtime.sockets.length).toBe(1);
  });
});

describe('keepalive', () => {
  it('lets a healthy connection be idle for a day', async () => {
    const release = await (await backend()).connect();
    const connection = await server.connection();
    for (let i = 0; i < 100; i++) {
      runtime.advance(PING_AFTER_MS);
      const ping = await connection.next();
      expect(ping).toMatchObject({ type: PacketType.ping, impulse: true });
      const { length } = runtime.sockets;
      const heard = once(runtime.sockets[0] as never, 'message');
      connection.respond(ping.id, ping.data);
      await heard;
      expect(length).toBe(1);
    }
    expect(states().at(-1)).toBe('open');
    release();
  });

  it('does not ask while something comes', async () => {
    await (await backend()).connect();
    const connection = await server.connection();
    runtime.advance(PING_AFTER_MS - 1);
    const heard = once(runtime.sockets[0] as never, 'message');
    connection.request(PacketType.ping, 'from the server');
    await heard;
    runtime.advance(PING_AFTER_MS - 1);
    runtime.advance(1);
    expect(await connection.next()).toMatchObject({ impulse: false, data: 'from the server' });
    expect(await connection.next()).toMatchObject({ type: PacketType.ping, impulse: true });
  });

  it('closes a silent connection after its PING went unanswered, and opens another', async () => {
    await (await backend()).connect();
    const connection = await server.connection();
    runtime.advance(PING_AFTER_MS);
    expect(await connection.next()).toMatchObject({ type: PacketType.ping });
    runtime.advance(PONG_WITHIN_MS - 1);
    expect(states().at(-1)).toBe('open');
    runtime.advance(1);
    expect(states().at(-1)).toBe('waiting');
    expect(await connection.closed).toBe(4003);
    runtime.advance(RECONNECT_MAX_MS);
    await untilState('open');
    await server.connection();
  });

  it('gives the server its time also after the computer has slept', async () => {
    await (await backend()).connect();
    const connection = await server.connection();
    runtime.advance(3_600_000);
    const ping = await connection.next();
    expect(ping.type).toBe(PacketType.ping);
    runtime.advance(PONG_WITHIN_MS - 1);
    expect(states().at(-1)).toBe('open');
    const heard = once(runtime.sockets[0] as never, 'message');
    connection.respond(ping.id, ping.data);
    await heard;
    runtime.advance(PONG_WITHIN_MS);
    expect(states().at(-1)).toBe('open');
  });
});

describe('tokens', () => {
  it('are asked for anew when the server refused the last one, until it likes one', async () => {
    const fixture = await createFixture({ auth: true });
    const asked: boolean[] = [];
    const token = (refresh: boolean): string => {
      asked.push(refresh);
      if (asked.length === 2) throw new Error('the login page is down');
      return refresh ? 't-admin' : 'expired';
    };
    runtime.random = () => 0.5;
    const own = new NetronClient({ backends: { main: { url: fixture.ws, token } }, runtime });
    const ownLog = new TapLog();
    const current = (): unknown => ownLog.all('backendState').at(-1)?.a;
    const subscription = (await own.backend()).subscribe('x', () => undefined);
    subscription.ready.catch(() => undefined);
    await vi.waitFor(() => expect(current()).toBe('waiting'), { interval: 2 });
    runtime.advance(RECONNECT_MAX_MS);
    await vi.waitFor(() => expect(asked.length).toBe(2), { interval: 2 });
    await vi.waitFor(() => expect(current()).toBe('waiting'), { interval: 2 });
    runtime.advance(RECONNECT_MAX_MS);
    await vi.waitFor(() => expect(current()).toBe('open'), { interval: 2 });
    expect(await own.mutate('admin@1.0.0', 'secret', [])).toBe('top-secret');
    expect(asked).toEqual([false, true, true]);
    own.close();
    await fixture.close();
  });

  it('that are always refused are tried ever more seldom', async () => {
    const fixture = await createFixture({ auth: true });
    runtime.random = () => 0.5;
    const own = new NetronClient({ backends: { main: { url: fixture.ws, token: () => 'bad' } }, runtime });
    const ownLog = new TapLog();
    const subscription = (await own.backend()).subscribe('x', () => undefined);
    subscription.ready.catch(() => undefined);
    const waits: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const before = ownLog.all('backendState').length;
      await vi.waitFor(
        () => {
          const seen = ownLog.all('backendState');
          expect(seen.length).toBeGreaterThan(i === 0 ? 0 : before);
          expect(seen.at(-1)?.a).toBe('waiting');
        },
        { interval: 2 },
      );
      waits.push(runtime.delays.at(-1));
      runtime.advance(RECONNECT_MAX_MS);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    own.close();
    await fixture.close();
  });

  it('never appear in an error or on the tap', async () => {
    const port = await freePort();
    const own = new NetronClient({
      backends: { main: { url: `ws://127.0.0.1:${port}`, token: () => 'very-secret' } },
      runtime,
    });
    const ownLog = new TapLog();
    const { error } = (await outcomeOf(own.mutate('admin@1.0.0', 'secret', []))) as { error: Error };
    expect(error.message).not.toContain('very-secret');
    expect(JSON.stringify(ownLog.records)).not.toContain('very-secret');
    own.close();
  });

  it('and credentials of a login neither', async () => {
    const answer = (await backend()).authenticate({ username: 'ada', password: 'very-secret' });
    const connection = await server.connection();
    const { id, args } = await connection.task('authenticate');
    expect(args).toEqual([{ username: 'ada', password: 'very-secret' }]);
    connection.respond(id, { success: false, error: 'no' });
    expect(await answer).toEqual({ success: false, error: 'no' });
    expect(log.kinds()).toContain('frameOut');
    expect(JSON.stringify(log.records)).not.toContain('very-secret');
  });
});

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  taken.close();
  await once(taken, 'close');
  return port;
}

/** Takes connections and never says a word. */
async function deafServer(): Promise<{ deaf: Server; url: string }> {
  const deaf = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  return { deaf, url: `ws://127.0.0.1:${(deaf.address() as { port: number }).port}` };
}
