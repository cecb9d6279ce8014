import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import type { EntryRef } from './cache/entry.js';
import { layer, NetronClient, observe as observerOf, service } from './index.js';
import type { QueryObserver } from './query-observer.js';
import type { HeldCall } from './testing/test-gate.js';
import { type Item, type ItemApi, ItemService } from './testing/test-item-service.js';
import { observe } from './testing/test-observer.js';
import { TestRuntime } from './testing/test-runtime.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };
const GATED = ['get', 'add', 'append'];

let fixture: Fixture;
let items: ItemService;
let client: NetronClient;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
  client = new NetronClient({ url: fixture.ws, runtime: new TestRuntime() });
});
afterAll(async () => {
  client.close();
  await fixture.close();
});

interface Invalidating {
  readonly invalidate: boolean;
  readonly commit: boolean;
}

type Step =
  | { readonly kind: 'query' | 'refetch' | 'invalidate' | 'observe' | 'unobserve' }
  | ({ readonly kind: 'add' } & Invalidating)
  | { readonly kind: 'append' }
  /** Lets the server work on, answer or refuse one of the calls that wait there. */
  | { readonly kind: 'apply' | 'answer' | 'fail'; readonly which: number };

const which = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('query', 'refetch', 'invalidate', 'observe', 'unobserve') }),
  // Increments commute: their order at the server does not matter, so they need no refetch to be right.
  fc.record({ kind: fc.constant('add'), invalidate: fc.boolean(), commit: fc.boolean() }),
  fc.record({ kind: fc.constant('append') }),
  fc.record({ kind: fc.constantFrom('apply', 'answer', 'answer', 'fail'), which }),
  fc.record({ kind: fc.constantFrom('apply', 'answer', 'answer'), which }),
) as fc.Arbitrary<Step>;

let schedules = 0;

/** One entry, one observer that comes and goes, and a server that works in whatever order it is told to. */
class Schedule {
  readonly #id = `schedule-${++schedules}`;
  readonly #ref: EntryRef<Item> = client.entry(Items, 'get', [this.#id]);
  #observer: QueryObserver<Item> | undefined;
  #values = 0;
  readonly #unexpected: unknown[] = [];

  async run(steps: readonly Step[]): Promise<void> {
    items.gate.reset();
    items.gate.close(...GATED);
    this.#observe();
    await this.#arrived();
    for (const one of steps) {
      this.#do(one);
      await this.#arrived();
    }
    while (items.gate.held.length > 0) {
      items.gate.held.splice(0, 1)[0]?.answer();
      await this.#arrived();
    }
  }

  /** Over one socket, the answer to this comes after everything that was on its way before. */
  async #arrived(): Promise<void> {
    await client.mutate(Items, 'ping', []);
  }

  #do(one: Step): void {
    switch (one.kind) {
      case 'query':
        return this.#mind(client.query(Items, 'get', [this.#id], FOREVER));
      case 'refetch':
        return this.#mind(observerOf(client, this.#ref).refetch());
      case 'invalidate':
        return client.invalidate('item');
      case 'observe':
        return this.#observe();
      case 'unobserve':
        this.#observer?.stop();
        this.#observer = undefined;
        return;
      case 'add':
        return this.#add(one);
      case 'append':
        return this.#append();
      default:
        return this.#settle(one.kind, items.gate.held[one.which % Math.max(1, items.gate.held.length)]);
    }
  }

  #observe(): void {
    this.#observer ??= observe(client, this.#ref, FOREVER);
  }

  #add({ invalidate, commit }: Invalidating): void {
    const optimistic = layer(
      this.#ref,
      (item, _id: string, amount: number) => ({ ...item, count: item.count + amount }),
      commit
        ? (item, _saved: Item, _id: string, amount: number) => ({ ...item, count: item.count + amount })
        : undefined,
    );
    const options = { optimistic, ...(invalidate ? { invalidate: 'item' } : {}) };
    this.#mind(client.mutate(Items, 'add', [this.#id, 1], options));
  }

  #append(): void {
    this.#values++;
    const optimistic = layer(this.#ref, (item, _id: string, value: string) => ({
      ...item,
      list: [...item.list, value],
    }));
    this.#mind(client.mutate(Items, 'append', [this.#id, `v${this.#values}`], { optimistic, invalidate: 'item' }));
  }

  #settle(kind: 'apply' | 'answer' | 'fail', held: HeldCall | undefined): void {
    if (held === undefined) return;
    if (kind === 'apply') return void held.apply();
    items.gate.held.splice(items.gate.held.indexOf(held), 1);
    // A mutation that was refused has changed nothing, or its client could not know what is true.
    if (kind === 'fail' && !held.applied) held.fail(new Error('refused'));
    else held.answer();
  }

  #mind(call: Promise<unknown>): void {
    call.catch((error: unknown) => {
      if (!(error instanceof Error) || !/refused|aborted/.test(error.message)) this.#unexpected.push(error);
    });
  }

  async check(): Promise<void> {
    expect(this.#unexpected).toEqual([]);
    const truth = items.at(this.#id);
    if (this.#observer !== undefined && this.#observer.error.value === undefined) {
      expect(this.#observer.data.value).toEqual(truth);
    }
    items.gate.reset();
    // What the cache takes for fresh must be true; what it does not is asked for here.
    expect(await client.query(Items, 'get', [this.#id], FOREVER)).toEqual(truth);
    this.#observer?.stop();
  }
}

describe('any schedule of fetches, mutations and invalidations', () => {
  it('ends with what the server has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const schedule = new Schedule();
        await schedule.run(steps);
        await schedule.check();
      }),
      { numRuns: 1_000, endOnFailure: false },
    );
  });
});
