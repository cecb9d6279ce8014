import { h, type VNode } from 'preact';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TapLog } from '../testing/test-tap-log.js';
import { TestScreen } from './test-screen.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

export const Items = service<ItemApi>('item@1.0.0');
export const FOREVER = { cache: Number.POSITIVE_INFINITY };

/** The fixture with items behind a gate, and a screen with one query of them. */
export class QueryStage {
  readonly items = new ItemService();
  #fixture: Fixture | undefined;
  #screen: TestScreen | undefined;
  #last: UseQueryResult<Item> | undefined;

  readonly Query = ({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item> }): VNode => {
    this.#last = useQuery(Items, 'get', [id], options);
    return h('p', null, this.#last.data.value?.count);
  };

  async open(): Promise<void> {
    this.#fixture = await createFixture({ services: [this.items] });
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  /** For the next test: no data, no gates, a screen of its own. */
  reset(): void {
    this.items.gate.reset();
    this.items.items.clear();
    this.#screen = new TestScreen(this.fixture.ws);
  }

  get fixture(): Fixture {
    if (this.#fixture === undefined) throw new Error('open() comes first');
    return this.#fixture;
  }

  get screen(): TestScreen {
    if (this.#screen === undefined) throw new Error('reset() comes first');
    return this.#screen;
  }

  /** What the query gave in its newest render. */
  get last(): UseQueryResult<Item> {
    if (this.#last === undefined) throw new Error('show() comes first');
    return this.#last;
  }

  /** Requests that have reached the server. */
  get asked(): number {
    return this.items.gate.count('get');
  }

  show(options: UseQueryOptions<Item>, id = 'a'): Promise<void> {
    return this.screen.show(h(this.Query, { id, options }));
  }

  /** Mounted and answered. */
  async mounted(options: UseQueryOptions<Item>): Promise<TapLog> {
    await this.show(options);
    await this.screen.settle();
    return new TapLog();
  }
}

/** Why the requests of a log were sent. */
export function reasons(log: TapLog): string[] {
  return log
    .all('callStart')
    .filter(({ ref }) => (ref as { method: string }).method === 'get')
    .map(({ reason }) => reason);
}
