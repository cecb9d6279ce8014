import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createFixture, type Fixture, type FixtureOptions } from '../../server-fixture/index.js';
import { service } from '../index.js';
import { type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TestScreen } from './test-screen.js';

export const Items = service<ItemApi>('item@1.0.0');
export const FOREVER = { cache: Number.POSITIVE_INFINITY };

interface HookStageOptions extends Omit<FixtureOptions, 'services'> {
  /** Beside the items. */
  readonly services?: readonly object[];
  /** Items that are there in every test: the list of each is its own name. */
  readonly ids?: readonly string[];
}

/** The fixture with items behind a gate, and a screen. */
export class HookStage {
  readonly items = new ItemService();
  readonly #options: HookStageOptions;
  #fixture: Fixture | undefined;
  #screen: TestScreen | undefined;

  constructor(options: HookStageOptions = {}) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { services = [], ids: _, ...options } = this.#options;
    this.#fixture = await createFixture({ ...options, services: [this.items, ...services] });
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  /** For the next test: no gates, no other data, a screen of its own. */
  reset(): void {
    this.items.gate.reset();
    this.items.items.clear();
    for (const id of this.#options.ids ?? []) this.items.set(id, { list: [id] });
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

  /** Requests for an item that have reached the server. */
  get asked(): number {
    return this.items.gate.count('get');
  }
}

/** Open for the tests of a file, and new for each of them. */
export function staged<S extends HookStage>(stage: S): S {
  beforeAll(() => stage.open());
  afterAll(() => stage.close());
  beforeEach(() => stage.reset());
  afterEach(() => stage.screen.close());
  return stage;
}
