import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PacketType } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from '../http/test-post.js';
import { currentCall } from '../invocation/call-context.js';
import { TestPeer } from '../ws/test-peer.js';

@Service('vault@1.0.0', { auth: { roles: ['admin'] } })
class Vault {
  @Public()
  treasure = 'gold';
  @Public()
  take(): string | undefined {
    return currentCall().user?.userId;
  }
  @Public({ auth: false })
  look(): string {
    return 'a vault';
  }
}

let fixture: Fixture;
let open: Fixture;

beforeAll(async () => {
  [fixture, open] = await Promise.all([createFixture({ auth: true, services: [new Vault()] }), createFixture()]);
});
afterAll(() => Promise.all([fixture.close(), open.close()]));

const ADMIN = { userId: 'ada', roles: ['admin'], permissions: [] };
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const details = (method: string) => ({ service: 'admin@1.0.0', method });
const needsLogin = (method: string) => ({ code: 401, message: 'Authentication required', details: details(method) });
const needsAdmin = {
  code: 403,
  message: 'Missing required role',
  details: { ...details('secret'), missingRoles: ['admin'] },
};

/** Who, which method, and what comes of it: a result or a refusal. */
const RULES = [
  ['nobody', '', 'open', 'open'],
  ['nobody', '', 'me', needsLogin('me')],
  ['nobody', '', 'secret', needsLogin('secret')],
  ['a user', 't-user', 'open', 'open'],
  ['a user', 't-user', 'me', 'me'],
  ['a user', 't-user', 'secret', needsAdmin],
  ['an admin', 't-admin', 'me', 'me'],
  ['an admin', 't-admin', 'secret', 'top-secret'],
] as const;

describe('over HTTP', () => {
  it.each(RULES)('%s (%s) calls admin.%s', async (_who, token, method, outcome) => {
    const call = callOf('admin@1.0.0', method);
    const asHeader = await postJson(fixture, '/netron/invoke', call, token === '' ? {} : bearer(token));
    const asQuery = await postJson(fixture, `/netron/invoke?token=${token}`, call);
    const batch = await postJson(fixture, `/netron/batch?token=${token}`, { id: 'b', requests: [call] });
    if (typeof outcome === 'string') {
      for (const { body } of [asHeader, asQuery]) expect(body).toMatchObject({ success: true, data: outcome });
      expect(batch.body).toMatchObject({ responses: [{ data: outcome }] });
      return;
    }
    const { code, ...error } = outcome;
    for (const { status, body } of [asHeader, asQuery]) {
      expect([status, body]).toEqual([code, { id: 'a', success: false, error: { code: String(code), ...error } }]);
    }
    const itemError = { code: String(code), message: error.message };
    expect(batch.body).toMatchObject({ responses: [{ id: 'a', success: false, error: itemError }] });
  });

  it.each(['Bearer wrong', 'Bearer', 'Basic t-admin', 'Bearer t-admin x'])('"%s" is nobody', async (header) => {
    const call = callOf('admin@1.0.0', 'me');
    expect((await postJson(fixture, '/netron/invoke', call, { Authorization: header })).status).toBe(401);
  });

  it.each([
    [
      { credentials: { username: 'ada', password: 'pw' } },
      { success: true, context: ADMIN, metadata: { token: 't-admin' } },
    ],
    [{ params: [{ token: 't-admin' }] }, { success: true, context: ADMIN, metadata: { token: 't-admin' } }],
    [{ credentials: { username: 'ada', password: 'no' } }, { success: false, error: 'Invalid credentials' }],
    [{ credentials: { username: 'bob' } }, { success: false, error: 'Invalid credentials' }],
    [{ credentials: { token: 7 } }, { success: false, error: 'Invalid token' }],
    [{ credentials: { token: 'no', username: 'ada', password: 'pw' } }, { success: false, error: 'Invalid token' }],
  ])('authenticates %j', async (body, result) => {
    const response = await postJson(fixture, '/netron/authenticate', { id: 'x', ...body });
    expect([response.status, response.body]).toEqual([200, { id: 'x', result }]);
  });

  it.each([[{}], [{ credentials: 'ada' }], [{ params: [] }], [[1]], [null]])('cannot authenticate %j', async (body) => {
    const response = await postJson(fixture, '/netron/authenticate', body);
    expect([response.status, response.body]).toMatchObject([400, { error: { message: 'Missing credentials' } }]);
  });

  it.each(['/metrics', '/openapi.json'])('%s is for any valid token', async (path) => {
    for (const url of [fixture.http, `${open.http}`].map((base) => base + path)) {
      const refused = await fetch(url, { headers: bearer('wrong') });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await refused.json()).toEqual({ error: { code: '401', message: 'Authentication required' } });
    }
    expect((await fetch(fixture.http + path, { headers: bearer('t-user') })).status).toBe(200);
  });

  it('leaves everything open where nobody can sign in', async () => {
    const response = await postJson(open, '/netron/invoke', callOf('admin@1.0.0', 'secret'));
    expect(response.body).toMatchObject({ data: 'top-secret' });
  });
});

describe('over WebSocket', () => {
  it.each(RULES)('%s (%s) calls admin.%s', async (_who, token, method, outcome) => {
    const peer = await TestPeer.connect(token === '' ? fixture.ws : `${fixture.ws}/?token=${token}`);
    const called = peer.call('admin@1.0.0', method);
    if (typeof outcome === 'string') expect(await called).toBe(outcome);
    else await expect(called).rejects.toMatchObject({ name: 'TitanError', ...outcome });
    await peer.close();
  });

  it('takes the token of the header as well', async () => {
    const socket = new WebSocket(fixture.ws, { headers: bearer('t-user') });
    await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
  });

  it.each([
    ['?token=wrong', {}],
    ['?token=', {}],
    ['', bearer('wrong')],
    ['', { Authorization: 'Basic x' }],
  ])('closes a connection with the wrong token %s %j', async (query, headers) => {
    const socket = new WebSocket(`${fixture.ws}/${query}`, { headers });
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, 'Invalid token']);
  });

  it('signs in by a task, for as long as the connection lasts', async () => {
    const peer = await TestPeer.connect(fixture.ws);
    const signIn = (credentials: unknown) => peer.request(PacketType.task, ['authenticate', credentials]);
    expect((await signIn({ username: 'ada', password: 'no' })).data).toEqual({
      success: false,
      error: 'Invalid credentials',
    });
    await expect(peer.call('vault@1.0.0', 'take')).rejects.toMatchObject({ code: 401 });
    expect((await signIn({ username: 'ada', password: 'pw' })).data).toMatchObject({ success: true, context: ADMIN });
    expect(await peer.call('vault@1.0.0', 'take')).toBe('ada');
    expect((await signIn({ token: 'wrong' })).data).toMatchObject({ success: false });
    expect(await peer.call('vault@1.0.0', 'take')).toBe('ada');
    expect(await signIn(undefined)).toMatchObject({ error: true, data: { code: 400 } });
    await peer.close();
  });

  it('guards properties, and what a member opens is open', async () => {
    const peer = await TestPeer.connect(`${fixture.ws}/?token=t-user`);
    expect(await peer.call('vault@1.0.0', 'look')).toBe('a vault');
    for (const type of [PacketType.get, PacketType.set] as const) {
      const refused = await peer.request(type, ['vault@1.0.0', 'treasure', 'mine']);
      expect(refused).toMatchObject({ error: true, data: { code: 403, details: { method: 'treasure' } } });
    }
    await peer.close();
  });
});
