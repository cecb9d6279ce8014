import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import type { QueryOptions } from '../query-options.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import type { Entry } from './entry.js';
import { FOREVER, HttpShelves, Items, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const tagged = (tags: readonly string[], id = 'a') =>
  client.query(Items, 'get', [id], { cache: { maxAge: Number.POSITIVE_INFINITY, tags } });
const matched = (tag: string): unknown => {
  const log = new TapLog();
  client.invalidate(tag);
  return log.one('cacheInvalidate').b;
};

describe('policies', () => {
  const policyOf = (id: string) => (client.entry(Items, 'get', [id]) as Entry).policy;

  it('are one object for all entries of a method that were asked for in the same way', async () => {
    for (const id of ['a', 'b', 'c']) await tagged(['t'], id);
    expect(policyOf('b')).toBe(policyOf('a'));
    expect(policyOf('c')).toBe(policyOf('a'));
    await client.query(Items, 'get', ['b'], { cache: 5 });
    expect(policyOf('b')).not.toBe(policyOf('a'));
    for (const id of ['a', 'c']) await client.query(Items, 'get', [id], { cache: 5 });
    expect(policyOf('c')).toBe(policyOf('a'));
  });

  it('are one object for entries that nobody said anything about', () => {
    expect(policyOf('a')).toBe(policyOf('b'));
  });

  it('of a default with tags are one object, also after all entries have gone', () => {
    client = world.client({ defaults: { cache: { tags: ['default'] } } });
    const before = policyOf('a');
    client.clear();
    expect([policyOf('b'), policyOf('c')]).toEqual([before, before]);
    expect(policyOf('b')).toBe(before);
    expect(policyOf('c')).toBe(before);
    expect(matched('default')).toBe(2);
  });

  it('stay the same object when the same is said again', async () => {
    await tagged(['t']);
    const policy = policyOf('a');
    await tagged(['t', 't']);
    expect(policyOf('a')).toBe(policy);
  });
});

describe('tags', () => {
  it('are replaced, and counted, with each query that names some', async () => {
    await tagged(['x', 'y']);
    await tagged(['y', 'z']);
    expect(entriesOf()[0]?.tags).toEqual(['y', 'z']);
    expect(['x', 'y', 'z'].map(matched)).toEqual([0, 1, 1]);
    await tagged([]);
    expect(['y', 'z'].map(matched)).toEqual([0, 0]);
    // Or every tag that was ever used would stay.
    for (const tag of ['x', 'y', 'z']) expect(client.parts.cache.store.tag(tag)).toBeUndefined();
  });

  it('that an entry lost cannot make it stale, but what they did before they were lost stays done', async () => {
    await tagged(['old']);
    client.invalidate('old');
    await tagged(['new']);
    expect(world.gets).toBe(2);
    client.invalidate('old');
    await tagged(['new']);
    expect(world.gets).toBe(2);
  });

  it('that nobody carried for a while are found when they are used again', async () => {
    await tagged(['t']);
    await tagged(['other']);
    expect(matched('t')).toBe(0);
    await tagged(['t'], 'b');
    await tagged(['t']);
    expect(matched('t')).toBe(2);
    await tagged(['t'], 'b');
    expect(world.gets).toBeGreaterThan(2);
    const before = world.gets;
    await tagged(['t'], 'b');
    expect(world.gets).toBe(before);
  });

  it('of an evicted entry are not counted, and are back with it', async () => {
    client = world.client({ cache: { maxEntries: 2 } });
    const ref = client.entry(Items, 'get', ['a']);
    await tagged(['t', 'mine']);
    await tagged(['t'], 'b');
    await tagged(['u'], 'c');
    expect(['t', 'mine', 'u'].map(matched)).toEqual([1, 0, 1]);
    client.setData(ref, { a: 0, b: 0, c: 0, count: 7, list: [] });
    expect(['t', 'mine', 'u'].map(matched)).toEqual([1, 1, 1]);
    expect(entriesOf().map(({ tags }) => tags)).toEqual([['u'], ['t', 'mine']]);
  });

  it('said of an evicted entry before it is back do not take those of others away', async () => {
    client = world.client({ cache: { maxEntries: 2 } });
    const ref = client.entry(Items, 'get', ['a']);
    await tagged(['t']);
    await tagged(['t'], 'b');
    await tagged(['t'], 'c');
    expect(matched('t')).toBe(2);
    observe(client, ref, { cache: { maxAge: 1e9, tags: ['v'] } }).stop();
    expect(['t', 'v'].map(matched)).toEqual([1, 1]);
    observe(client, ref, { cache: { tags: [] } }).stop();
    expect(['t', 'v'].map(matched)).toEqual([1, 0]);
  });
});

describe('hints of the server', () => {
  const hinted = (options: QueryOptions<never> = {}) => client.query(HttpShelves, 'hinted', ['k'], options);
  const requests = (): number => world.shelf.gate.count('hinted');

  it('say how long and under which tags it is kept where the app says nothing', async () => {
    await hinted();
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 60_000, tags: ['shelf'] });
    world.runtime.nowMs += 59_999;
    await hinted();
    expect(requests()).toBe(1);
    client.invalidate('shelf');
    await hinted();
    expect(requests()).toBe(2);
  });

  it('do not count where a call says otherwise, before or after', async () => {
    await hinted({ cache: { maxAge: 10, tags: ['mine'] } });
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 10, tags: ['mine'] });
    client = world.client();
    await hinted();
    await hinted({ cache: { maxAge: 10 } });
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 10, tags: ['shelf'] });
    world.runtime.nowMs += 10;
    await hinted();
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 10, tags: ['shelf'] });
    expect(requests()).toBe(3);
  });

  it('count for more than a default does in how long, and for less in tags', async () => {
    client = world.client({ defaults: { cache: { maxAge: 5, tags: ['default'] } } });
    await hinted();
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 60_000, tags: ['default'] });
  });

  it('that name no tags of an empty list by the app are not taken', async () => {
    await hinted({ cache: { tags: [] } });
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 60_000, tags: [] });
  });

  it.each([
    ['nobody carries', async () => undefined],
    [
      'others carry',
      async () => void (await client.query(Items, 'get', ['a'], { cache: { maxAge: 1e9, tags: ['shelf'] } })),
    ],
  ])('come too late for an invalidation by a tag that %s, which still wins over the answer', async (_how, before) => {
    await before();
    world.shelf.gate.close('hinted');
    const first = hinted();
    const outdated = (await world.shelf.gate.next('hinted')).apply();
    client.invalidate('shelf');
    outdated.answer();
    await first;
    expect(entriesOf().at(-1)).toMatchObject({ invalidated: true });
    world.shelf.gate.closed.clear();
    await hinted();
    await hinted();
    expect(requests()).toBe(2);
  });

  it('do not make stale what was asked for after the invalidation', async () => {
    client.invalidate('shelf');
    await hinted();
    await hinted();
    expect(requests()).toBe(1);
    await client.query(Items, 'names', [], FOREVER);
  });
});
