import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketType, type StreamReference } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from '../ws/test-peer.js';
import { Directory } from './directory.js';
import { Market } from './market.js';
import { PriceWalk } from './price-walk.js';

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({
    services: [new Directory({ readMs: 0, writeMs: 0 }), new Market({ intervalMs: 0 })],
  });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const directory = (method: string, ...args: unknown[]) => peer.call('directory@1.0.0', method, ...args);

describe('directory', () => {
  it('lists eight people with distinct ids and parsable dates', async () => {
    const people = (await directory('list')) as { id: string; joined: string; version: number }[];
    expect(new Set(people.map(({ id }) => id)).size).toBe(8);
    for (const { joined, version } of people) {
      expect(new Date(joined).toISOString()).toBe(joined);
      expect(version).toBe(1);
    }
  });

  it('counts the teams', async () => {
    const teams = (await directory('teams')) as { team: string; count: number }[];
    expect(teams).toContainEqual({ team: 'Web', count: 2 });
    expect(teams.reduce((sum, { count }) => sum + count, 0)).toBe(8);
  });

  it('updates known fields only, one version at a time', async () => {
    const patch = { title: 'Principal Engineer', version: 1, id: 'p9', extra: true };
    const updated = await directory('update', 'p1', patch);
    expect(updated).toMatchObject({ id: 'p1', title: 'Principal Engineer', version: 2 });
    expect(updated).not.toHaveProperty('extra');
    expect(await directory('get', 'p1')).toEqual(updated);
    await expect(directory('update', 'p1', { title: 'x', version: 1 })).rejects.toMatchObject({
      code: 409,
      details: { current: 2, errorCode: 'VERSION_CONFLICT' },
    });
  });

  it('lets the second of two updates from one version lose', async () => {
    const both = ['a', 'b'].map((title) => directory('update', 'p2', { title, version: 1 }));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses unknown people and bad patches', async () => {
    await expect(directory('get', 'p99')).rejects.toMatchObject({
      code: 404,
      details: { resource: 'Person', id: 'p99' },
    });
    await expect(directory('update', '__proto__', {})).rejects.toMatchObject({ code: 404 });
    await expect(directory('update', 'p3', { title: 7 })).rejects.toMatchObject({ code: 400 });
  });

  it('fails the next update as it was told to, and only that', async () => {
    await directory('failNext', { code: 503, message: 'down', errorCode: 'MAINTENANCE' });
    await expect(directory('update', 'p3', { title: 'x' })).rejects.toMatchObject({
      code: 503,
      message: 'down',
      details: { errorCode: 'MAINTENANCE' },
    });
    expect(await directory('update', 'p3', { title: 'x' })).toMatchObject({ version: 2 });
  });
});

describe('market', () => {
  it('streams one symbol after another and declares it', async () => {
    const { data } = await peer.request(PacketType.task, ['query_interface', 'market']);
    expect(data).toMatchObject({ meta: { methods: { streamPrices: { type: 'AsyncGenerator' } } } });
    const { streamId } = (await peer.call('market@1.0.0', 'streamPrices', ['BTC', 'ETH'])) as StreamReference;
    await peer.until(() => peer.chunks(streamId)[3]);
    peer.send(PacketType.streamClose, { streamId });
    const prices = peer.chunks(streamId).map((packet) => packet.data as { symbol: string; price: number; at: Date });
    expect(prices.slice(0, 4).map(({ symbol }) => symbol)).toEqual(['BTC', 'ETH', 'BTC', 'ETH']);
    expect(prices[0]?.at).toBeInstanceOf(Date);
    const walk = new PriceWalk('BTC', 1);
    expect([prices[0], prices[2]]).toMatchObject([walk.next(), walk.next()]);
  });

  it.each([[[]], [['']], [[1]], ['BTC'], [undefined]])(
    'refuses %j as symbols before there is a stream',
    async (symbols) => {
      await expect(peer.call('market@1.0.0', 'streamPrices', symbols)).rejects.toMatchObject({ code: 400 });
    },
  );
});

describe('PriceWalk', () => {
  it('moves in cents, by little, and never below the lowest price', () => {
    const walk = new PriceWalk('ETH', 7);
    let before = walk.next().price;
    for (let i = 0; i < 1000; i++) {
      const { price, change } = walk.next();
      expect(price).toBeGreaterThan(0);
      expect(Math.abs(change)).toBeLessThanOrEqual(before * 0.011 + 0.01);
      expect(change).toBeCloseTo(price - before, 5);
      before = price;
    }
  });
});
