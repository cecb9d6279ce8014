import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gapsOf } from './cache/test-journal.js';
import { barrier, FOREVER, get, Items, refOf, World } from './cache/test-world.js';
import { layer } from './index.js';
import type { NetronClient } from './netron-client.js';
import type { QueryObserver } from './query-observer.js';
import type { Item } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { newestTap, TapLog } from './testing/test-tap-log.js';

const SCHEDULES = 700;

const world = new World();
const { gate } = world.items;
let client: NetronClient;

beforeAll(async () => {
  await world.open();
  client = world.client({ defaults: { timeout: Number.POSITIVE_INFINITY } });
  newestTap().attach(16_384);
});
afterAll(async () => {
  world.closeClients();
  await world.close();
});

type Step =
  | {
      readonly kind: 'append';
      readonly commits: boolean;
      readonly invalidate: readonly (typeof Items)[];
      readonly scope: string | undefined;
    }
  | { readonly kind: 'query' | 'alone' | 'observe' | 'unobserve' | 'refetch' | 'invalidate' }
  /** Lets the server work on, answer or refuse one of the calls that wait there. */
  | { readonly kind: 'apply' | 'answer' | 'fail'; readonly which: number };

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      commits: fc.boolean(),
      invalidate: fc.constantFrom([], [Items]),
      scope: fc.constantFrom(undefined, undefined, 's'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('query', 'alone', 'observe', 'unobserve', 'refetch') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('invalidate') }) },
  {
    weight: 9,
    arbitrary: fc.record({ kind: fc.constantFrom('apply', 'answer', 'answer', 'fail'), which: fc.nat({ max: 20 }) }),
  },
) as fc.Arbitrary<Step>;

let schedules = 0;

/** Each mutation adds a value of its own to the list of one item, so that it is known at every moment what must be seen. */
class Schedule {
  readonly #id = `schedule-${++schedules}`;
  readonly #ref = refOf(client, this.#id);
  readonly #log = new TapLog();
  readonly #observers: QueryObserver<Item>[] = [];
  readonly #values = new Map<string, 'pending' | 'confirmed' | 'refused'>();
  readonly #problems: string[] = [];
  #calls = 0;

  async run(steps: readonly Step[]): Promise<void> {
    gate.reset();
    await get(client, this.#id, FOREVER);
    gate.close('get', 'append');
    const stop = client.parts.cache.store.live(this.#ref as never).watch(() => this.#look('listener'));
    for (const one of steps) {
      this.#do(one);
      this.#look(one.kind);
      await this.#arrived();
    }
    do {
      for (const held of gate.held.splice(0)) held.answer();
      await this.#arrived();
    } while (gate.held.length > 0 || this.#calls > 0 || entriesOf().some(({ fetching }) => fetching));
    stop();
  }

  async check(): Promise<void> {
    expect(this.#problems).toEqual([]);
    expect(entriesOf()).toMatchObject([{ layers: [], fetching: false }]);
    expect(gapsOf(this.#log.records, entriesOf())).toEqual([]);
    gate.reset();
    const { list } = await get(client, this.#id, FOREVER);
    expect([...list].sort()).toEqual([...world.items.at(this.#id).list].sort());
  }

  end(): void {
    for (const observer of this.#observers.splice(0)) observer.stop();
    client.clear();
  }

  async #arrived(): Promise<void> {
    await barrier(client);
    this.#look('arrival');
  }

  /** Whatever is pending or confirmed is seen, nothing that was refused. A listener may be told before the caller is. */
  #look(at: string): void {
    const list = client.peek(this.#ref)?.list ?? [];
    for (const [value, state] of this.#values) {
      if (at === 'listener' && state === 'pending') continue;
      if (list.includes(value) === (state === 'refused'))
        this.#problems.push(`${at}: ${value} is ${state}, the list is [${list}]`);
    }
  }

  #do(one: Step): void {
    switch (one.kind) {
      case 'append':
        return this.#append(one);
      case 'query':
        return this.#mind(get(client, this.#id, FOREVER));
      case 'alone':
        return this.#mind(get(client, this.#id, { dedupe: false, cache: 0 }));
      case 'observe':
        return void this.#observers.push(observe(client, this.#ref, FOREVER));
      case 'unobserve':
        return this.#observers.shift()?.stop();
      case 'refetch':
        return this.#observers[0]?.ask('manual');
      case 'invalidate':
        return client.invalidate(Items);
      default:
        return this.#settle(one.kind, one.which);
    }
  }

  #append({ commits, invalidate, scope }: Extract<Step, { kind: 'append' }>): void {
    const value = `v${this.#values.size}`;
    // An answer may contain it already.
    const show = (item: Item): Item => (item.list.includes(value) ? item : { ...item, list: [...item.list, value] });
    this.#values.set(value, 'pending');
    this.#mind(
      client.mutate(Items, 'append', [this.#id, value], {
        optimistic: layer(this.#ref, show, commits ? show : undefined),
        invalidate,
        ...(scope === undefined ? {} : { scope }),
      }),
      (state) => this.#values.set(value, state),
    );
  }

  #settle(kind: 'apply' | 'answer' | 'fail', which: number): void {
    const held = gate.held[which % Math.max(1, gate.held.length)];
    if (held === undefined) return;
    if (kind === 'apply') return void held.apply();
    gate.held.splice(gate.held.indexOf(held), 1);
    // A mutation that was refused has changed nothing, or its client could not know what is true.
    if (kind === 'fail' && !held.applied) held.fail(new Error('refused'));
    else held.answer();
  }

  #mind(call: Promise<unknown>, then: (state: 'confirmed' | 'refused') => void = () => undefined): void {
    this.#calls++;
    call
      .then(
        () => then('confirmed'),
        () => then('refused'),
      )
      .finally(() => this.#calls--);
  }
}

describe('readers, at every moment of any schedule', () => {
  it('see what is pending or confirmed, and nothing that was refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const schedule = new Schedule();
        try {
          await schedule.run(steps);
          await schedule.check();
        } finally {
          schedule.end();
        }
      }),
      { numRuns: SCHEDULES, endOnFailure: false },
    );
  });
});
