import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendHandle } from '../backend-handle.js';
import type { BackendOptions } from '../client-options.js';
import { RECONNECT_INITIAL_MS, RECONNECT_MAX_MS } from '../limits.js';
import type { Middleware } from '../middleware/middleware.js';
import { NetronClient } from '../netron-client.js';
import type { NetronError } from '../netron-error.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';
import type { NetronStream } from './netron-stream.js';
import type { StreamReconnect } from './stream-options.js';

describe('a stream that reconnects', () => {
  const TIMEOUT_MS = 100;
  let server: TestWsServer;
  let runtime: TestRuntime;
  let client: NetronClient;
  let backend: BackendHandle;
  let log: TapLog;

  beforeEach(async () => {
    server = await TestWsServer.open();
    runtime = new TestRuntime();
    await use({});
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  async function use(options: Omit<BackendOptions, 'url'>): Promise<void> {
    client = new NetronClient({ backends: { main: { url: server.url, timeout: TIMEOUT_MS, ...options } }, runtime });
    backend = await client.backend();
    log = new TapLog();
  }

  const untilLosses = (count: number): Promise<void> =>
    vi.waitFor(() => expect(log.all('callAttempt').length).toBe(count), { interval: 2 });

  /** Answered, with one chunk that was read. */
  async function open(reconnect: true | StreamReconnect, args: readonly unknown[] = []) {
    const stream = client.stream('prices@1.0.0', 'watch', args, { reconnect });
    const connection = await server.connection();
    connection.respondWithStream((await connection.next()).id, 1);
    connection.chunk(1, 0, 'first');
    expect(await stream.next()).toEqual({ done: false, value: 'first' });
    return { stream, connection };
  }

  async function expectSecond(stream: NetronStream<unknown>, connection: TestConnection): Promise<void> {
    const { id } = await connection.next();
    connection.respondWithStream(id, 2);
    connection.chunk(2, 0, 'second');
    expect(await stream.next()).toEqual({ done: false, value: 'second' });
  }

  it('goes on trying though the time to open it is over before the server is back', async () => {
    // Keeps the connection wanted: who opens a stream in its pauses waits for it then.
    const connecting = backend.connect();
    const { stream, connection } = await open(true);
    const release = await connecting;
    const draws = [0.99];
    runtime.random = () => draws.shift() ?? 0;
    connection.socket.terminate();
    for (let losses = 1; losses <= 4; losses++) {
      await untilLosses(losses);
      expect(backend.state.value).toBe('waiting');
      runtime.advance(0);
      await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 2 });
      runtime.advance(TIMEOUT_MS);
    }
    expect(log.all('callAttempt').map(({ a }) => (a as NetronError).code)).toEqual([
      'network',
      'timeout',
      'timeout',
      'timeout',
    ]);
    await untilLosses(5);
    runtime.advance(RECONNECT_INITIAL_MS);
    await expectSecond(stream, await server.connection());
    stream.cancel();
    release();
  });

  it('does not try again when the server it is connected to leaves the opening unanswered', async () => {
    const stream = client.stream('prices@1.0.0', 'watch', [], { reconnect: true });
    const reading = outcomeOf(stream.next());
    const connection = await server.connection();
    await connection.call('watch');
    runtime.advance(TIMEOUT_MS);
    expect(await reading).toMatchObject({ error: { code: 'timeout' } });
    expect(log.all('callAttempt')).toEqual([]);
  });

  it('waits until the circuit breaker lets it through that its server has opened', async () => {
    const COOLDOWN_MS = 60_000;
    await use({ circuitBreaker: { threshold: 1, cooldownTime: COOLDOWN_MS } });
    const { stream, connection } = await open(true);
    const other = outcomeOf(client.mutate('prices@1.0.0', 'set', []));
    await connection.call('set');
    connection.socket.terminate();
    expect(await other).toMatchObject({ error: { code: 'network' } });
    await untilLosses(1);
    runtime.advance(RECONNECT_MAX_MS);
    await untilLosses(2);
    const { a: refusal, b: delayMs } = log.all('callAttempt')[1] ?? {};
    const { code, retryAfterMs } = refusal as NetronError;
    expect(code).toBe('unavailable');
    expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs as number);
    runtime.advance(delayMs as number);
    await expectSecond(stream, await server.connection());
    stream.cancel();
  });

  it('fails where the circuit breaker refuses it at first', async () => {
    await use({ circuitBreaker: true });
    await backend.isolate();
    const stream = client.stream('prices@1.0.0', 'watch', [], { reconnect: true });
    expect(await outcomeOf(stream.next())).toMatchObject({ error: { code: 'unavailable' } });
    expect(log.all('callAttempt')).toEqual([]);
  });

  it('is opened again whatever becomes of the middleware around the opening before', async () => {
    let fail = (_: Error): void => undefined;
    const lingers = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    let openings = 0;
    let signal: AbortSignal | undefined;
    const lingering: Middleware = async (context, next) => {
      openings++;
      await next();
      if (openings > 1) return;
      signal = context.signal;
      await lingers;
    };
    await use({ middleware: [lingering] });
    const { stream, connection } = await open(true);
    connection.socket.terminate();
    await untilLosses(1);
    expect(signal?.aborted).toBe(true);
    fail(new Error('too late'));
    runtime.advance(RECONNECT_MAX_MS);
    await expectSecond(stream, await server.connection());
    expect(openings).toBe(2);
    stream.cancel();
  });

  it('ends with its connection once whoever began it has left', async () => {
    const { stream, connection } = await open(true);
    client.setPartition('bob');
    connection.socket.terminate();
    expect(await outcomeOf(stream.next())).toMatchObject({ error: { code: 'network' } });
    expect(log.all('callAttempt')).toEqual([]);
    expect(runtime.timers).toBe(0);
  });

  it('ends with its client also in the pause before it is opened again', async () => {
    const { stream, connection } = await open(true);
    const reading = outcomeOf(stream.next());
    connection.socket.terminate();
    await untilLosses(1);
    client.close();
    expect(await reading).toMatchObject({ error: { code: 'network', reason: 'the client was closed' } });
    expect(runtime.timers).toBe(0);
    expect(log.all('callEnd')).toHaveLength(1);
  });

  it('is not opened again with an upload that was read already', async () => {
    const source = (async function* () {
      yield 1;
    })();
    const { stream, connection } = await open(true, [source]);
    connection.socket.terminate();
    expect(await outcomeOf(stream.next())).toMatchObject({ error: { code: 'network' } });
    expect(log.all('callAttempt')).toEqual([]);
    expect(runtime.timers).toBe(0);
  });

  it('is opened again with the upload that resume gives', async () => {
    const items = async function* () {
      yield 1;
    };
    const { stream, connection } = await open({ resume: () => [items()] }, [items()]);
    connection.socket.terminate();
    await untilLosses(1);
    runtime.advance(RECONNECT_MAX_MS);
    await expectSecond(stream, await server.connection());
    stream.cancel();
  });
});
