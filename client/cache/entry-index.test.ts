import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashArgs } from './args-hash.js';
import { NO_CACHE } from './cache-policy.js';
import { Entry } from './entry.js';
import { EntryIndex } from './entry-index.js';
import { EntryStore } from './entry-store.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };
const nothing = (): void => undefined;
const store = new EntryStore({ maxEntries: 10, maxSizeBytes: 10 }, () => 1, nothing, nothing);
const node = store.node(PLACE, undefined);

/** Arguments of one hash, as a day's work of a browser may bring them. */
const colliding: unknown[][][] = [];

beforeAll(() => {
  const seen = new Map<number, unknown[]>();
  for (let i = 0; colliding.length < 3; i++) {
    const args = [{ id: i % 1_000, page: Math.floor(i / 1_000) }];
    const hash = hashArgs(args, PLACE);
    const other = seen.get(hash);
    if (other === undefined) seen.set(hash, args);
    else colliding.push([other, args]);
  }
});

function entryOf(args: readonly unknown[], key: number | string = hashArgs(args, PLACE)): Entry {
  return new Entry(1, node, key, args, NO_CACHE);
}

function listed(index: EntryIndex): Entry[] {
  const entries: Entry[] = [];
  index.each((entry) => {
    entries.push(entry);
  });
  return entries;
}

describe('EntryIndex', () => {
  it('tells apart arguments whose hashes are equal, whichever of them is taken out first', () => {
    for (const [first, second] of colliding.flatMap(([a, b]) => [
      [a, b],
      [b, a],
    ])) {
      const [one, two] = [entryOf(first as unknown[]), entryOf(second as unknown[])];
      expect(one.key).toBe(two.key);
      const index = new EntryIndex();
      index.add(one);
      expect(index.find(two.key, two.args)).toBeUndefined();
      index.add(two);
      expect(index.find(one.key, structuredClone(one.args) as unknown[])).toBe(one);
      expect(index.find(two.key, structuredClone(two.args) as unknown[])).toBe(two);
      expect(listed(index)).toHaveLength(2);
      index.remove(one);
      expect(index.find(one.key, one.args)).toBeUndefined();
      expect(index.find(two.key, two.args)).toBe(two);
      index.remove(two);
      expect(index.size).toBe(0);
      expect(listed(index)).toEqual([]);
    }
  });

  it('finds by a text whatever the arguments are, and never by a number that looks like it', () => {
    const index = new EntryIndex();
    const entry = entryOf([1], 'mine');
    index.add(entry);
    expect(index.find('mine', [2])).toBe(entry);
    index.add(entryOf([1], '5'));
    expect(index.find(5, [1])).toBeUndefined();
  });

  it('holds what a plain list would, through any order of coming and going', () => {
    const all = colliding.flat().concat([[1], ['1'], [], [null]]);
    const step = fc.record({ at: fc.nat(9), isGone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const index = new EntryIndex();
        const model = new Map<unknown, Entry>();
        for (const { at, isGone } of steps) {
          const args = all[at] as unknown[];
          const held = model.get(args);
          if (isGone && held !== undefined) {
            index.remove(held);
            model.delete(args);
          } else if (!isGone && held === undefined) {
            const entry = entryOf(args);
            index.add(entry);
            model.set(args, entry);
          }
          for (const each of all) expect(index.find(hashArgs(each, PLACE), each)).toBe(model.get(each));
          expect(index.size).toBe(model.size);
          expect(new Set(listed(index))).toEqual(new Set(model.values()));
        }
      }),
    );
  });
});
