import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PacketType, type StreamReference } from '../../protocol/index.js';
import { StreamService } from '../conformance/stream.js';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from '../http/test-post.js';
import { TestPeer } from '../ws/test-peer.js';
import type { FaultEffect } from './fault-rule.js';

let fixture: Fixture;
let peer: TestPeer;
const stream = new StreamService();

beforeAll(async () => {
  fixture = await createFixture({
    services: [stream],
    faults: [{ method: 'list', count: 1, effect: { kind: 'drop' } }],
  });
  peer = await TestPeer.connect(fixture.ws);
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const ADD = ['calculator@1.0.0', 'add', 2, 3] as const;
const arm = (effect: FaultEffect, count = 1) => fixture.setFaults([{ count, effect }]);
const add = () => postJson(fixture, '/netron/invoke', callOf('calculator@1.0.0', 'add', [2, 3]));
const failure = { kind: 'error', code: 503, message: 'down', details: { a: 1 } } as const;

describe('over HTTP', () => {
  it('rules from the start hold, and hits are counted for each rule', async () => {
    const aborted = new AbortController();
    const dropped = fetch(`${fixture.http}/netron/invoke`, {
      method: 'POST',
      body: JSON.stringify(callOf('users@1.0.0', 'list')),
      signal: aborted.signal,
    });
    const settled = vi.fn();
    dropped.then(settled, settled);
    await vi.waitFor(() => expect(fixture.faultHits).toEqual([1]));
    expect((await postJson(fixture, '/netron/invoke', callOf('users@1.0.0', 'list'))).status).toBe(200);
    expect(settled).not.toHaveBeenCalled();
    aborted.abort();
    await expect(dropped).rejects.toThrow();
    expect(fixture.counters.faults).toBe(1);
  });

  it('an error comes in place of the method', async () => {
    arm(failure);
    const { calls } = fixture.counters;
    expect(await add()).toMatchObject({
      status: 503,
      body: { error: { code: '503', message: 'down', details: { a: 1 } } },
    });
    expect((await add()).body).toMatchObject({ data: 5 });
    expect(fixture.counters.calls).toBe(calls + 2);
  });

  it('an error befalls an item of a batch', async () => {
    arm(failure);
    const requests = [callOf('users', 'list', [], '1'), callOf('calculator', 'add', [1, 1], '2')];
    const { body } = await postJson(fixture, '/netron/batch', { id: 'b', requests, options: { parallel: false } });
    expect(body).toMatchObject({ responses: [{ success: false, error: { code: '503' } }, { success: true }] });
  });

  it('a delay takes its time, and no longer than the client waits', async () => {
    arm({ kind: 'delay', ms: 30 });
    const startMs = performance.now();
    expect((await add()).body).toMatchObject({ data: 5 });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(29);
    arm({ kind: 'delay', ms: 60_000 });
    const call = { ...callOf('calculator@1.0.0', 'add', [1, 1]), hints: { timeout: 20 } };
    expect((await postJson(fixture, '/netron/invoke', call)).status).toBe(408);
  });

  it.each(['close', 'truncate'] as const)('%s cuts the connection', async (kind) => {
    arm({ kind });
    await expect(add()).rejects.toThrow();
    expect((await add()).status).toBe(200);
  });

  it('corrupt changes one byte', async () => {
    // An answer says how long it took, which would be another difference.
    vi.useFakeTimers({ toFake: ['performance'] });
    const call = () =>
      fetch(`${fixture.http}/netron/invoke`, { method: 'POST', body: JSON.stringify(callOf('users@1.0.0', 'list')) });
    const whole = new Uint8Array(await (await call()).arrayBuffer());
    arm({ kind: 'corrupt' });
    const corrupt = new Uint8Array(await (await call()).arrayBuffer());
    expect(corrupt).toHaveLength(whole.length);
    expect(corrupt.filter((byte, i) => byte !== whole[i])).toHaveLength(1);
  });
});

describe('over WebSocket', () => {
  it('an error comes in place of the method', async () => {
    arm(failure);
    await expect(peer.call(...ADD)).rejects.toMatchObject({ code: 503, message: 'down', details: { a: 1 } });
    expect(await peer.call(...ADD)).toBe(5);
  });

  it('drop leaves the caller alone', async () => {
    arm({ kind: 'drop' });
    const id = peer.send(PacketType.call, ADD);
    expect(await peer.call(...ADD)).toBe(5);
    expect(peer.received.some((packet) => packet.id === id)).toBe(false);
  });

  it('close cuts the connection', async () => {
    const cut = await TestPeer.connect(fixture.ws);
    const closed = new Promise((resolve) => cut.socket.on('close', resolve));
    arm({ kind: 'close' });
    cut.send(PacketType.call, ADD);
    expect(await closed).toBe(1006);
  });

  it.each(['truncate', 'corrupt'] as const)('%s spoils the bytes of one answer', async (kind) => {
    const raw = await TestPeer.connect(fixture.ws);
    const messages: Buffer[] = [];
    raw.socket.removeAllListeners('message');
    const both = new Promise<void>((resolve) => {
      raw.socket.on('message', (data: Buffer) => {
        if (messages.push(data) === 2) resolve();
      });
    });
    arm({ kind });
    raw.send(PacketType.call, ADD);
    raw.send(PacketType.ping, 1);
    await both;
    const good = '000000010305';
    const bad = messages
      .map((message) => message.toString('hex'))
      .find((hex) => !hex.endsWith('0001') || hex.length < 12);
    expect(bad).toBeDefined();
    expect(bad).not.toBe(good);
    expect(bad?.length).toBe(kind === 'truncate' ? 6 : 12);
    raw.socket.terminate();
  });

  it('duplicate sends an answer twice', async () => {
    arm({ kind: 'duplicate' });
    const id = peer.send(PacketType.call, ADD);
    await peer.request(PacketType.ping, null);
    await vi.waitFor(() => expect(peer.received.filter((packet) => packet.id === id)).toHaveLength(2));
  });

  it('reorder lets the next answer pass, and waits for it only so long', async () => {
    arm({ kind: 'reorder' });
    const first = peer.send(PacketType.call, ADD);
    const second = peer.request(PacketType.call, ADD);
    await second;
    const answer = await peer.until(() => peer.received.find((packet) => packet.id === first));
    expect(peer.received.indexOf(answer)).toBeGreaterThan(peer.received.indexOf(await second));
    arm({ kind: 'reorder' });
    expect(await peer.call(...ADD)).toBe(5);
  });

  it.each([
    ['duplicate', [0, 0, 1, 1, 2, 2, 3]],
    ['reorder', [1, 0, 2, 3]],
  ] as const)('%s befalls the chunks of a stream', async (kind, indexes) => {
    arm({ kind });
    const { streamId } = (await peer.call('stream@1.0.0', 'count', 3)) as StreamReference;
    await peer.until(() => peer.chunks(streamId)[indexes.length - 1]);
    expect(peer.chunks(streamId).map((packet) => 'index' in packet && packet.index)).toEqual(indexes);
  });

  it('slow makes a stream wait at each item, and it can still be stopped', async () => {
    arm({ kind: 'slow', ms: 10 });
    const startMs = performance.now();
    const { streamId } = (await peer.call('stream@1.0.0', 'count', 3)) as StreamReference;
    await peer.until(() => peer.chunks(streamId)[3]);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(29);
    arm({ kind: 'slow', ms: 60_000 });
    const before = stream.foreverClosedCount();
    const endless = (await peer.call('stream@1.0.0', 'forever', 0)) as StreamReference;
    peer.send(PacketType.streamClose, { streamId: endless.streamId });
    await vi.waitFor(() => expect(stream.foreverClosedCount()).toBe(before + 1));
  });
});
