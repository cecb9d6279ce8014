import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { RECONNECT_INITIAL_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { observe } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf, until } from '../testing/test-watch.js';

let fixture: Fixture;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  fixture = await createFixture({ auth: true });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ backends: { main: { url: fixture.ws, auth: {} } }, runtime });
});
afterEach(() => client.close());

const me = () => client.mutate('admin@1.0.0', 'me', []);
const secret = () => client.mutate('admin@1.0.0', 'secret', []);
const ADA = { username: 'ada', password: 'pw' };
const UNAUTHORIZED = { code: 'remote', status: 401 };

describe('who one is over WebSocket', () => {
  it('is known to the connection of the login, and to those that come after it', async () => {
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    const backend = await client.backend();
    expect(await backend.login({ ...ADA, password: 'wrong' })).toMatchObject({ success: false });
    expect(await backend.login(ADA)).toMatchObject({ success: true, context: { userId: 'ada' } });
    expect(await secret()).toBe('top-secret');
    expect(runtime.sockets.length).toBe(1);
    runtime.sockets[0]?.close();
    await vi.waitFor(() => expect(runtime.sockets[0]?.readyState).toBe(3), { interval: 1 });
    expect(await secret()).toBe('top-secret');
    expect(runtime.sockets.length).toBe(2);
  });

  it('is another after setToken, over a new connection', async () => {
    const backend = await client.backend();
    await backend.login(ADA);
    await backend.setToken('t-user');
    await expect(secret()).rejects.toMatchObject({ status: 403 });
    expect(await me()).toBe('me');
    expect(runtime.sockets.length).toBe(2);
  });

  it('is nobody after logout, also for what is on the page and asks again', async () => {
    const backend = await client.backend();
    const release = await backend.connect();
    await backend.login(ADA);
    const observer = observe(client, client.entry('admin@1.0.0', 'secret', []));
    await until(() => observer.data.value === 'top-secret');
    const out = backend.logout();
    expect(await outcomeOf(out)).toEqual({ value: undefined });
    expect(observer.data.value).toBeUndefined();
    // It is needed, and so it is opened again after a pause.
    runtime.advance(RECONNECT_INITIAL_MS);
    await until(() => observer.error.value !== undefined);
    expect(observer.error.value).toMatchObject({ status: 401 });
    observer.stop();
    release();
  });

  it('is what the calls over HTTP have said, for a connection beside them', async () => {
    client.close();
    const backends = { main: { url: fixture.http, socketUrl: fixture.ws, auth: {} } };
    client = new NetronClient({ backends, runtime });
    const backend = await client.backend();
    await backend.ping();
    await backend.login(ADA);
    expect(await secret()).toBe('top-secret');
    await backend.ping();
    expect(runtime.sockets.length).toBe(2);
    await backend.logout();
    await backend.ping();
    expect(runtime.sockets.length).toBe(3);
  });
});

describe('logout without any connection', () => {
  it('works all the same, before the first and after the last', async () => {
    const backend = await client.backend();
    await backend.logout();
    client.close();
    await backend.logout();
    expect(runtime.sockets.length).toBe(0);
  });
});
