import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import type { BackendOptions } from '../client-options.js';
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
});
afterEach(() => {
  client.close();
  vi.unstubAllGlobals();
});

function make(options: Omit<BackendOptions, 'url'>, url = fixture.http): NetronClient {
  client = new NetronClient({ backends: { main: { url, ...options } }, runtime });
  return client;
}

const me = () => client.mutate('admin@1.0.0', 'me', []);
const secret = () => client.mutate('admin@1.0.0', 'secret', []);
const ADA = { username: 'ada', password: 'pw' };
const UNAUTHORIZED = { code: 'remote', status: 401 };

/** The storage of a browser, over a map that can be looked at. */
function storage(items: Map<string, string>, broken: Partial<Storage> = {}): Storage {
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    ...broken,
  } as Storage;
}

describe('login', () => {
  it('keeps the token of a success, and logout forgets it', async () => {
    const backend = await make({ auth: {} }).backend();
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(await backend.login(ADA)).toMatchObject({ success: true, context: { userId: 'ada' } });
    expect(await secret()).toBe('top-secret');
    await backend.logout();
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(runtime.timers).toBe(0);
  });

  it('that is refused is an answer, and changes nothing', async () => {
    const backend = await make({ auth: {} }).backend();
    await backend.login({ token: 't-user' });
    expect(await backend.login({ username: 'ada', password: 'wrong' })).toEqual({
      success: false,
      error: 'Invalid credentials',
    });
    expect(await me()).toBe('me');
    await expect(secret()).rejects.toMatchObject({ status: 403 });
  });

  it('takes the token where the app says it is', async () => {
    const tokenOf = vi.fn((result: Readonly<Record<string, unknown>>) => {
      const { userId } = result.context as { userId: string };
      return userId === 'ada' ? 't-admin' : undefined;
    });
    const backend = await make({ auth: { tokenOf } }).backend();
    await backend.login(ADA);
    expect(await secret()).toBe('top-secret');
    // Somebody else, of whom the answer has no token that the app could find: the one that was accepted is as good.
    await backend.login({ token: 't-user' });
    await expect(secret()).rejects.toMatchObject({ status: 403 });
  });

  it('does not go on as who one was, where there is no token for who one is', async () => {
    const backend = await make({ auth: { tokenOf: () => undefined } }).backend();
    await backend.setToken('t-user');
    await backend.login(ADA);
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
  });

  it.each<[() => unknown, string]>([
    [() => 7, 'option backends.main.auth.tokenOf is 7 (number), expected to give a text or undefined'],
    [() => expect.fail('boom'), 'option backends.main.auth.tokenOf threw: boom'],
  ])('says when tokenOf does not do what it should', async (tokenOf, reason) => {
    const backend = await make({ auth: { tokenOf: tokenOf as never } }).backend();
    await expect(backend.login(ADA)).rejects.toMatchObject({ code: 'invalid-config', reason });
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    await backend.setToken('t-user');
    expect(await me()).toBe('me');
  });

  it('needs the option auth, as setToken does; logout does not', async () => {
    const backend = await make({ token: () => 't-user' }).backend();
    for (const attempt of [() => backend.login(ADA), () => backend.setToken('t')]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'invalid-config',
        reason: 'option backends.main.auth is undefined (undefined), expected an object, to keep a token',
      });
    }
    expect(await client.query('admin@1.0.0', 'me', [], { cache: 60_000 })).toBe('me');
    await backend.logout();
    expect(client.getCacheStats().entries).toBe(0);
    expect(await me()).toBe('me');
  });

  it('takes only a text for a token', async () => {
    const backend = await make({ auth: {} }).backend();
    for (const token of ['', 7, null, {}]) {
      await expect(backend.setToken(token as never)).rejects.toMatchObject({
        code: 'invalid-argument',
        reason: expect.stringMatching(/^token is (empty|number|object), expected a text or undefined$/),
      });
    }
    await backend.setToken('t-user');
    expect(await me()).toBe('me');
    await backend.setToken(undefined);
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
  });
});

describe('logout', () => {
  it('forgets what the one before has seen, and asks again for what is on the page', async () => {
    const backend = await make({ auth: {}, cache: 60_000 }).backend();
    await backend.login(ADA);
    const observer = observe(client, client.entry('admin@1.0.0', 'secret', []), { cache: 60_000 });
    await until(() => observer.data.value === 'top-secret');
    await client.query('admin@1.0.0', 'me', []);
    await backend.logout();
    expect(observer.data.value).toBeUndefined();
    await until(() => observer.error.value !== undefined);
    expect(observer.error.value).toMatchObject(UNAUTHORIZED);
    expect(client.peek(client.entry('admin@1.0.0', 'me', []))).toBeUndefined();
    observer.stop();
  });

  it('stays, though a refresh that was under way brings a token', async () => {
    let renew = (_: string): void => undefined;
    const refresh = vi.fn(
      () =>
        new Promise<string>((resolve) => {
          renew = resolve;
        }),
    );
    const backend = await make({ auth: { refresh } }).backend();
    await backend.setToken('expired');
    const waits = outcomeOf(me());
    await vi.waitFor(() => expect(refresh).toHaveBeenCalled(), { interval: 1 });
    await backend.logout();
    renew('t-admin');
    expect(await waits).toMatchObject({ error: UNAUTHORIZED });
    refresh.mockRejectedValue(new Error('signed out'));
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(runtime.requests.length).toBe(2);
  });

  it('gives way to a login in the meantime, and so does the refresh', async () => {
    let fail = (_: Error): void => undefined;
    const refresh = vi.fn(
      () =>
        new Promise<string>((_, reject) => {
          fail = reject;
        }),
    );
    const backend = await make({ auth: { refresh } }).backend();
    await backend.setToken('expired');
    const waits = me();
    await vi.waitFor(() => expect(refresh).toHaveBeenCalled(), { interval: 1 });
    await backend.login(ADA);
    fail(new Error('too late'));
    expect(await waits).toBe('me');
    expect(await secret()).toBe('top-secret');
  });
});

describe('a token', () => {
  it.each(['session', 'local'] as const)('is there again with the next visit: %s', async (kind) => {
    const items = new Map<string, string>();
    vi.stubGlobal(`${kind}Storage`, storage(items));
    await (await make({ auth: { storage: kind } }).backend()).login(ADA);
    expect([...items]).toEqual([['netron.token.main', 't-admin']]);
    client.close();
    const backend = await make({ auth: { storage: kind } }).backend();
    expect(await secret()).toBe('top-secret');
    await backend.logout();
    expect(items.size).toBe(0);
    items.set('mine', 't-user');
    client.close();
    make({ auth: { storage: kind, storageKey: 'mine' } });
    expect(await me()).toBe('me');
  });

  it('is shared by the tabs of a browser', async () => {
    const items = new Map<string, string>();
    vi.stubGlobal('localStorage', storage(items));
    const refresh = vi.fn(() => 'never');
    await (await make({ auth: { storage: 'local', refresh } }).backend()).setToken('expired');
    const fetch = runtime.fetch.bind(runtime);
    vi.spyOn(runtime, 'fetch').mockImplementationOnce((url, init) => {
      // Another tab was faster.
      items.set('netron.token.main', 't-user');
      return fetch(url, init);
    });
    expect(await me()).toBe('me');
    expect(refresh).not.toHaveBeenCalled();
    items.delete('netron.token.main');
    refresh.mockReturnValueOnce(undefined as never);
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
    expect(refresh.mock.calls).toEqual([[undefined]]);
  });

  it.each<[string, Partial<Storage>]>([
    ['is not to be read', { getItem: () => expect.fail('SecurityError') }],
    ['has no room', { setItem: () => expect.fail('QuotaExceededError') }],
  ])('lives as long as the page where a storage %s', async (_name, broken) => {
    const items = new Map([['netron.token.main', 'old']]);
    vi.stubGlobal('localStorage', storage(items, broken));
    const backend = await make({ auth: { storage: 'local' } }).backend();
    await backend.login(ADA);
    expect(await secret()).toBe('top-secret');
    await backend.logout();
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
  });

  it('lives as long as the page where the page may not even ask', async () => {
    vi.stubGlobal('localStorage', undefined);
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => expect.fail('SecurityError'),
    });
    const backend = await make({ auth: { storage: 'local' } }).backend();
    await backend.login(ADA);
    expect(await secret()).toBe('top-secret');
    Reflect.deleteProperty(globalThis, 'localStorage');
  });

  it('that an old one has no room beside is not the old one with the next visit', async () => {
    const items = new Map([['netron.token.main', 't-admin']]);
    vi.stubGlobal('localStorage', storage(items, { setItem: () => expect.fail('QuotaExceededError') }));
    await (await make({ auth: { storage: 'local' } }).backend()).setToken('t-user');
    client.close();
    make({ auth: { storage: 'local' } });
    await expect(me()).rejects.toMatchObject(UNAUTHORIZED);
  });
});
