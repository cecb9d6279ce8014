import { effect } from '@preact/signals-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendHandle } from '../backend-handle.js';
import type { BackendOptions } from '../client-options.js';
import { CONNECT_WITHIN_MS, MAX_UNSENT_CALLS, RECONNECT_MAX_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { collectReports } from '../testing/test-reports.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { TestWsServer } from '../testing/test-ws-server.js';

let server: TestWsServer;
let runtime: TestRuntime;
let client: NetronClient;
let backend: BackendHandle;
/** Of every connection, oldest first. */
const urls: string[] = [];

beforeAll(async () => {
  server = await TestWsServer.open();
  server.server.on('connection', (_socket, { url }) => urls.push(String(url)));
});
afterAll(() => server.close());
beforeEach(() => {
  runtime = new TestRuntime();
  urls.length = 0;
});
afterEach(() => client.close());

async function begin(options: Partial<BackendOptions> = {}): Promise<void> {
  client = new NetronClient({ backends: { main: { url: server.url, ...options } }, runtime });
  backend = await client.backend();
}

const call = () => outcomeOf(client.query('users@1.0.0', 'get', ['u1']));
const untilState = (state: string): Promise<void> =>
  vi.waitFor(() => expect(backend.state.value).toBe(state), { interval: 2 });

async function expectAnswer(outcome: Promise<unknown>): Promise<void> {
  const connection = await server.connection();
  connection.respond(await connection.call('get'), 'Ada');
  expect(await outcome).toEqual({ value: 'Ada' });
}

describe('a token', () => {
  it('that never comes is given up in time, and asked for again by the next call', async () => {
    const tokens = [new Promise<string>(() => undefined), 'good'];
    await begin({ token: () => tokens.shift(), timeout: Number.POSITIVE_INFINITY });
    const first = call();
    await untilState('connecting');
    runtime.advance(CONNECT_WITHIN_MS);
    expect(await first).toMatchObject({
      error: { code: 'network', reason: expect.stringContaining(`within ${CONNECT_WITHIN_MS} ms`) },
    });
    await expectAnswer(call());
    expect(urls).toEqual(['/?token=good']);
  });

  it('that never comes is nothing to whoever asks after it was given up', async () => {
    const tokens = [new Promise<string>(() => undefined), 'good'];
    await begin({ token: () => tokens.shift() });
    const first = outcomeOf(client.query('users@1.0.0', 'get', ['u2'], { timeout: 100 }));
    await untilState('connecting');
    runtime.advance(100);
    expect(await first).toMatchObject({ error: { code: 'timeout' } });
    runtime.advance(CONNECT_WITHIN_MS);
    await expectAnswer(call());
  });

  it('that was refused is not given again when the new one does not come in time', async () => {
    const token = vi.fn((refused: boolean) => (refused ? new Promise<string>(() => undefined) : 'old'));
    await begin({ token, timeout: Number.POSITIVE_INFINITY });
    const refused = call();
    (await server.connection()).socket.close(4001, 'Invalid token');
    await vi.waitFor(() => expect(token).toHaveBeenCalledTimes(2), { interval: 2 });
    runtime.advance(CONNECT_WITHIN_MS);
    expect(await refused).toMatchObject({ error: { code: 'network' } });
    void call();
    await vi.waitFor(() => expect(token.mock.calls).toEqual([[false], [true], [true]]), { interval: 2 });
  });

  it('that was refused is not renewed once another is set', async () => {
    const refresh = vi.fn(() => 'renewed');
    await begin({ auth: { refresh } });
    const connecting = backend.connect();
    const first = await server.connection();
    await connecting;
    first.socket.close(4001, 'Invalid token');
    await untilState('waiting');
    await backend.setToken('bob');
    runtime.advance(RECONNECT_MAX_MS);
    await server.connection();
    expect(urls.at(-1)).toBe('/?token=bob');
    expect(refresh).not.toHaveBeenCalled();
  });

  it('that cannot be had fails the calls that wait, also where what was thrown has no text', async () => {
    await begin({ token: () => Promise.reject(Object.create(null)) });
    expect(await call()).toMatchObject({
      error: { code: 'network', reason: expect.stringContaining('no token: something without a text') },
    });
  });

  it('that is set while the connection is opened is the one that it is opened with; who waits goes on waiting', async () => {
    await begin({ auth: {} });
    await backend.setToken('old');
    const outcome = call();
    await vi.waitFor(() => expect(runtime.sockets.length).toBe(1), { interval: 1 });
    await backend.setToken('new');
    // The first, which was given up, may have come as far as the server.
    for (let last = ''; !last.endsWith('new'); last = urls.at(-1) as string) {
      const connection = await server.connection();
      if (urls.at(-1)?.endsWith('new')) connection.respond(await connection.call('get'), 'Ada');
    }
    expect(await outcome).toEqual({ value: 'Ada' });
    expect(urls.at(-1)).toBe('/?token=new');
  });
});

describe('a connection', () => {
  it('is opened ever more seldom where the server greets and then drops it', async () => {
    await begin();
    runtime.random = () => 0.5;
    const release = await backend.connect();
    const waits: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const connection = await server.connection();
      connection.send(new TextEncoder().encode('{"type":"id","id":"server"}'));
      connection.socket.close(4001, 'Invalid token');
      await untilState('waiting');
      waits.push(runtime.delays.at(-1));
      runtime.advance(RECONNECT_MAX_MS);
      await untilState('open');
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    await server.connection();
    release();
  });

  it('is not broken by what an effect of the app throws over its state', async () => {
    await begin();
    const reports = collectReports();
    const boom = new Error('of the app');
    const stop = effect(() => {
      if (backend.state.value !== 'idle') throw boom;
    });
    const lost = outcomeOf(client.mutate('users@1.0.0', 'get', ['u1']));
    const connection = await server.connection();
    await connection.call('get');
    connection.socket.terminate();
    expect(await lost).toMatchObject({ error: { code: 'network' } });
    await expectAnswer(call());
    stop();
    expect(reports.errors).toContain(boom);
    reports.restore();
  });

  it('sends what waits for it before what an effect sends once it is open', async () => {
    await begin();
    void outcomeOf(client.mutate('users@1.0.0', 'first', []));
    const stop = effect(() => {
      if (backend.state.value === 'open') void outcomeOf(client.mutate('users@1.0.0', 'second', []));
    });
    const connection = await server.connection();
    await connection.call('first');
    await connection.call('second');
    stop();
  });

  it('that failed is tried again for a call that an effect makes because of that', async () => {
    let refusals = 1;
    await begin({ token: () => (refusals-- > 0 ? Promise.reject(new Error('no')) : 'good') });
    let second: Promise<unknown> | undefined;
    let armed = false;
    const stop = effect(() => {
      if (backend.state.value === 'idle' && armed) second ??= outcomeOf(client.mutate('users@1.0.0', 'get', ['u1']));
    });
    armed = true;
    expect(await call()).toMatchObject({ error: { code: 'network' } });
    await expectAnswer(second as Promise<unknown>);
    stop();
  });

  it('that is away holds so many calls, and turns the rest away', async () => {
    await begin();
    await backend.connect();
    (await server.connection()).socket.terminate();
    await untilState('waiting');
    const calls = Array.from({ length: MAX_UNSENT_CALLS }, (_, i) =>
      outcomeOf(client.mutate('users@1.0.0', 'get', [i])),
    );
    expect(await outcomeOf(client.mutate('users@1.0.0', 'get', ['one too many']))).toMatchObject({
      error: { code: 'unavailable', reason: `${MAX_UNSENT_CALLS} calls wait for the connection already` },
    });
    client.close();
    expect(await calls[0]).toMatchObject({ error: { code: 'network' } });
  });

  it('that is away forgets the calls that are given up', async () => {
    await begin();
    await backend.connect();
    (await server.connection()).socket.terminate();
    await untilState('waiting');
    const calls = Array.from({ length: MAX_UNSENT_CALLS }, (_, i) =>
      outcomeOf(client.mutate('users@1.0.0', 'get', [i], { timeout: 1 })),
    );
    runtime.advance(1);
    expect(await calls.at(-1)).toMatchObject({ error: { code: 'timeout' } });
    const late = call();
    runtime.advance(RECONNECT_MAX_MS - 1);
    await expectAnswer(late);
  });
});
