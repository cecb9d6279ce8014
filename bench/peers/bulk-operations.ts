import assert from 'node:assert/strict';
import type { CacheAdapter, OpenCache, OpenClient } from './adapter.ts';
import type { Figure } from './figure.ts';
import { openFilled } from './filled-client.ts';
import { Network } from './network.ts';
import { timeRepeated } from './stopwatch.ts';
import { argumentOf, ENTRIES, type Item, makeItem, methodOf } from './universe.ts';

const LRU_ENTRIES = 5_000;
const SHARED_CALLS = 1_000;
const WARM_UP_EXCHANGES = 2_000;

/** Entries that were not there before. */
export function insert<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  return insertAll(() => open(new Network(undefined)), ENTRIES);
}

/** The same into a cache that holds half as many, so that every second one drives out another. */
export function insertLru<K>(open: OpenCache<K>): Promise<Figure> {
  return insertAll(() => open(LRU_ENTRIES), LRU_ENTRIES);
}

async function insertAll<K>(open: () => CacheAdapter<K>, kept: number): Promise<Figure> {
  const ns = await timeRepeated({
    repetitions: 9,
    setUp() {
      const cache = open();
      const keys = Array.from({ length: ENTRIES }, (_, i) => cache.key(methodOf(i), argumentOf(i)));
      return { cache, keys, items: keys.map((_, i) => makeItem(i)) };
    },
    run({ cache, keys, items }) {
      for (let i = 0; i < ENTRIES; i++) cache.insert(keys[i] as K, items[i]);
    },
    check({ cache, keys }) {
      for (const i of [ENTRIES - 1, ENTRIES - kept]) assert.deepEqual(cache.get(keys[i] as K), makeItem(i));
      if (kept < ENTRIES) assert.equal(cache.get(keys[0] as K), undefined, 'the oldest entry is still there');
    },
    tearDown: ({ cache }) => cache.close(),
  });
  return { value: ns / ENTRIES };
}

/** 1,000 queries of one entry at the same moment. */
export async function dedupe<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  // One exchange a run would be interpreted to the end, and count for more than the thousand calls.
  const warm = open(new Network(makeItem(1)));
  for (let i = 0; i < WARM_UP_EXCHANGES; i++) await warm.fetch(warm.key(methodOf(i), argumentOf(i)));
  warm.close();
  const ns = await timeRepeated({
    repetitions: 15,
    setUp() {
      const network = new Network(makeItem(1));
      const client = open(network);
      return { network, client, keys: Array.from({ length: SHARED_CALLS }, () => client.key(7, 50_000)) };
    },
    async run({ client, keys }) {
      const answers = await Promise.all(keys.map((key) => client.fetch(key)));
      assert.equal((answers.at(-1) as Item).id, 1);
    },
    check: ({ network }) => assert.equal(network.calls, 1, 'calls over the network'),
    tearDown: ({ client }) => client.close(),
  });
  return { value: ns / SHARED_CALLS };
}

/** The whole cache to JSON text. */
export async function dehydrate<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client } = openFilled(open);
  let text = '';
  const ns = await timeRepeated({
    repetitions: 9,
    setUp: () => undefined,
    run() {
      text = client.dehydrate();
    },
  });
  client.close();
  assert.ok(text.includes('"item 0"') && text.includes(`"item ${ENTRIES - 1}"`));
  return { value: ns / ENTRIES, textBytes: Buffer.byteLength(text) / ENTRIES };
}

/** The whole cache from JSON text. */
export async function hydrate<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client: source } = openFilled(open);
  const text = source.dehydrate();
  source.close();
  const ns = await timeRepeated({
    repetitions: 9,
    setUp: () => open(new Network(undefined)),
    run: (client) => client.hydrate(text),
    check(client) {
      for (let i = 0; i < ENTRIES; i += 101) {
        assert.deepEqual(client.get(client.key(methodOf(i), argumentOf(i))), makeItem(i));
      }
    },
    tearDown: (client) => client.close(),
  });
  return { value: ns / ENTRIES };
}
