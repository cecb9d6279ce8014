import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layer, type OptimisticChange, optimistic } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { Item } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import type { EntryRef } from './entry.js';
import { faultsOf } from './test-integrity.js';
import { barrier, counted, get, refOf, World } from './test-world.js';

const SCHEDULES = 500;
const GC_TIME_MS = 1_000;

const world = new World();
let client: NetronClient;

beforeAll(async () => {
  await world.open();
  client = world.client({ cache: { maxEntries: 2, gcTime: GC_TIME_MS } });
});
afterAll(async () => {
  world.closeClients();
  await world.close();
});

type Id = 'a' | 'b' | 'c' | 'd';
type Step =
  /** Asks under tags, and may be given up. */
  | { readonly kind: 'query'; readonly id: Id; readonly tags: string[]; readonly dedupe: boolean }
  | { readonly kind: 'handle'; readonly id: Id }
  /** Of handles that may be of entries that were evicted since. */
  | { readonly kind: 'set' | 'watch' | 'layer'; readonly which: number; readonly other: number }
  | { readonly kind: 'abort' | 'unwatch' | 'commit' | 'rollback' | 'answer' | 'gc' | 'clear' }
  | { readonly kind: 'invalidate'; readonly tag: string };

const id = fc.constantFrom<Id[]>('a', 'b', 'c', 'd');
const tag = fc.constantFrom('x', 'y');
const which = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('query'), id, tags: fc.subarray(['x', 'y']), dedupe: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('handle'), id }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('set', 'watch', 'layer', 'layer'), which, other: which }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('abort', 'unwatch', 'commit', 'rollback', 'answer', 'gc') }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.record({ kind: fc.constant('clear') }), fc.record({ kind: fc.constant('invalidate'), tag })),
  },
) as fc.Arbitrary<Step>;

/** Few entries, in less room than they need, and handles that outlive them. */
class Schedule {
  readonly #handles: { readonly id: Id; readonly ref: EntryRef<Item> }[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #changes: OptimisticChange<unknown>[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #calls: Promise<unknown>[] = [];
  #count = 0;

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      if (one.kind === 'answer') await barrier(client);
      else this.#do(one);
      this.#check(one.kind);
    }
  }

  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    for (const change of this.#changes.splice(0)) change.rollback();
    for (const controller of this.#controllers.splice(0)) controller.abort();
    await Promise.all(this.#calls);
    client.clear();
    this.#check('the end');
  }

  #check(when: string): void {
    expect(faultsOf(client.parts.cache.store), when).toEqual([]);
    const views = new Map<Id, unknown>();
    for (const { id, ref } of this.#handles) {
      const view = client.peek(ref);
      expect(view, `after ${when}, all handles of ${id} mean the same`).toBe(views.has(id) ? views.get(id) : view);
      views.set(id, view);
    }
  }

  #take(id: Id): EntryRef<Item> {
    const ref = refOf(client, id);
    this.#handles.push({ id, ref });
    return ref;
  }

  #handle(which: number): EntryRef<Item> {
    return this.#handles[which % this.#handles.length]?.ref ?? this.#take('a');
  }

  #do(one: Exclude<Step, { kind: 'answer' }>): void {
    switch (one.kind) {
      case 'query': {
        const controller = new AbortController();
        this.#controllers.push(controller);
        const options = {
          signal: controller.signal,
          cache: { maxAge: 0, tags: one.tags },
          ...(one.dedupe ? {} : { dedupe: false }),
        };
        this.#calls.push(outcomeOf(get(client, one.id, options)));
        return;
      }
      case 'handle':
        return void this.#take(one.id);
      case 'set':
        return client.setData(this.#handle(one.which), counted(++this.#count));
      case 'watch':
        return void this.#stops.push(client.watch(this.#handle(one.which), () => undefined));
      case 'layer': {
        const layers = [one.which, one.other].map((at) =>
          layer(this.#handle(at), (item: Item) => ({ ...item, a: item.a + 1 })),
        );
        return void this.#changes.push(optimistic(client, layers));
      }
      case 'abort':
        return this.#controllers.shift()?.abort();
      case 'unwatch':
        return this.#stops.shift()?.();
      case 'commit':
        return this.#changes.shift()?.commit(undefined);
      case 'rollback':
        return this.#changes.shift()?.rollback();
      case 'gc':
        return world.runtime.advance(GC_TIME_MS);
      case 'clear':
        return client.clear();
      case 'invalidate':
        return client.invalidate(one.tag);
    }
  }
}

describe('the store, after any schedule of uses', () => {
  it('holds each entry once, under its method, its tags and its use', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const schedule = new Schedule();
        try {
          await schedule.run(steps);
        } finally {
          await schedule.end();
        }
      }),
      { numRuns: SCHEDULES, endOnFailure: false },
    );
  });
});
