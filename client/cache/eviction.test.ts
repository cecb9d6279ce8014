import { effect } from '@preact/signals-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layer } from '../index.js';
import { MAX_PASSED_OVER } from '../limits.js';
import type { NetronClient } from '../netron-client.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { newestTap, TapLog } from '../testing/test-tap-log.js';
import { outcomeOf } from '../testing/test-watch.js';
import { FOREVER, HttpShelves, Items, Shelves, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

// An answer says how many milliseconds it took: on a busy machine its size would be another each time.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const get = (id: string) => client.query(Items, 'get', [id], FOREVER);
const read = (key: string) => client.query(HttpShelves, 'read', [key], FOREVER);
const keys = () => entriesOf().map(({ args }) => args[0]);
const sizes = () => entriesOf().map(({ sizeBytes }) => sizeBytes);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
/** What is said to be there is what is there. */
const expectExact = () => expect(client.getCacheStats().sizeBytes).toBe(sum(sizes()));

describe('maxEntries', () => {
  it('is kept by taking whatever was used least recently, in whatever way it was used', async () => {
    client = world.client({ cache: { maxEntries: 3 } });
    for (const id of ['a', 'b', 'c']) await get(id);
    const refs = new Map(['a', 'b', 'c'].map((id) => [id, client.entry(Items, 'get', [id])]));
    await get('a');
    client.setData(refs.get('b') as never, world.items.at('b'));
    await get('d');
    expect(keys()).toEqual(['a', 'b', 'd']);
    observe(client, client.entry(Items, 'get', ['a']), FOREVER).stop();
    await get('e');
    expect(keys()).toEqual(['d', 'a', 'e']);
    await get('f');
    expect(keys()).toEqual(['a', 'e', 'f']);
    expect(client.getCacheStats()).toMatchObject({ entries: 3, evictions: 3 });
  });

  it('is the same as that of a list that is kept in order by hand', () => {
    const op = fc.record({ key: fc.nat({ max: 12 }), kind: fc.constantFrom('use', 'set', 'hold') });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (ops, maxEntries) => {
        client = world.client({ cache: { maxEntries } });
        let model: { key: number; held: boolean }[] = [];
        const held = new Map<number, () => void>();
        for (const { key, kind } of ops) {
          const ref = client.entry(Shelves, 'read', [`${key}`]);
          if (kind === 'set') client.setData(ref, key);
          if (kind === 'hold' && !held.has(key))
            held.set(
              key,
              client.watch(ref, () => undefined),
            );
          else if (kind === 'hold') {
            held.get(key)?.();
            held.delete(key);
          }
          model = [...model.filter((entry) => entry.key !== key), { key, held: held.has(key) }];
          // What is held is passed over, and is as if it had been used.
          for (let left = model.length; left > 0 && model.length > maxEntries; left--) {
            const [oldest, ...others] = model as [{ key: number; held: boolean }];
            model = oldest.held || oldest.key === key ? [...others, oldest] : others;
          }
        }
        expect(keys().sort()).toEqual(model.map((entry) => `${entry.key}`).sort());
        client.close();
      }),
      { numRuns: 200 },
    );
  });

  it('gives way to what is in use, and is kept again when it is not', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    world.items.gate.close('get', 'patch');
    const stop = client.watch(client.entry(Items, 'get', ['watched']), () => undefined);
    const read = effect(() => void client.read(client.entry(Items, 'get', ['read'])));
    const fetching = get('fetching');
    const optimistic = layer(client.entry(Items, 'get', ['layered']), (item) => item);
    const mutation = client.mutate(Items, 'patch', ['layered', {}], { optimistic });
    client.entry(Items, 'get', ['idle']);
    client.entry(Items, 'get', ['newest']);
    expect(keys().sort()).toEqual(['fetching', 'layered', 'newest', 'read', 'watched']);
    stop();
    read();
    (await world.nextGet()).answer();
    (await world.items.gate.next('patch')).answer();
    await Promise.all([fetching, mutation]);
    client.entry(Items, 'get', ['last']);
    expect(keys()).toEqual(['last']);
  });
});

describe('more in use than maxEntries', () => {
  it('makes no use of an entry look at all of it, and goes when it is not in use any more', () => {
    client = world.client({ cache: { maxEntries: 10 } });
    const refs = Array.from({ length: 1_000 }, (_, i) => client.entry(Items, 'get', [`${i}`]));
    const stops = refs.map((ref) => client.watch(ref, () => undefined));
    expect(client.getCacheStats().entries).toBe(1_000);
    let looks = 0;
    for (const entry of entriesOf()) {
      const { observers } = entry;
      const look = (): number => {
        looks++;
        return observers;
      };
      Object.defineProperty(entry, 'observers', { get: look, configurable: true });
    }
    for (let i = 0; i < 50; i++) client.entry(Items, 'get', [`${i}`]);
    for (let i = 0; i < 50; i++) client.entry(Items, 'get', [`idle ${i}`]);
    expect(looks).toBeLessThanOrEqual(100 * MAX_PASSED_OVER);
    // A few may wait for their turn to be found.
    expect(client.getCacheStats().entries).toBeLessThan(1_000 + 20);
    for (const entry of entriesOf())
      Object.defineProperty(entry, 'observers', { value: entry.observers, writable: true });
    for (const stop of stops) stop();
    expect(client.getCacheStats().entries).toBe(10);
  });
});

describe('maxSizeBytes', () => {
  const put = (key: string, length: number) => world.shelf.values.set(key, 'x'.repeat(length));

  it('is kept by the sizes of the responses on the wire', async () => {
    client = world.client({ cache: { maxSizeBytes: 3_500 } });
    for (const key of ['a', 'b', 'c']) {
      put(key, 1_000);
      await read(key);
    }
    expect(keys()).toEqual(['a', 'b', 'c']);
    for (const size of sizes()) expect(size).toBeGreaterThan(1_000);
    put('d', 1_500);
    await read('d');
    expect(keys()).toEqual(['c', 'd']);
    expectExact();
    expect(client.getCacheStats().sizeBytes).toBeLessThanOrEqual(3_500);
  });

  it('does not take what has just come, however large it is', async () => {
    client = world.client({ cache: { maxSizeBytes: 100 } });
    put('a', 1_000);
    expect(await read('a')).toHaveLength(1_000);
    expect(keys()).toEqual(['a']);
    await read('b');
    expect(keys()).toEqual(['b']);
    expectExact();
  });

  it('counts what an entry holds now, after landings, 304s, setData, evictions, gc and clear', async () => {
    client = world.client({ cache: { maxSizeBytes: 10_000, gcTime: 1_000 } });
    const ref = client.entry(HttpShelves, 'hinted', ['a']);
    put('a', 1_000);
    await client.query(HttpShelves, 'hinted', ['a'], { cache: 0 });
    const [full] = sizes() as [number];
    expectExact();
    const log = new TapLog();
    await client.query(HttpShelves, 'hinted', ['a']);
    // A 304 carries nothing, and what is there is as large as it was.
    expect(log.one('frameIn')).toMatchObject({ b: '304' });
    expect(sizes()).toEqual([full]);
    expectExact();
    put('a', 2_000);
    await client.query(HttpShelves, 'hinted', ['a']);
    expect(sizes()).toEqual([full + 1_000]);
    expectExact();
    client.setData(ref, 'mine');
    expect(sizes()).toEqual([0]);
    expectExact();
    await client.query(HttpShelves, 'hinted', ['a'], { cache: 0 });
    expect(sizes()).toEqual([full + 1_000]);
    put('b', 9_000);
    await read('b');
    expect(keys()).toEqual(['b']);
    expectExact();
    // The handle brings the entry back, empty.
    client.setData(ref, 'mine');
    expectExact();
    const stop = client.watch(client.entry(HttpShelves, 'read', ['b']), () => undefined);
    client.clear();
    expect(client.getCacheStats()).toMatchObject({ sizeBytes: 0, entries: 1 });
    stop();
    await read('c');
    expectExact();
    for (let i = 0; i < 3; i++) world.runtime.advance(1_000);
    expect(client.getCacheStats()).toMatchObject({ sizeBytes: 0, entries: 0 });
  });

  it.each([0, -1, Number.NaN, '5'])('is refused when it is no size: %s', (maxSizeBytes) => {
    expect(() => world.client({ cache: { maxSizeBytes: maxSizeBytes as number } })).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining('cache.maxSizeBytes is') }),
    );
    world.client({ cache: { maxSizeBytes: Number.POSITIVE_INFINITY } });
  });
});

describe('an evicted entry', () => {
  it('is seen again by an effect that has a handle on it, when the same arguments are asked for', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const ref = client.entry(Items, 'get', ['a']);
    await get('b');
    expect(keys()).toEqual(['b']);
    const seen: unknown[] = [];
    const stop = effect(() => {
      seen.push(client.read(ref)?.count);
    });
    expect(keys()).toEqual(['a']);
    world.items.set('a', { count: 5 });
    await get('a');
    expect(seen.at(-1)).toBe(5);
    stop();
  });

  it('is told of on the tap, with what it held', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const log = new TapLog(newestTap());
    world.items.set('a', { count: 3 });
    await get('a');
    await get('b');
    expect(log.one('cacheEvict')).toMatchObject({
      reason: 'lru',
      cause: 0,
      a: { count: 3 },
      b: undefined,
      ref: { args: ['a'], hasBase: false, sizeBytes: 0 },
    });
  });

  it('with two requests on their way stays until both have landed', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    world.items.gate.close('get');
    const first = client.query(Items, 'get', ['a'], FOREVER);
    const older = (await world.nextGet()).apply();
    const second = client.query(Items, 'get', ['a'], { ...FOREVER, dedupe: false });
    (await world.nextGet()).answer();
    await second;
    world.items.gate.closed.clear();
    await get('b');
    // Not while the older one may still land on it.
    expect(keys()).toEqual(['b', 'a']);
    world.items.set('a', { count: 1 });
    const third = client.query(Items, 'get', ['a'], { dedupe: false, cache: 0 });
    older.answer();
    expect(await first).toBeDefined();
    expect(await third).toMatchObject({ count: 1 });
    expect(keys()).toEqual(['a']);
    expect(await get('a')).toMatchObject({ count: 1 });
    expect(world.gets).toBe(4);
    expectExact();
    await get('c');
    expect(keys()).toEqual(['c']);
    expect(await outcomeOf(get('a'))).toMatchObject({ value: { count: 1 } });
  });
});
