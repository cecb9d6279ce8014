import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendHandle } from '../backend-handle.js';
import { CONNECT_WITHIN_MS, RECONNECT_MAX_MS, TASK_TIMEOUT_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import type { WebSocketLike } from '../runtime.js';
import { collectReports } from '../testing/test-reports.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

const ignore = (): void => undefined;

describe('subscriptions', () => {
  let server: TestWsServer;
  let runtime: TestRuntime;
  let client: NetronClient;
  let backend: BackendHandle;

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    runtime = new TestRuntime();
    client = new NetronClient({ backends: { main: server.url }, runtime });
    backend = await client.backend();
  });
  afterEach(() => client.close());

  async function answer(connection: TestConnection, task: 'subscribe' | 'unsubscribe'): Promise<void> {
    const { id, args } = await connection.task(task);
    expect(args).toEqual(['order']);
    connection.respond(id, undefined);
  }

  async function refuse(connection: TestConnection): Promise<void> {
    connection.fail((await connection.task('subscribe')).id, 'busy');
  }

  async function lose(connection: TestConnection): Promise<void> {
    connection.socket.terminate();
    await vi.waitFor(() => expect(backend.state.value).toBe('waiting'), { interval: 2 });
  }

  /** A subscription that the server knew of, over a connection that is gone. Returns what is reported from now on. */
  async function acceptedAndLost(): Promise<ReturnType<typeof collectReports>> {
    const { ready } = backend.subscribe('order', ignore);
    const connection = await server.connection();
    await answer(connection, 'subscribe');
    await ready;
    await lose(connection);
    return collectReports();
  }

  async function comeBack(): Promise<TestConnection> {
    runtime.advance(RECONNECT_MAX_MS);
    return server.connection();
  }

  it('are asked for once for all handlers, also before the connection is open', async () => {
    const all = Array.from({ length: 5 }, () => backend.subscribe('order', ignore));
    const connection = await server.connection();
    await answer(connection, 'subscribe');
    await Promise.all(all.map(({ ready }) => ready));
    await connection.expectSilence(backend);
  });

  it('are ready for nobody before the server has accepted them', async () => {
    const release = await backend.connect();
    const connection = await server.connection();
    const settled: string[] = [];
    const outcomes = ['first', 'second'].map((name) =>
      outcomeOf(backend.subscribe('order', ignore).ready).finally(() => settled.push(name)),
    );
    const { id } = await connection.task('subscribe');
    await connection.expectSilence(backend);
    expect(settled).toEqual([]);
    connection.fail(id, 'no');
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ error: { code: 'remote', reason: 'no' } });
    release();
  });

  it('that were refused are asked for again by the next handler', async () => {
    const first = outcomeOf(backend.subscribe('order', ignore).ready);
    const connection = await server.connection();
    await refuse(connection);
    expect(await first).toMatchObject({ error: { code: 'remote' } });
    const second = backend.subscribe('order', ignore);
    await answer(connection, 'subscribe');
    await second.ready;
  });

  it('are taken back only after the answer, unless somebody has come meanwhile', async () => {
    const release = await backend.connect();
    const connection = await server.connection();
    const first = backend.subscribe('order', ignore);
    const { id } = await connection.task('subscribe');
    first.unsubscribe();
    const second = backend.subscribe('order', ignore);
    await connection.expectSilence(backend);
    connection.respond(id, undefined);
    await second.ready;
    await connection.expectSilence(backend);
    second.unsubscribe();
    await answer(connection, 'unsubscribe');
    const third = backend.subscribe('order', ignore);
    const asked = await connection.task('subscribe');
    third.unsubscribe();
    connection.respond(asked.id, undefined);
    await answer(connection, 'unsubscribe');
    release();
  });

  it('are not undone by an unsubscribe that the lost connection took with it', async () => {
    const release = await backend.connect();
    const connection = await server.connection();
    const first = backend.subscribe('order', ignore);
    await answer(connection, 'subscribe');
    await first.ready;
    first.unsubscribe();
    await connection.task('unsubscribe');
    const seen: unknown[] = [];
    const second = backend.subscribe('order', (value) => seen.push(value));
    await answer(connection, 'subscribe');
    await second.ready;
    await lose(connection);
    const next = await comeBack();
    await answer(next, 'subscribe');
    await next.expectSilence(backend);
    next.request(4, ['emit', 'order', 1]);
    await next.next();
    expect(seen).toEqual([1]);
    release();
  });

  it('that nobody wants any more open no connection', async () => {
    const subscription = backend.subscribe('order', ignore);
    const connection = await server.connection();
    await answer(connection, 'subscribe');
    await subscription.ready;
    subscription.unsubscribe();
    await connection.task('unsubscribe');
    connection.socket.terminate();
    await vi.waitFor(() => expect(backend.state.value).toBe('idle'), { interval: 2 });
    expect(runtime.sockets.length).toBe(1);
    expect(runtime.timers).toBe(0);
  });

  it('fail with the connection that they were asked over, and are made over the next all the same', async () => {
    const { ready } = backend.subscribe('order', ignore);
    const outcome = outcomeOf(ready);
    const connection = await server.connection();
    await connection.task('subscribe');
    await lose(connection);
    expect(await outcome).toMatchObject({ error: { code: 'network', method: 'subscribe' } });
    const next = await comeBack();
    await answer(next, 'subscribe');
    await next.expectSilence(backend);
  });

  it('whose renewal is refused are reported, for they would be deaf without a word', async () => {
    const reports = await acceptedAndLost();
    const next = await comeBack();
    await refuse(next);
    await vi.waitFor(() => expect(reports.errors.length).toBe(1), { interval: 2 });
    expect(reports.errors).toMatchObject([{ code: 'remote', reason: 'busy', method: 'subscribe' }]);
    reports.restore();
    const late = backend.subscribe('order', ignore);
    await answer(next, 'subscribe');
    await late.ready;
  });

  it('whose renewal was lost are reported when it is refused over the connection after', async () => {
    const reports = await acceptedAndLost();
    const next = await comeBack();
    await next.task('subscribe');
    await lose(next);
    await refuse(await comeBack());
    await vi.waitFor(() => expect(reports.errors.length).toBe(1), { interval: 2 });
    expect(reports.errors).toMatchObject([{ code: 'remote', reason: 'busy' }]);
    reports.restore();
  });

  it('whose renewal is lost with a connection that is given up are not reported', async () => {
    const reports = await acceptedAndLost();
    const broken = await comeBack();
    await broken.task('subscribe');
    broken.send(Uint8Array.of(1, 2, 3));
    await broken.closed;
    await answer(await comeBack(), 'subscribe');
    expect(reports.errors).toEqual([]);
    reports.restore();
  });

  it('that somebody joins while the connection is away, and gives up, are not reported', async () => {
    const reports = await acceptedAndLost();
    const { openWebSocket } = runtime;
    runtime.openWebSocket = () => ({ readyState: 0, close: ignore, send: ignore }) as unknown as WebSocketLike;
    runtime.advance(RECONNECT_MAX_MS);
    await vi.waitFor(() => expect(backend.state.value).toBe('connecting'), { interval: 2 });
    const joined = outcomeOf(backend.subscribe('order', ignore).ready);
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 2 });
    runtime.advance(TASK_TIMEOUT_MS);
    expect(await joined).toMatchObject({ error: { code: 'timeout' } });
    runtime.openWebSocket = openWebSocket;
    runtime.advance(CONNECT_WITHIN_MS);
    await answer(await comeBack(), 'subscribe');
    expect(reports.errors).toEqual([]);
    reports.restore();
  });

  it('that are given up while the connection is away leave the calls that wait for it alone', async () => {
    const subscription = backend.subscribe('order', ignore);
    const connection = await server.connection();
    await answer(connection, 'subscribe');
    await subscription.ready;
    await lose(connection);
    const query = client.query('users@1.0.0', 'get', ['u1']);
    // The call, and the pause before the next attempt.
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 2 });
    subscription.unsubscribe();
    expect(backend.state.value).toBe('waiting');
    runtime.advance(RECONNECT_MAX_MS - 1);
    const next = await server.connection();
    next.respond(await next.call('get'), 'Ada');
    expect(await query).toBe('Ada');
  });

  it('that are given up while the connection is away end the attempts when its calls are given up as well', async () => {
    const subscription = backend.subscribe('order', ignore);
    const connection = await server.connection();
    await answer(connection, 'subscribe');
    await subscription.ready;
    await lose(connection);
    const controller = new AbortController();
    const query = outcomeOf(client.mutate('users@1.0.0', 'get', ['u1'], { signal: controller.signal }));
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 2 });
    controller.abort();
    expect(await query).toMatchObject({ error: { code: 'aborted' } });
    subscription.unsubscribe();
    expect(backend.state.value).toBe('idle');
    expect(runtime.timers).toBe(0);
  });
});
