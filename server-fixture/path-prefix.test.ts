import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createFixture, type Fixture } from './fixture.js';
import { callOf, postJson } from './http/test-post.js';
import { parsePathPrefix, pathBelow } from './path-prefix.js';
import { TestPeer } from './ws/test-peer.js';

let fixture: Fixture;
/** The same server without the prefix. */
let root: { http: string; ws: string };

beforeAll(async () => {
  fixture = await createFixture({ auth: true, pathPrefix: '/api/v1' });
  root = { http: new URL(fixture.http).origin, ws: `ws://${new URL(fixture.ws).host}` };
});
afterAll(() => fixture.close());

describe('the option', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['api', '/api'],
    ['/api/v1/', '/api/v1'],
    ['//api//v1//', '/api/v1'],
    ['/~me/a.b-c_d', '/~me/a.b-c_d'],
  ])('makes of %j the prefix %j', (option, prefix) => {
    expect(parsePathPrefix(option)).toBe(prefix);
  });

  it.each([
    ['/a?b', /^pathPrefix: string "\/a\?b", expected a path such as "\/api\/v1"/],
    ['/a b', /^pathPrefix: string "\/a b", expected/],
    ['/%41', /^pathPrefix: string/],
    [7, /^pathPrefix: number, expected/],
    [null, /^pathPrefix: object, expected/],
  ])('refuses %j', async (option, message) => {
    await expect(createFixture({ pathPrefix: option as string })).rejects.toThrow(message);
    expect(parsePathPrefix('/a')).toBe('/a');
  });

  it.each([
    ['/api', '/api', ''],
    ['/api', '/api?x=/y', ''],
    ['/api', '/api/', '/'],
    ['/api', '/api/a?b', '/a'],
    ['/api', '/apis', undefined],
    ['/api', '/', undefined],
    ['/api', undefined, undefined],
    ['', '/a', '/a'],
  ])('below %j the URL %j is %j', (prefix, url, path) => {
    expect(pathBelow(prefix, url)).toBe(path);
  });
});

describe('over HTTP', () => {
  it('is part of the address, and every endpoint is under it', async () => {
    expect(fixture.http).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/);
    const call = callOf('calculator@1.0.0', 'add', [2, 3]);
    expect((await postJson(fixture, '/netron/invoke', call)).body).toMatchObject({ data: 5 });
    const batch = await postJson(fixture, '/netron/batch', { id: 'b', requests: [call] });
    expect(batch.body).toMatchObject({ responses: [{ data: 5 }] });
    const login = { credentials: { token: 't-user' } };
    expect((await postJson(fixture, '/netron/authenticate', login)).status).toBe(200);
    for (const path of ['/health', '/metrics?token=t-user', '/openapi.json?token=t-user']) {
      expect((await fetch(fixture.http + path)).status).toBe(200);
    }
    const api = await (await fetch(`${fixture.http}/openapi.json?token=t-user`)).json();
    expect(api).toMatchObject({ servers: [{ url: '/api/v1' }] });
  });

  it.each(['/health', '/api/health', '/api/v1', '/api/v1health', '/api/v1//health', '/API/v1/health'])(
    'GET %s is 404',
    async (path) => {
      const response = await fetch(root.http + path);
      expect([response.status, await response.json()]).toMatchObject([404, { error: { message: 'Not found' } }]);
    },
  );

  it('a preflight is answered anywhere, so that a page can read its 404', async () => {
    const response = await fetch(`${root.http}/netron/invoke`, {
      method: 'OPTIONS',
      headers: { Origin: 'http://app.test' },
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, 'http://app.test']);
  });
});

describe('over WebSocket', () => {
  it.each(['', '/', '/below?x=1', '?token=t-user'])('opens under it: %j', async (path) => {
    expect(fixture.ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/api\/v1$/);
    const peer = await TestPeer.connect(fixture.ws + path);
    expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    await peer.close();
  });

  it.each(['', '/', '/api', '/api/v1x', '/api/v2/x', '/?token=wrong'])('closes %j with 4000', async (path) => {
    const { misdirectedConnections, connections } = fixture.counters;
    const [code, reason] = (await once(new WebSocket(root.ws + path), 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4000, 'Path not found']);
    expect(fixture.counters).toMatchObject({ misdirectedConnections: misdirectedConnections + 1, connections });
  });
});
