import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import type { EntryRef } from './cache/entry.js';
import { layer, NetronClient, service } from './index.js';
import type { QueryObserver } from './query-observer.js';
import type { HeldCall } from './testing/test-gate.js';
import { EMPTY_ITEM, type Item, type ItemApi, ItemService } from './testing/test-item-service.js';
import { observe } from './testing/test-observer.js';
import { TestRuntime } from './testing/test-runtime.js';
import { outcomeOf, until } from './testing/test-watch.js';

export const Items = service<ItemApi>('item@1.0.0');
export const FOREVER = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };
export const failure = new Error('refused');

type Settle = { readonly done: Promise<{ value: Item } | { error: unknown }>; readonly held: Promise<HeldCall> };

/** One item that is observed, and optimistic mutations of it that the server holds until the test answers them. */
export class MutationStage {
  readonly items = new ItemService();
  fixture!: Fixture;
  runtime!: TestRuntime;
  client!: NetronClient;
  ref!: EntryRef<Item>;
  observer!: QueryObserver<Item>;

  /** To be called where the file begins; each of its tests has to {@link start}. */
  static set(): MutationStage {
    const stage = new MutationStage();
    beforeAll(async () => {
      stage.fixture = await createFixture({ services: [stage.items] });
    });
    afterAll(() => stage.fixture.close());
    afterEach(() => {
      stage.observer.stop();
      stage.client.close();
    });
    return stage;
  }

  async start(wire: 'http' | 'ws'): Promise<void> {
    this.items.gate.reset();
    this.items.items.clear();
    this.runtime = new TestRuntime();
    this.client = new NetronClient({ url: this.fixture[wire], runtime: this.runtime });
    this.ref = this.client.entry(Items, 'get', ['1']);
    this.observer = observe(this.client, this.ref, FOREVER);
    await until(() => this.observer.data.value !== undefined);
    this.items.gate.counts.clear();
  }

  get view(): Item {
    return this.observer.data.value ?? EMPTY_ITEM;
  }

  /** Requests for `get` since the start. */
  get requests(): number {
    return this.items.gate.count('get');
  }

  idle(): Promise<void> {
    return until(() => !this.observer.fetching.value);
  }

  patch(change: Partial<Item>, { invalidate, commit }: { invalidate?: string; commit?: boolean } = {}): Settle {
    this.items.gate.close('patch');
    const optimistic = layer(
      this.ref,
      (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields }),
      commit ? (_item, saved: Item) => saved : undefined,
    );
    const mutation = this.client.mutate(Items, 'patch', ['1', change], {
      optimistic,
      ...(invalidate === undefined ? {} : { invalidate }),
    });
    return { done: outcomeOf(mutation), held: this.items.gate.next('patch') };
  }

  add(amount: number): Settle {
    this.items.gate.close('add');
    const optimistic = layer(this.ref, (item, _id: string, by: number) => ({ ...item, count: item.count + by }));
    const mutation = this.client.mutate(Items, 'add', ['1', amount], { optimistic });
    return { done: outcomeOf(mutation), held: this.items.gate.next('add') };
  }

  append(value: string): Settle {
    this.items.gate.close('append');
    const optimistic = layer(this.ref, (item, _id: string, last: string) => ({ ...item, list: [...item.list, last] }));
    const mutation = this.client.mutate(Items, 'append', ['1', value], { optimistic });
    return { done: outcomeOf(mutation), held: this.items.gate.next('append') };
  }

  async ok({ held, done }: Settle): Promise<void> {
    (await held).answer();
    expect(await done).toHaveProperty('value');
  }

  async fail({ held, done }: Settle): Promise<void> {
    (await held).fail(failure);
    expect(await done).toMatchObject({
      error: { code: 'remote', reason: 'refused', backend: 'default', service: 'item@1.0.0' },
    });
  }

  /** The next refetch, answered with what the server has now. */
  async landRefetch(): Promise<void> {
    (await this.items.gate.next('get')).answer();
    await this.idle();
  }
}
