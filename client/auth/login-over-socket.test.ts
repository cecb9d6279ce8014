import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TitanError } from '../../protocol/titan-error.js';
import type { BackendHandle } from '../backend-handle.js';
import { RECONNECT_MAX_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

const ANN = { username: 'ann' };
const BOB = { username: 'bob' };
const GIVES_WAY = { error: { code: 'aborted', method: 'login' } };

let server: TestWsServer;
let runtime: TestRuntime;
let client: NetronClient;
let backend: BackendHandle;
/** The first, kept up: after a loss comes the next. */
let first: TestConnection;
let release: () => void;

beforeEach(async () => {
  server = await TestWsServer.open();
  runtime = new TestRuntime();
  const auth = { refresh: () => 'renewed' };
  client = new NetronClient({ backends: { main: { url: server.url, auth, timeout: 2 * RECONNECT_MAX_MS } }, runtime });
  backend = await client.backend();
  const connecting = backend.connect();
  first = await server.connection();
  release = await connecting;
});
afterEach(async () => {
  release();
  client.close();
  await server.close();
});

const untilState = (state: string): Promise<void> =>
  vi.waitFor(() => expect(backend.state.value).toBe(state), { interval: 1 });

async function comeBack(): Promise<TestConnection> {
  runtime.advance(RECONNECT_MAX_MS);
  return server.connection();
}

describe('a login over WebSocket', () => {
  it.each([
    ['a logout', () => backend.logout()],
    ['another token', () => backend.setToken('bob')],
  ])('that gives way to %s does not sign in the connection after it', async (_name, comes) => {
    const login = outcomeOf(backend.login(ANN));
    await first.task('authenticate');
    await comes();
    expect(await login).toMatchObject(GIVES_WAY);
    await (await comeBack()).expectSilence(backend);
  });

  it.each([
    ['a logout', () => backend.logout()],
    ['another token', () => backend.setToken('bob')],
  ])('that waits for its connection is not sent after %s', async (_name, comes) => {
    first.socket.terminate();
    await untilState('waiting');
    const login = outcomeOf(backend.login(ANN));
    // Its deadline, and the pause before the next attempt.
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 1 });
    await comes();
    const next = await comeBack();
    expect(await login).toMatchObject(GIVES_WAY);
    await next.expectSilence(backend);
  });

  it('gives way to a logout of the same moment', async () => {
    const login = outcomeOf(backend.login(ANN));
    const logout = backend.logout();
    expect(await login).toMatchObject(GIVES_WAY);
    await logout;
    await (await comeBack()).expectSilence(backend);
  });

  it('fails with the connection that it was sent over', async () => {
    const login = outcomeOf(backend.login(ANN));
    await first.task('authenticate');
    first.socket.terminate();
    expect(await login).toMatchObject({ error: { code: 'network', method: 'authenticate' } });
    await (await comeBack()).expectSilence(backend);
  });

  it('is kept though another that came after it is refused', async () => {
    const good = outcomeOf(backend.login(ANN));
    const { id: asked } = await first.task('authenticate');
    const bad = outcomeOf(backend.login(BOB));
    const { id: refused } = await first.task('authenticate');
    first.respond(refused, { success: false, error: 'no' });
    expect(await bad).toMatchObject({ value: { success: false } });
    first.respond(asked, { success: true, metadata: { token: 'ann' } });
    expect(await good).toMatchObject({ value: { success: true } });
  });

  it('counts no more once a later one has succeeded', async () => {
    const early = outcomeOf(backend.login(ANN));
    const { id: asked } = await first.task('authenticate');
    const late = outcomeOf(backend.login(BOB));
    const { id: askedLater } = await first.task('authenticate');
    first.respond(askedLater, { success: true, metadata: { token: 'bob' } });
    expect(await late).toMatchObject({ value: { success: true } });
    first.respond(asked, { success: true, metadata: { token: 'ann' } });
    expect(await early).toMatchObject(GIVES_WAY);
  });
});

describe('authenticate over WebSocket', () => {
  it('that waits for its connection is given up with the session', async () => {
    first.socket.terminate();
    await untilState('waiting');
    const outcome = outcomeOf(backend.authenticate(ANN));
    await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 1 });
    await backend.logout();
    const next = await comeBack();
    expect(await outcome).toMatchObject({ error: { code: 'aborted', reason: 'whoever began it has signed out' } });
    await next.expectSilence(backend);
  });
});

describe('a new token that a connection is told', () => {
  it('is not told to the connection of the token that came after it', async () => {
    const call = outcomeOf(client.mutate('mail@1.0.0', 'list', []));
    first.fail(await first.call('list'), new TitanError(401, 'expired'));
    const { args } = await first.task('authenticate');
    expect(args).toEqual([{ token: 'renewed' }]);
    await backend.setToken('bob');
    const next = await comeBack();
    next.respond(await next.call('list'), ['for bob']);
    expect(await call).toEqual({ value: ['for bob'] });
  });
});
