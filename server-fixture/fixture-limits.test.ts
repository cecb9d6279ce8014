import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { PacketType } from '../protocol/index.js';
import { createFixture } from './fixture.js';
import type { FixtureOptions } from './fixture-options.js';
import { callOf, postJson } from './http/test-post.js';
import { TestPeer } from './ws/test-peer.js';

describe('options', () => {
  it.each([
    [{ limits: { bodyBytes: 0 } }, /^limits\.bodyBytes: number 0, expected a whole number above 0/],
    [{ limits: { streams: 1.5 } }, /^limits\.streams/],
    [{ limits: { nope: 1 } }, /^limits\.nope: there is none; there are bodyBytes, /],
    [{ limits: null }, /^limits: object/],
    [{ auth: 'yes' }, /^auth: string yes, expected true or false/],
    [{ cors: 'some' }, /^cors: string some/],
    [{ tick: 1 }, /^tick: number 1/],
    [{ strict: null }, /^strict: object null/],
    [{ faults: [{}] }, /^faults\[0\]/],
  ])('are refused by name: %j', async (options, message) => {
    await expect(createFixture(options as unknown as FixtureOptions)).rejects.toThrow(message);
  });
});

describe('a lower limit', () => {
  it('of the body refuses with 413, readably', async () => {
    const fixture = await createFixture({ limits: { bodyBytes: 200 } });
    const big = callOf('echo', 'echo', ['x'.repeat(200)]);
    for (const path of ['/netron/invoke', '/netron/batch', '/netron/authenticate']) {
      expect(await postJson(fixture, path, big)).toMatchObject({ status: 413, body: { error: { code: '413' } } });
    }
    expect((await postJson(fixture, '/netron/invoke', callOf('echo', 'echo', ['x']))).status).toBe(200);
    await fixture.close();
  });

  it('of the headers refuses with 431', async () => {
    const fixture = await createFixture();
    const response = await fetch(`${fixture.http}/health`, { headers: { 'X-Long': 'x'.repeat(17 * 1024) } });
    expect(response.status).toBe(431);
    await fixture.close();
  });

  it('of the time ends a call that names none', async () => {
    const fixture = await createFixture({ limits: { callTimeoutMs: 20 } });
    const call = callOf('calculator@1.0.0', 'slow', [60_000]);
    expect((await postJson(fixture, '/netron/invoke', call)).status).toBe(408);
    const batch = await postJson(fixture, '/netron/batch', { id: 'b', requests: [call] });
    expect(batch.body).toMatchObject({ responses: [{ error: { code: '408' } }] });
    await fixture.close();
  });

  it('of the connections drops the next one, and takes another when one has gone', async () => {
    const fixture = await createFixture({ limits: { connections: 2 } });
    const peers = [await TestPeer.connect(fixture.ws), await TestPeer.connect(fixture.ws)];
    const third = connect(Number(new URL(fixture.ws).port), '127.0.0.1');
    third.on('error', () => undefined);
    await once(third, 'close');
    expect(fixture.counters.refusedConnections).toBe(1);
    await peers[0]?.close();
    await vi.waitFor(() => expect(fixture.counters.openConnections).toBe(1));
    const next = await TestPeer.connect(fixture.ws);
    expect(await next.call('calculator@1.0.0', 'add', 1, 1)).toBe(2);
    await fixture.close();
  });

  it('of the pending requests cuts an HTTP client that does not wait for answers', async () => {
    const fixture = await createFixture({ limits: { pendingRequests: 2 } });
    const body = JSON.stringify(callOf('calculator@1.0.0', 'slow', [60_000]));
    const request = `POST /netron/invoke HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(new URL(fixture.http).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(request.repeat(3));
    await once(socket, 'close');
    expect(fixture.counters.refusedRequests).toBe(1);
    for (let i = 0; i < 5; i++)
      expect((await postJson(fixture, '/netron/batch', { id: 'b', requests: [] })).status).toBe(200);
    await fixture.close();
  });

  it('of the pending requests answers 429 over WebSocket', async () => {
    const fixture = await createFixture({ limits: { pendingRequests: 2 } });
    const peer = await TestPeer.connect(fixture.ws);
    for (let i = 0; i < 2; i++) peer.send(PacketType.call, ['calculator@1.0.0', 'slow', 60_000]);
    await expect(peer.call('calculator@1.0.0', 'add', 1, 1)).rejects.toMatchObject({ code: 429 });
    expect(fixture.counters.refusedRequests).toBe(1);
    await fixture.close();
  });
});
