import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createFixture, type Fixture, Public, Service } from '../../server-fixture/index.js';
import type { ClientOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import type { QueryObserver } from '../query-observer.js';
import type { QueryOptions } from '../query-options.js';
import { type ServiceRef, service } from '../service.js';
import { Gate, type HeldCall } from '../testing/test-gate.js';
import { EMPTY_ITEM, type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { observe } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { until } from '../testing/test-watch.js';
import type { EntryRef } from './entry.js';

/** What clients see of {@link Shelf}. */
export interface ShelfApi {
  read(key: string): Promise<unknown>;
  hinted(key: string): Promise<unknown>;
}

/** Any values by key, behind a gate. */
@Service('shelf@1.0.0')
export class Shelf {
  readonly gate = new Gate();
  readonly values = new Map<unknown, unknown>();

  @Public()
  read(key: unknown): unknown {
    return this.gate.enter('read', [key], () => this.values.get(key));
  }

  /** The same, and over HTTP says how long it may be kept, under which tags, and with an ETag. */
  @Public({ cache: { maxAgeMs: 60_000, tags: ['shelf'] } })
  hinted(key: unknown): unknown {
    return this.gate.enter('hinted', [key], () => this.values.get(key));
  }
}

export const Items = service<ItemApi>('item@1.0.0');
export const Shelves = service<ShelfApi>('shelf@1.0.0');
/** The same over HTTP. */
export const HttpItems = service<ItemApi>('item@1.0.0', { backend: 'http' });
export const HttpShelves: ServiceRef<ShelfApi> = service<ShelfApi>('shelf@1.0.0', { backend: 'http' });

export const FOREVER = { cache: Number.POSITIVE_INFINITY };

/** The entry of the item. */
export const refOf = (client: NetronClient, id: string): EntryRef<Item> => client.entry(Items, 'get', [id]);

export const get = (client: NetronClient, id: string, options: QueryOptions<Item> = {}): Promise<Item> =>
  client.query(Items, 'get', [id], options);

export const counted = (count: number): Item => ({ ...EMPTY_ITEM, count });

/** An observer of the item, which has been answered. */
export async function observed(client: NetronClient, id = 'a'): Promise<QueryObserver<Item>> {
  const observer = observe(client, refOf(client, id), FOREVER);
  await until(() => observer.data.value !== undefined);
  return observer;
}

/** After its answer, everything that was sent before has arrived, and everything answered before has landed. */
export const barrier = (client: NetronClient): Promise<unknown> => client.mutate(Items, 'ping', []);

/** The fixture with services of our own, and clients of it under a clock that only the test moves. */
export class World {
  readonly items = new ItemService();
  readonly shelf = new Shelf();
  runtime = new TestRuntime();
  readonly #clients: NetronClient[] = [];
  #fixture: Fixture | undefined;

  /** One for all tests of a file, to be called where it begins; each test finds it empty. */
  static set(): World {
    const world = new World();
    beforeAll(() => world.open());
    afterAll(() => world.close());
    beforeEach(() => world.reset());
    afterEach(() => world.closeClients());
    return world;
  }

  async open(): Promise<void> {
    this.#fixture = await createFixture({ services: [this.items, this.shelf] });
  }

  get fixture(): Fixture {
    if (this.#fixture === undefined) throw new Error('open() comes first');
    return this.#fixture;
  }

  /** For the next test: no data, no gates, a clock of its own. */
  reset(): void {
    for (const { gate } of [this.items, this.shelf]) gate.reset();
    this.items.items.clear();
    this.shelf.values.clear();
    this.runtime = new TestRuntime();
    this.runtime.origin = this.fixture.http;
  }

  /** A client with the backends `main`, over WebSocket, and `http`. It is closed with {@link closeClients}. */
  client(options: Omit<ClientOptions, 'backends'> & { readonly backend?: object } = {}): NetronClient {
    const { backend, ...others } = options;
    const { http, ws } = this.fixture;
    const backends = { main: { url: ws, ...backend }, http: { url: http, ...backend } };
    const client = new NetronClient({ backends, runtime: this.runtime, ...others });
    this.#clients.push(client);
    return client;
  }

  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  /** Requests for `get` that have reached the server. */
  get gets(): number {
    return this.items.gate.count('get');
  }

  nextGet(): Promise<HeldCall> {
    return this.items.gate.next('get');
  }
}
