import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import type { AuthOptions } from './auth-options.js';

/** Keeps cookies as a browser does, and sends them where the request asks for it. */
class BrowserRuntime extends TestRuntime {
  readonly jar = new Map<string, string>();
  readonly readable = new Set<string>();
  readonly sent: { readonly credentials: unknown; readonly csrf: string | null; readonly bearer: string | null }[] = [];

  /** What the page's own scripts can read. */
  get cookie(): string {
    return this.#cookies(([name]) => this.readable.has(name));
  }

  override async fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const { credentials } = init;
    this.sent.push({ credentials, csrf: headers.get('x-csrf-token'), bearer: headers.get('authorization') });
    if (credentials === 'include')
      headers.set(
        'cookie',
        this.#cookies(() => true),
      );
    const response = await super.fetch(url, { ...init, headers });
    for (const text of credentials === 'include' ? response.headers.getSetCookie() : []) {
      const [pair = '', ...attributes] = text.split('; ');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (attributes.includes('Max-Age=0')) this.jar.delete(name);
      else this.jar.set(name, pair.slice(at + 1));
      if (!attributes.includes('HttpOnly')) this.readable.add(name);
    }
    return response;
  }

  #cookies(isShown: (cookie: [string, string]) => boolean): string {
    return [...this.jar]
      .filter(isShown)
      .map((cookie) => cookie.join('='))
      .join('; ');
  }
}

let fixture: Fixture;
let runtime: BrowserRuntime;
let client: NetronClient;

beforeAll(async () => {
  fixture = await createFixture({ auth: { cookies: true, csrf: true } });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new BrowserRuntime();
  vi.stubGlobal('document', runtime);
});
afterEach(() => {
  client.close();
  vi.unstubAllGlobals();
});

function make(auth: AuthOptions, options: Omit<BackendOptions, 'url'> = {}): void {
  client = new NetronClient({ backends: { main: { url: fixture.http, auth, ...options } }, runtime });
}

const login = () => client.mutate('auth@1.0.0', 'login', [{ username: 'ada', password: 'pw' }]);
const secret = () => client.mutate('admin@1.0.0', 'secret', []);

describe('cookie mode', () => {
  it('lets the browser say who one is, and repeats the CSRF cookie in a header', async () => {
    make({ mode: 'cookie' });
    expect(await login()).toMatchObject({ user: { userId: 'ada' } });
    expect(await secret()).toBe('top-secret');
    expect(runtime.sent).toEqual([
      { credentials: 'include', csrf: null, bearer: null },
      { credentials: 'include', csrf: runtime.jar.get('omni_csrf'), bearer: null },
    ]);
    await client.mutate('auth@1.0.0', 'logout', []);
    await expect(secret()).rejects.toMatchObject({ status: 401 });
  });

  it('signs in with login as well, and keeps no token', async () => {
    const stored = vi.fn();
    vi.stubGlobal('localStorage', { getItem: () => 't-user', setItem: stored, removeItem: stored });
    make({ mode: 'cookie', storage: 'local', tokenOf: () => 't-admin' });
    const backend = await client.backend();
    expect(await backend.login({ username: 'ada', password: 'pw' })).toMatchObject({ success: true });
    expect(await secret()).toBe('top-secret');
    await expect(backend.setToken('t-user')).rejects.toMatchObject({
      code: 'invalid-config',
      reason: 'option backends.main.auth.mode is "cookie" (string), expected bearer, to set a token',
    });
    await backend.logout();
    expect(await secret()).toBe('top-secret');
    expect(runtime.sent.every(({ bearer }) => bearer === null)).toBe(true);
    expect(stored).not.toHaveBeenCalled();
  });

  it('refreshes once for all who were refused, late ones among them, and takes the new CSRF cookie', async () => {
    const refresh = vi.fn(async () => {
      await client.mutate('auth@1.0.0', 'refresh', []);
      return undefined;
    });
    make({ mode: 'cookie', refresh });
    await login();
    const before = runtime.jar.get('omni_csrf');
    // As if it had expired.
    runtime.jar.delete('omni_access');
    const calls = Array.from({ length: 10 }, secret);
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'top-secret'));
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(runtime.jar.get('omni_csrf')).not.toBe(before);
    expect(runtime.sent.slice(12).map(({ csrf }) => csrf)).toEqual(calls.map(() => runtime.jar.get('omni_csrf')));
  });

  it('has one refresh for a call whose 401 comes when that is over', async () => {
    const refresh = vi.fn(async () => {
      await client.mutate('auth@1.0.0', 'refresh', []);
      return undefined;
    });
    make({ mode: 'cookie', refresh });
    await login();
    runtime.jar.delete('omni_access');
    const fetch = runtime.fetch.bind(runtime);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    vi.spyOn(runtime, 'fetch').mockImplementationOnce(async (url, init) => {
      const response = await fetch(url, init);
      await released;
      return response;
    });
    const late = secret();
    expect(await secret()).toBe('top-secret');
    release();
    expect(await late).toBe('top-secret');
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('fails with the 401 when the refresh is refused as well', async () => {
    make({ mode: 'cookie', refresh: async () => void (await client.mutate('auth@1.0.0', 'refresh', [])) as undefined });
    await expect(secret()).rejects.toMatchObject({
      status: 401,
      method: 'secret',
      cause: { status: 401, reason: 'Invalid refresh token' },
    });
    await login();
    expect(await secret()).toBe('top-secret');
  });

  it('reads a CSRF cookie of another name, and one that is not well encoded', async () => {
    make({ mode: 'cookie', csrfCookie: 'xsrf' });
    for (const [text, csrf] of [
      ['a%20b', 'a b'],
      ['100%', '100%'],
    ] as const) {
      runtime.jar.set('xsrf', text);
      runtime.readable.add('xsrf');
      await client.mutate('admin@1.0.0', 'open', []);
      expect(runtime.sent.at(-1)?.csrf).toBe(csrf);
    }
  });

  it('leaves the last word on headers to middleware', async () => {
    make({ mode: 'cookie' });
    await login();
    client.use((context, next) => {
      context.headers['X-CSRF-Token'] = 'forged';
      return next();
    });
    await expect(secret()).rejects.toMatchObject({ status: 403, reason: 'CSRF validation failed' });
  });
});

describe('bearer mode', () => {
  it('sends and takes no cookies', async () => {
    make({});
    await login();
    runtime.jar.set('omni_csrf', 'x');
    runtime.readable.add('omni_csrf');
    await expect(secret()).rejects.toMatchObject({ status: 401 });
    expect(runtime.sent.map(({ credentials, csrf }) => [credentials, csrf])).toEqual([
      [undefined, null],
      [undefined, null],
    ]);
  });
});
