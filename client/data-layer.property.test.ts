import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { EntryRef } from './cache/entry.js';
import { gapsOf } from './cache/test-journal.js';
import { Items, Shelves, World } from './cache/test-world.js';
import { type Layer, layer, type OptimisticChange, optimistic, type Selector } from './index.js';
import type { NetronClient } from './netron-client.js';
import { isNetronError } from './netron-error.js';
import type { QueryObserver } from './query-observer.js';
import type { HeldCall } from './testing/test-gate.js';
import type { Item } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { newestTap, TapLog } from './testing/test-tap-log.js';
import { outcomeOf } from './testing/test-watch.js';

const SCHEDULES = 5_000;
const GATED = ['get', 'add', 'append'];

const world = new World();
const { gate } = world.items;
let client: NetronClient;

beforeAll(async () => {
  await world.open();
  client = world.client({
    cache: { maxEntries: 3 },
    defaults: { timeout: Number.POSITIVE_INFINITY, cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } },
  });
  newestTap().attach(16_384);
});
afterAll(async () => {
  world.closeClients();
  await world.close();
});

const SELECTORS = {
  tag: 'item',
  method: { method: 'item.get' },
  pattern: /^item\.g/,
  predicate: ({ method }) => method === 'get',
  service: Items,
} satisfies Record<string, Selector>;
type SelectorKind = keyof typeof SELECTORS;

type Step =
  | { readonly kind: 'fetch' | 'refetch' | 'alone' | 'abortable' | 'observe' | 'event'; readonly of: 0 | 1 }
  | { readonly kind: 'unobserve' | 'abort' | 'filler' | 'clear' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'invalidate'; readonly by: SelectorKind }
  | {
      readonly kind: 'add';
      readonly of: 0 | 1;
      readonly shown: 'no' | 'held' | 'committed' | 'saved';
      readonly by: SelectorKind | undefined;
    }
  | { readonly kind: 'append'; readonly of: 0 | 1; readonly by: SelectorKind }
  | { readonly kind: 'optimistic'; readonly of: 0 | 1; readonly commits: boolean }
  | { readonly kind: 'confirm' | 'rollback'; readonly which: number }
  /** Lets the server work on, answer or refuse one of the calls that wait there. */
  | { readonly kind: 'apply' | 'answer' | 'fail'; readonly which: number };

const of = fc.constantFrom(0 as const, 1 as const);
const which = fc.nat({ max: 20 });
const by = fc.constantFrom(...(Object.keys(SELECTORS) as SelectorKind[]));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('fetch', 'refetch', 'alone', 'abortable', 'observe', 'event'), of }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('unobserve', 'abort', 'filler') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'clear', 'drop') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('invalidate'), by }) },
  // Without an invalidation its layer has to be right, and increments are, in whatever order they come.
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('add'),
        of,
        shown: fc.constantFrom('held', 'committed', 'saved'),
        by: fc.option(by, { nil: undefined }),
      }),
      fc.record({ kind: fc.constant('add'), of, shown: fc.constant('no'), by }),
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('append'), of, by }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('optimistic'), of, commits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('confirm', 'rollback'), which }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('apply', 'answer', 'answer', 'fail'), which }) },
) as fc.Arbitrary<Step>;

let schedules = 0;

/** Two entries, an observer of each that comes and goes, and a server that works in whatever order it is told to. */
class Schedule {
  readonly #ids = [`${++schedules}a`, `${schedules}b`] as const;
  readonly #log = new TapLog();
  readonly #observers: { readonly of: 0 | 1; readonly observer: QueryObserver<Item> }[] = [];
  readonly #changes: { readonly of: 0 | 1; readonly change: OptimisticChange<undefined> }[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #unexpected: unknown[] = [];
  #values = 0;
  #called = 0;
  #settled = 0;

  async run(steps: readonly { readonly does: Step; readonly waits: boolean }[]): Promise<void> {
    gate.reset();
    gate.close(...GATED);
    for (const { does, waits } of steps) {
      if (does.kind === 'drop') await this.#drop();
      else this.#do(does);
      if (waits) await this.#arrived();
    }
    for (const { change } of this.#changes.splice(0)) change.rollback();
    await this.#idle();
  }

  async check(): Promise<void> {
    expect(this.#unexpected).toEqual([]);
    expect(this.#settled).toBe(this.#called);
    for (const { of, observer } of this.#observers) {
      if (observer.error.peek() === undefined) expect(observer.data.peek()).toEqual(this.#truth(of));
    }
    for (const { layers, fetching } of entriesOf()) expect([fetching, layers.length]).toEqual([false, 0]);
    gate.reset();
    // What the cache takes for fresh must be true; what it does not is asked for here.
    for (const of of [0, 1] as const)
      expect(await client.query(Items, 'get', [this.#ids[of]])).toEqual(this.#truth(of));
    for (const { observer } of this.#observers.splice(0)) observer.stop();
    for (const { observers } of entriesOf()) expect(observers).toBe(0);
    const { sizeBytes, entries } = client.getCacheStats();
    expect(sizeBytes).toBe(entriesOf().reduce((sum, entry) => sum + entry.sizeBytes, 0));
    expect(entries).toBe(entriesOf().length);
    expect(world.runtime.timers).toBe(0);
    client.clear();
    expect(gapsOf(this.#log.records, entriesOf())).toEqual([]);
    expect(client.getCacheStats().entries).toBe(0);
  }

  /** Whatever has gone wrong must not be there for the next schedule. */
  end(): void {
    for (const { observer } of this.#observers.splice(0)) observer.stop();
    for (const { change } of this.#changes.splice(0)) change.rollback();
    client.clear();
  }

  /** Over one socket, the answer to this comes after everything that was on its way before. */
  async #arrived(): Promise<void> {
    await client.mutate(Items, 'ping', []);
  }

  /** Answers whatever waits at the server until nothing is on its way any more. */
  async #idle(): Promise<void> {
    do {
      for (const held of gate.held.splice(0)) held.answer();
      await this.#arrived();
    } while (gate.held.length > 0 || this.#settled < this.#called || entriesOf().some(({ fetching }) => fetching));
  }

  /** What was not done when the connection broke will never be: else nobody could know what is true. */
  async #drop(): Promise<void> {
    await this.#arrived();
    for (const held of gate.held.splice(0)) if (!held.applied) held.fail(new Error('refused'));
    (world.runtime.sockets.at(-1) as WebSocket | undefined)?.terminate();
    while ('error' in (await outcomeOf(this.#arrived()))) world.runtime.advance(30_000);
  }

  #truth(of: 0 | 1): Item {
    return world.items.at(this.#ids[of]);
  }

  #ref(of: 0 | 1): EntryRef<Item> {
    return client.entry(Items, 'get', [this.#ids[of]]);
  }

  #do(one: Exclude<Step, { kind: 'drop' }>): void {
    switch (one.kind) {
      case 'fetch':
        return this.#mind(client.query(Items, 'get', [this.#ids[one.of]]));
      case 'alone':
        return this.#mind(client.query(Items, 'get', [this.#ids[one.of]], { dedupe: false, cache: 0 }));
      case 'abortable':
        return this.#abortable(one.of);
      case 'abort':
        return this.#controllers.shift()?.abort();
      case 'filler':
        return this.#mind(client.query(Shelves, 'read', [`${++this.#values}`]));
      case 'refetch':
        return this.#observers.find(({ of }) => of === one.of)?.observer.ask('manual');
      case 'observe':
        return void this.#observers.push({ of: one.of, observer: observe(client, this.#ref(one.of)) });
      case 'unobserve':
        return this.#observers.shift()?.observer.stop();
      case 'event':
        // Something else has changed it, and an event says so.
        return client.setData(this.#ref(one.of), world.items.set(this.#ids[one.of], { b: ++this.#values }));
      case 'invalidate':
        return client.invalidate(SELECTORS[one.by]);
      case 'clear':
        return client.clear();
      case 'add':
        return this.#add(one);
      case 'append':
        return this.#append(one);
      case 'optimistic':
        this.#changes.push({
          of: one.of,
          change: optimistic(client, adding(this.#ref(one.of), one.commits ? 'committed' : 'held'), '', 1),
        });
        return;
      case 'confirm':
      case 'rollback':
        return this.#end(one.kind, one.which);
      default:
        return this.#settle(one.kind, gate.held[one.which % Math.max(1, gate.held.length)]);
    }
  }

  #abortable(of: 0 | 1): void {
    const controller = new AbortController();
    this.#controllers.push(controller);
    this.#mind(client.query(Items, 'get', [this.#ids[of]], { signal: controller.signal, cache: 0 }));
  }

  #add({ of, shown, by }: Extract<Step, { kind: 'add' }>): void {
    this.#mind(
      client.mutate(Items, 'add', [this.#ids[of], 1], {
        ...(shown === 'no' ? {} : { optimistic: adding(this.#ref(of), shown) }),
        ...(by === undefined ? {} : { invalidate: SELECTORS[by] }),
      }),
    );
  }

  #append({ of, by }: Extract<Step, { kind: 'append' }>): void {
    const shown = layer(this.#ref(of), (item, _id: string, value: string) => ({
      ...item,
      list: [...item.list, value],
    }));
    const args: [string, string] = [this.#ids[of], `v${++this.#values}`];
    this.#mind(client.mutate(Items, 'append', args, { optimistic: shown, invalidate: SELECTORS[by] }));
  }

  #end(how: 'confirm' | 'rollback', which: number): void {
    const [ended] = this.#changes.splice(which % Math.max(1, this.#changes.length), 1);
    if (ended === undefined) return;
    if (how === 'rollback') return ended.change.rollback();
    const id = this.#ids[ended.of];
    world.items.set(id, { count: world.items.at(id).count + 1 });
    ended.change.commit(undefined);
  }

  #settle(kind: 'apply' | 'answer' | 'fail', held: HeldCall | undefined): void {
    if (held === undefined) return;
    if (kind === 'apply') return void held.apply();
    gate.held.splice(gate.held.indexOf(held), 1);
    // A mutation that was refused has changed nothing, or its client could not know what is true.
    if (kind === 'fail' && !held.applied) held.fail(new Error('refused'));
    else held.answer();
  }

  #mind(call: Promise<unknown>): void {
    this.#called++;
    call
      .catch((error: unknown) => {
        if (!isNetronError(error) || !/^(remote|aborted|network)$/.test(error.code)) this.#unexpected.push(error);
        // It may have been done, and nobody has said so.
        else if (error.code === 'network') client.invalidate(Items);
      })
      .finally(() => this.#settled++);
  }
}

function adding(target: EntryRef<Item>, shown: 'held' | 'committed' | 'saved'): Layer<[string, number], unknown> {
  const update = (item: Item, _id: string, by: number): Item => ({ ...item, count: item.count + by });
  if (shown === 'held') return layer(target, update);
  return layer(target, update, (item, saved, id, by) => (shown === 'saved' ? (saved as Item) : update(item, id, by)));
}

describe('any schedule of whatever the data layer does', () => {
  it('ends with what the server has, every call settled, and nothing left behind', async () => {
    const steps = fc.array(fc.record({ does: step, waits: fc.boolean() }), { minLength: 4, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const schedule = new Schedule();
        try {
          await schedule.run(all);
          await schedule.check();
        } finally {
          schedule.end();
        }
      }),
      { numRuns: SCHEDULES, endOnFailure: false },
    );
  }, 60_000);
});
