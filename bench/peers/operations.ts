import type { OpenCache, OpenClient } from './adapter.ts';
import { dedupe, dehydrate, hydrate, insert, insertLru } from './bulk-operations.ts';
import type { Figure } from './figure.ts';
import { entryMemory, observerMemory } from './memory-operations.ts';
import type { OperationBeside } from './operation-name.ts';
import { fetchHit, observe, readNewKey, readStable } from './read-operations.ts';
import { tapOff, tapOn } from './tap-operations.ts';
import { invalidate, notify, optimistic } from './write-operations.ts';

export type Measure = () => Figure | Promise<Figure>;
type Measures<Name extends string> = Readonly<Record<Name, Measure>>;

/** What a data layer is measured by. Every measurement checks that the thing was done. */
export function clientOperations<K, H>(open: OpenClient<K, H>): Measures<OperationBeside<'tanstack'>> {
  return {
    'read.stable': () => readStable(open),
    'read.newkey': () => readNewKey(open),
    'read.fetchHit': () => fetchHit(open),
    observe: () => observe(open),
    'set.notify0': () => notify(open, 0),
    'set.notify1': () => notify(open, 1),
    'set.notify1000': () => notify(open, 1_000),
    'invalidate.prefix': () => invalidate(open, 'method'),
    'invalidate.where': () => invalidate(open, 'predicate'),
    'insert/entry': () => insert(open),
    'dedupe/call': () => dedupe(open),
    'dehydrate/entry': () => dehydrate(open),
    'hydrate/entry': () => hydrate(open),
    'mem.entry': () => entryMemory(open),
    'mem.observer': () => observerMemory(open),
    optimistic1k: () => optimistic(open),
  };
}

export function cacheOperations<K>(open: OpenCache<K>): Measures<OperationBeside<'lru-cache'>> {
  return { 'insert.lru/entry': () => insertLru(open) };
}

/** Ours beside itself: off before on, so that the first knows nothing of the second. */
export const TAP_OPERATIONS: Measures<OperationBeside<'netron'>> = { 'tap.off': tapOff, 'tap.on': tapOn };
