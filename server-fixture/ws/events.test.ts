import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PacketCodec, PacketType } from '../../protocol/index.js';
import { Counters } from '../counters.js';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from '../http/test-post.js';
import { Receipts } from './receipts.js';
import { TestPeer } from './test-peer.js';

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ tick: true, limits: { ackTimeoutMs: 400, subscriptions: 3 } });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});
afterEach(() => {
  vi.useRealTimers();
});

const task = (...data: unknown[]) => peer.request(PacketType.task, data);
const emits = (event: string) =>
  peer.received.filter(
    ({ type, impulse, data }) => type === PacketType.task && impulse && (data as unknown[])[1] === event,
  );

describe('an event', () => {
  it('comes before the answer of the call that fires it, with all of its arguments', async () => {
    await task('subscribe', 'demo');
    expect(await peer.call('events@1.0.0', 'fire', 'demo', { n: 1 }, 'two')).toBe(true);
    expect(emits('demo')[0]?.data).toEqual(['emit', 'demo', { n: 1 }, 'two']);
    expect(peer.received.at(-1)?.data).toBe(true);
  });

  it('can be fired over HTTP, by anyone', async () => {
    const before = emits('demo').length;
    const response = await postJson(fixture, '/netron/invoke', callOf('events', 'fire', ['demo', 7]));
    expect(response.body).toMatchObject({ data: true });
    await peer.until(() => emits('demo')[before]);
    expect(emits('demo')[before]?.data).toEqual(['emit', 'demo', 7]);
    await expect(peer.call('events@1.0.0', 'fire')).rejects.toMatchObject({ code: 400 });
  });

  it('without a receipt is counted, and one with a receipt of any type is not', async () => {
    await task('subscribe', 'acked');
    await vi.waitFor(() => expect(fixture.counters.eventsUnacked).toBe(fixture.counters.eventsSent), 5000);
    const { eventsUnacked } = fixture.counters;
    const codec = new PacketCodec();
    for (const type of [PacketType.task, PacketType.call]) {
      await peer.call('events@1.0.0', 'fire', 'acked');
      const id = emits('acked').at(-1)?.id ?? 0;
      peer.sendBytes(codec.encode({ id, type, impulse: false, error: false, data: null }));
    }
    await peer.call('events@1.0.0', 'fire', 'acked');
    await vi.waitFor(() => expect(fixture.counters.eventsUnacked).toBe(eventsUnacked + 1), 5000);
    await task('unsubscribe', 'acked');
  });

  it('ticks', async () => {
    await task('subscribe', 'tick');
    const tick = await peer.until(() => emits('tick')[0]);
    expect(Math.abs(Date.now() - ((tick.data as unknown[])[2] as number))).toBeLessThan(60_000);
    await task('unsubscribe', 'tick');
  });

  it('is refused as a subscription beyond the limit, and counted', async () => {
    for (const name of ['a', 'b', 'demo']) expect((await task('subscribe', name)).error).toBe(false);
    expect((await task('subscribe', 'c')).data).toMatchObject({ code: 429 });
    expect(fixture.counters.refusedSubscriptions).toBe(1);
  });

  it('of a client reaches nobody, and nothing can be exposed', async () => {
    expect(await task('emit', 'demo', 1)).toMatchObject({ error: false, data: undefined });
    for (const name of ['expose_service', 'unexpose_service']) {
      expect((await task(name, {})).data).toMatchObject({ code: 403 });
    }
  });
});

describe('Receipts', () => {
  it('counts each late one once, at its own time', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const counters = new Counters();
    const receipts = new Receipts(counters, 5000);
    receipts.expect(1);
    vi.advanceTimersByTime(3000);
    receipts.expect(2);
    receipts.expect(3);
    receipts.arrive(3);
    vi.advanceTimersByTime(2000);
    expect(counters.eventsUnacked).toBe(1);
    vi.advanceTimersByTime(3000);
    expect(counters.eventsUnacked).toBe(2);
    receipts.expect(4);
    receipts.clear();
    vi.advanceTimersByTime(10_000);
    expect(counters.eventsUnacked).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for so many only, and gives up the oldest', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const counters = new Counters();
    const receipts = new Receipts(counters, 5000);
    for (let id = 1; id <= 10_002; id++) receipts.expect(id);
    expect(counters.eventsUnacked).toBe(2);
    receipts.clear();
  });
});
