import { describe, expect, it, vi } from 'vitest';
import { createFixture } from '../fixture.js';
import { TestPeer } from '../ws/test-peer.js';
import { callOf, postJson } from './test-post.js';

const SLOW = callOf('calculator@1.0.0', 'slow', [60_000]);
const ADD = callOf('calculator@1.0.0', 'add', [2, 3]);

describe('a draining server', () => {
  it('refuses calls and says when to ask again', async () => {
    const fixture = await createFixture();
    await fixture.drain();
    for (const [path, body] of [
      ['/netron/invoke', ADD],
      ['/netron/batch', { id: 'b', requests: [ADD] }],
    ] as const) {
      const headers = { 'X-Request-ID': 'rid-1', Origin: 'http://app.test' };
      const response = await postJson(fixture, path, body, headers);
      const error = { code: '503', message: 'Server is shutting down', details: {} };
      expect([response.status, response.body]).toEqual([503, { id: 'rid-1', success: false, error }]);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(response.headers.get('x-request-id')).toBe('rid-1');
      expect(response.headers.get('access-control-allow-origin')).toBe('http://app.test');
    }
    expect(fixture.counters).toMatchObject({ drainRefused: 2, calls: 0 });
    await fixture.close();
  });

  it('says so to whoever asks for its health, and answers the rest', async () => {
    const fixture = await createFixture({ auth: true });
    expect((await fetch(`${fixture.http}/health`)).status).toBe(200);
    await fixture.drain();
    const health = await fetch(`${fixture.http}/health`);
    expect([health.status, await health.json()]).toEqual([503, { status: 'draining' }]);
    const metrics = await fetch(`${fixture.http}/metrics?token=t-user`);
    expect([metrics.status, await metrics.json()]).toMatchObject([200, { server: { status: 'draining' } }]);
    const login = await postJson(fixture, '/netron/authenticate', { credentials: { token: 't-user' } });
    expect(login.status).toBe(200);
    expect((await fetch(`${fixture.http}/nope`)).status).toBe(404);
    await fixture.close();
  });

  it('finishes what runs, and tells when that is done', async () => {
    const fixture = await createFixture();
    const slow = postJson(fixture, '/netron/invoke', { ...SLOW, hints: { timeout: 100 } });
    await vi.waitFor(() => expect(fixture.counters.calls).toBe(1));
    const drained = vi.fn();
    const draining = Promise.all([fixture.drain(), fixture.drain()]).then(drained);
    expect((await postJson(fixture, '/netron/invoke', ADD)).status).toBe(503);
    expect(drained).not.toHaveBeenCalled();
    expect((await slow).status).toBe(408);
    await draining;
    await fixture.close();
  });

  it('keeps its WebSockets until it is closed', async () => {
    const fixture = await createFixture();
    const peer = await TestPeer.connect(fixture.ws);
    await fixture.drain();
    expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    const closed = new Promise((resolve) => peer.socket.on('close', resolve));
    await fixture.close();
    expect(await closed).toBe(1001);
  });
});
