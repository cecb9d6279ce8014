import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import type { TestResponse } from '../http/test-invoke.js';
import { callOf, postJson } from '../http/test-post.js';

@Service('tokens@1.0.0')
class TokenResults {
  @Public()
  give(value: unknown): unknown {
    return value;
  }
}

let plain: Fixture;
let cookies: Fixture;
let guarded: Fixture;
let anyOrigin: Fixture;

beforeAll(async () => {
  const services = () => [new TokenResults()];
  [plain, cookies, guarded, anyOrigin] = await Promise.all([
    createFixture({ auth: true, services: services() }),
    createFixture({ auth: { cookies: true }, services: services() }),
    createFixture({ auth: { cookies: true, csrf: true, origins: ['http://app.test'] }, services: services() }),
    createFixture({ auth: { cookies: true, csrf: true }, cors: 'all' }),
  ]);
});
afterAll(() => Promise.all([plain, cookies, guarded, anyOrigin].map((fixture) => fixture.close())));

const CREDENTIALS = { username: 'ada', password: 'pw' };
const ADA = { userId: 'ada', roles: ['admin'], permissions: [] };
const HTTP_ONLY = 'Path=/; HttpOnly; SameSite=Strict';

const invoke = (fixture: Fixture, method: string, input: unknown = [], headers: Record<string, string> = {}) =>
  postJson(fixture, '/netron/invoke', callOf('auth@1.0.0', method, input), headers);
const secret = (fixture: Fixture, headers: Record<string, string>) =>
  postJson(fixture, '/netron/invoke', callOf('admin@1.0.0', 'secret'), headers);
const setCookies = ({ headers }: TestResponse) => headers.getSetCookie();
const dataOf = ({ body }: TestResponse) => (body as { data?: unknown }).data;
/** What a browser would send back. */
const jarOf = (response: TestResponse) => ({
  Cookie: setCookies(response)
    .map((text) => text.split(';')[0])
    .join('; '),
});
const csrfOf = (response: TestResponse) =>
  /^omni_csrf=([\w-]{43}); Path=\/; SameSite=Strict$/.exec(setCookies(response).at(-1) ?? '')?.[1] ?? 'none';

describe('without cookies', () => {
  it('tokens travel in bodies, and cookies prove nothing', async () => {
    const login = await invoke(plain, 'login', CREDENTIALS);
    expect(dataOf(login)).toEqual({ user: ADA, accessToken: 't-admin', refreshToken: 'r-admin' });
    expect(setCookies(login)).toEqual([]);
    expect((await secret(plain, { Cookie: 'omni_access=t-admin' })).status).toBe(401);
    expect(dataOf(await secret(plain, { Authorization: 'Bearer t-admin' }))).toBe('top-secret');
    expect(dataOf(await invoke(plain, 'refresh', ['r-user']))).toMatchObject({ accessToken: 't-user' });
  });

  it('the service that signs in is there only where somebody can', async () => {
    const open = await createFixture();
    expect((await invoke(open, 'login', CREDENTIALS)).status).toBe(404);
    await open.close();
  });
});

describe('with cookies', () => {
  it('a login sets them, and its body holds no token', async () => {
    const login = await invoke(cookies, 'login', CREDENTIALS);
    expect(dataOf(login)).toEqual({ user: ADA });
    expect(setCookies(login)).toEqual([`omni_access=t-admin; ${HTTP_ONLY}`, `omni_refresh=r-admin; ${HTTP_ONLY}`]);
    expect(JSON.stringify(login.body)).not.toMatch(/t-admin|r-admin/);
    const me = await invoke(cookies, 'me', [], jarOf(login));
    expect(dataOf(me)).toEqual(ADA);
    expect(setCookies(me)).toEqual([]);
  });

  it.each([
    ['credentials', CREDENTIALS],
    ['a token', { token: 't-admin' }],
  ])('authenticate with %s sets them as well', async (_name, credentials) => {
    const response = await postJson(cookies, '/netron/authenticate', { id: 'x', credentials });
    expect(response.body).toEqual({ id: 'x', result: { success: true, context: ADA, metadata: {} } });
    expect(setCookies(response)).toEqual([`omni_access=t-admin; ${HTTP_ONLY}`]);
    expect(dataOf(await secret(cookies, jarOf(response)))).toBe('top-secret');
  });

  it('a login that fails sets none', async () => {
    const login = await invoke(cookies, 'login', { ...CREDENTIALS, password: 'no' });
    expect([login.status, setCookies(login)]).toEqual([401, []]);
    const credentials = { ...CREDENTIALS, password: 'no' };
    const response = await postJson(cookies, '/netron/authenticate', { id: 'x', credentials });
    expect([response.status, setCookies(response)]).toEqual([200, []]);
  });

  it('the refresh cookie stands in for a refresh token', async () => {
    const refresh = await invoke(cookies, 'refresh', [], { Cookie: 'omni_refresh=r-user' });
    expect(dataOf(refresh)).toMatchObject({ user: { userId: 'bob' } });
    expect(setCookies(refresh)[0]).toBe(`omni_access=t-user; ${HTTP_ONLY}`);
    expect((await invoke(cookies, 'refresh')).status).toBe(401);
    expect((await invoke(cookies, 'refresh', ['no'], { Cookie: 'omni_refresh=r-user' })).status).toBe(401);
  });

  it('a logout deletes them', async () => {
    const logout = await invoke(cookies, 'logout', [], { Cookie: 'omni_access=t-admin' });
    expect(dataOf(logout)).toEqual({});
    expect(setCookies(logout)).toEqual([
      `omni_access=; Max-Age=0; ${HTTP_ONLY}`,
      `omni_refresh=; Max-Age=0; ${HTTP_ONLY}`,
    ]);
  });

  it.each([
    [{ refreshToken: 'a b' }, {}, [`omni_refresh=a%20b; ${HTTP_ONLY}`]],
    [{ accessToken: 7, refreshToken: {} }, { accessToken: 7, refreshToken: {} }, []],
    [{ user: { accessToken: 'inner' } }, { user: { accessToken: 'inner' } }, []],
    [['accessToken'], ['accessToken'], []],
    ['accessToken', 'accessToken', []],
    [null, null, []],
  ])('of the result %j scripts see %j', async (value, data, expected) => {
    const response = await postJson(cookies, '/netron/invoke', callOf('tokens@1.0.0', 'give', [value]));
    expect([dataOf(response), setCookies(response)]).toEqual([data, expected]);
  });

  it('items of a batch are treated like calls', async () => {
    const requests = [
      callOf('auth@1.0.0', 'login', CREDENTIALS, '1'),
      callOf('tokens@1.0.0', 'give', [{ accessToken: 'later' }], '2'),
      callOf('nope', 'x', [], '3'),
    ];
    const batch = await postJson(cookies, '/netron/batch', { id: 'b', requests, options: { parallel: false } });
    expect(batch.body).toMatchObject({ responses: [{ data: { user: ADA } }, { data: {} }, { success: false }] });
    expect(JSON.stringify(batch.body)).not.toMatch(/t-admin|r-admin|later/);
    expect(setCookies(batch).at(-1)).toBe(`omni_access=later; ${HTTP_ONLY}`);
  });

  it.each([
    [{ Cookie: 'omni_access=wrong' }, 401],
    [{ Cookie: 'omni_access=' }, 401],
    [{ Cookie: 'omni_access=t-user' }, 403],
    [{ Cookie: 'omni_access=t-admin', Authorization: 'Bearer wrong' }, 401],
    [{ Cookie: 'omni_access=wrong', Authorization: 'Bearer t-admin' }, 200],
    [{ Cookie: 'omni_access=t-admin' }, 200],
  ])('%j is answered with %i', async (headers, status) => {
    expect((await secret(cookies, headers)).status).toBe(status);
  });

  it('they open the descriptions', async () => {
    for (const path of ['/metrics', '/openapi.json']) {
      const headers = { Cookie: 'omni_access=t-user' };
      expect((await fetch(cookies.http + path, { headers })).status).toBe(200);
    }
  });
});

describe('with CSRF', () => {
  const login = () => invoke(guarded, 'login', CREDENTIALS);

  it('a page that can read the cookie may call, and one that cannot may not', async () => {
    const { csrfRefused, calls } = guarded.counters;
    const response = await login();
    const jar = jarOf(response);
    const refused = await secret(guarded, jar);
    const error = {
      code: '403',
      message: 'CSRF validation failed',
      details: { reason: 'missing or mismatched CSRF token' },
    };
    expect([refused.status, refused.body]).toEqual([403, { id: 'a', success: false, error }]);
    expect(guarded.counters).toMatchObject({ csrfRefused: csrfRefused + 1, calls: calls + 1 });
    expect(dataOf(await secret(guarded, { ...jar, 'X-CSRF-Token': csrfOf(response) }))).toBe('top-secret');
  });

  it.each([
    ['another one', { Cookie: 'omni_access=t-admin; omni_csrf=abc', 'X-CSRF-Token': 'abd' }],
    ['a longer one', { Cookie: 'omni_access=t-admin; omni_csrf=abc', 'X-CSRF-Token': 'abcd' }],
    ['an empty one', { Cookie: 'omni_access=t-admin; omni_csrf=', 'X-CSRF-Token': '' }],
    ['one without its cookie', { Cookie: 'omni_access=t-admin', 'X-CSRF-Token': 'abc' }],
  ])('refuses calls and batches with %s', async (_name, headers) => {
    expect((await secret(guarded, headers)).status).toBe(403);
    const batch = { id: 'b', requests: [callOf('admin@1.0.0', 'open')] };
    const response = await postJson(guarded, '/netron/batch', batch, headers);
    expect([response.status, response.body]).toMatchObject([403, { id: 'b', success: false }]);
    const good = { Cookie: 'omni_access=t-admin; omni_csrf=abc', 'X-CSRF-Token': 'abc' };
    expect((await postJson(guarded, '/netron/batch', batch, good)).status).toBe(200);
  });

  it('each login has a token of its own, and a logout deletes it', async () => {
    const [first, second] = await Promise.all([login(), login()]);
    expect(csrfOf(first)).toHaveLength(43);
    expect(csrfOf(first)).not.toBe(csrfOf(second));
    const headers = { ...jarOf(second), 'X-CSRF-Token': csrfOf(second) };
    expect(setCookies(await invoke(guarded, 'logout', [], headers))).toContain(
      'omni_csrf=; Max-Age=0; Path=/; SameSite=Strict',
    );
  });

  it('asks nothing of who is anonymous, of a bearer, or of who signs in anew', async () => {
    expect((await invoke(guarded, 'login', CREDENTIALS, { Cookie: 'omni_access=stale' })).status).toBe(200);
    const bearer = { Authorization: 'Bearer t-admin', Cookie: 'omni_access=t-admin' };
    expect((await secret(guarded, bearer)).status).toBe(200);
    const body = { id: 'x', credentials: CREDENTIALS };
    const response = await postJson(guarded, '/netron/authenticate', body, { Cookie: 'omni_access=t-admin' });
    expect(response.status).toBe(200);
    expect(csrfOf(response)).toHaveLength(43);
    const metrics = await fetch(`${guarded.http}/metrics`, { headers: { Cookie: 'omni_access=t-user' } });
    expect(metrics.status).toBe(200);
  });

  it.each([
    ['Content-Type, Authorization', () => guarded],
    ['Content-Type, Authorization, X-CSRF-Token', () => anyOrigin],
  ])('a preflight allows %s', async (allowed, fixtureOf) => {
    const response = await fetch(`${fixtureOf().http}/netron/invoke`, {
      method: 'OPTIONS',
      headers: { Origin: 'http://app.test' },
    });
    expect(response.headers.get('access-control-allow-headers')).toBe(allowed);
  });
});

describe('the upgrade of a WebSocket', () => {
  const outcome = async (fixture: Fixture, headers: Record<string, string>): Promise<unknown> => {
    const socket = new WebSocket(fixture.ws, { headers });
    const [first] = (await Promise.race([once(socket, 'close'), once(socket, 'message')])) as [unknown];
    socket.terminate();
    return typeof first === 'number' ? first : 'open';
  };

  it.each([
    ['open', { Cookie: 'omni_access=t-user' }],
    ['open', {}],
    [4001, { Cookie: 'omni_access=wrong' }],
    ['open', { Cookie: 'omni_access=wrong', Authorization: 'Bearer t-user' }],
  ])('is %s with %j', async (expected, headers) => {
    expect(await outcome(cookies, headers)).toBe(expected);
  });

  it('takes no notice of cookies where they are no proof', async () => {
    expect(await outcome(plain, { Cookie: 'omni_access=wrong' })).toBe('open');
  });

  it('is refused to pages of other origins', async () => {
    const { unauthorized } = guarded.counters;
    const Cookie = 'omni_access=t-admin';
    const socket = new WebSocket(guarded.ws, { headers: { Cookie, Origin: 'http://evil.test' } });
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, 'Origin not allowed']);
    expect(guarded.counters.unauthorized).toBe(unauthorized + 1);
    expect(await outcome(guarded, { Cookie, Origin: 'http://app.test' })).toBe('open');
    expect(await outcome(guarded, { Cookie })).toBe('open');
    expect(await outcome(cookies, { Cookie, Origin: 'http://evil.test' })).toBe('open');
  });
});
