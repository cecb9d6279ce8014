import type { BackendHandle, EventSubscription } from './backend-handle.js';
import type { EntryRef } from './cache/entry.js';
import type { Selector } from './cache/selector.js';
import { TIMEOUT } from './call/deadlines.js';
import { fallingBack } from './call/fallback.js';
import { checkDefaults } from './client-config.js';
import type { CallOptions, ClientOptions } from './client-options.js';
import { BY_APP, ClientParts } from './client-parts.js';
import { Lazy } from './lazy.js';
import type { Middleware } from './middleware/middleware.js';
import type { MiddlewareOptions } from './middleware/middleware-chain.js';
import type { Stage, StageHandler } from './middleware/stage.js';
import type { AnyMutationOptions, MutationOptions } from './mutation-options.js';
import { assertField, assertFields, FUNCTION, OBJECT, ofType, wholeFrom } from './option-fields.js';
import type { QueryOptions } from './query-options.js';
import { MAX_MIDDLEWARE } from './resilience-limits.js';
import type { AnyService, Args, Item, Method, Result, ServiceId, StreamMethod } from './service.js';
import { type Fluent, type FluentByName, serviceChain } from './service-chain.js';
import { NetronStream } from './stream/netron-stream.js';
import type { StreamOptions } from './stream/stream-options.js';
import type { EventHandler } from './transport/ws/subscriptions.js';

export type { ClientParts } from './client-parts.js';

export interface CacheStats {
  /** Queries answered from the cache, fresh. */
  readonly hits: number;
  /** Queries that made a request. */
  readonly misses: number;
  /** Queries answered with what was too old, while it was asked for again. */
  readonly stale: number;
  readonly entries: number;
  /** Bytes of the responses behind them. */
  readonly sizeBytes: number;
  /** Entries that were forgotten, to make room or because nobody used them. */
  readonly evictions: number;
}

const NO_OPTIONS = {};

/**
 * The data layer of one app: typed calls to one backend or several, a cache in between, optimistic writes on top.
 *
 * ```ts
 * const Users = service<UserService>('users@1.0.0');
 * const netron = new NetronClient({ url: 'https://api.example.com' });
 * const user = await netron.query(Users, 'get', ['u1'], { cache: { maxAge: 60_000, tags: ['users'] } });
 * ```
 */
export class NetronClient {
  /** @internal */
  readonly parts: ClientParts;
  readonly #streams = new Lazy(async () => {
    const { Streams } = await import('./stream/streams.js');
    return new Streams(this.parts.caller, this.parts.tap);
  });

  /**
   * Nothing is connected before the first call. Options of what is loaded with it (`auth`, `retry`, `circuitBreaker`,
   * `maxConcurrent`, `middleware`, `priority`) are checked then: a wrong one fails the call.
   *
   * @throws NetronError `invalid-config` that names the option.
   */
  constructor(options: ClientOptions) {
    this.parts = new ClientParts(options);
    this.parts.setDefaults(options.defaults ?? NO_OPTIONS);
  }

  /**
   * Asks a method, through the cache. Calls with equal arguments at the same moment share one request.
   *
   * @throws NetronError of any code; it names backend, service and method.
   */
  query(service: string, method: string, args: readonly unknown[], options?: QueryOptions): Promise<unknown>;
  query<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: QueryOptions<Result<T, K>>,
  ): Promise<Result<T, K>>;
  query(service: AnyService, method: string, args: readonly unknown[], given: QueryOptions = NO_OPTIONS) {
    try {
      const { parts } = this;
      return parts.queries.query(parts.node(service, method), args, given);
    } catch (error) {
      // What the caller did wrong, which is not answered with something else.
      return Promise.reject(error);
    }
  }

  /** The same, for later: nobody waits, and what goes wrong shows where the entry is read. Throws nothing. */
  prefetch(service: string, method: string, args: readonly unknown[], options?: QueryOptions): void;
  prefetch<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: QueryOptions<Result<T, K>>,
  ): void;
  prefetch(service: AnyService, method: string, args: readonly unknown[], options?: QueryOptions): void {
    this.query(service as string, method, args, options).catch(() => undefined);
  }

  /**
   * Calls a method that changes something. Never shared, never answered from the cache, and sent twice only where it is
   * `idempotent`.
   *
   * @throws NetronError of any code; by then its optimistic layers are gone again.
   */
  mutate(service: string, method: string, args: readonly unknown[], options?: AnyMutationOptions): Promise<unknown>;
  mutate<T extends object, K extends Method<T>, V = unknown>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: MutationOptions<Args<T, K>, Result<T, K>, V>,
  ): Promise<Result<T, K>>;
  mutate(service: AnyService, method: string, args: readonly unknown[], given: object = NO_OPTIONS): Promise<never> {
    try {
      const { parts } = this;
      const node = parts.node(service, method);
      assertField('options', given, OBJECT, node);
      const options: MutationOptions<never, never> = node.optionsFor('mutation', given);
      const call = parts.call('mutation', node, args);
      return fallingBack(parts.mutations.run(call, options) as Promise<never>, options.fallback);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Opens a stream at a WebSocket backend. Errors, those of opening it included, arrive where it is read.
   *
   * @throws NetronError `unknown-backend` or `invalid-argument`, for a wrong service, method or `timeout`, at once.
   */
  stream(service: string, method: string, args: readonly unknown[], options?: StreamOptions): NetronStream<unknown>;
  stream<T extends object, K extends StreamMethod<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: StreamOptions<Item<T, K>, Args<T, K>>,
  ): NetronStream<Item<T, K>>;
  stream(service: AnyService, method: string, args: readonly unknown[], options: StreamOptions = NO_OPTIONS) {
    const { parts } = this;
    const call = parts.call('stream', parts.node(service, method), args);
    const backend = parts.backend(call.backend);
    assertFields(options, '', { timeout: TIMEOUT }, call);
    const { session } = backend;
    return new NetronStream(this.#streams.load().then((streams) => streams.open(call, backend, options, session)));
  }

  /**
   * Calls `handler` for every event of this name, also after a reconnect; events in between are lost. Needs a WebSocket.
   * Handlers of one event share one subscription on the wire. What a handler says of its arguments is believed, not
   * checked. What it throws is reported as uncaught.
   *
   * @throws NetronError `unknown-backend`. `ready` rejects with `invalid-argument` where the backend has no WebSocket.
   */
  subscribe<A extends readonly unknown[] = readonly unknown[]>(
    event: string,
    handler: EventHandler<A>,
    backend = this.parts.defaultBackend,
  ): EventSubscription {
    const opening = this.parts
      .operations(this.parts.backend(backend).config.name)
      .then((operations) => operations.subscribe(event, handler));
    const ready = opening.then((subscription) => subscription.ready);
    // Whoever does not look at `ready` hears of nothing, which is what an unknown event sounds like.
    ready.catch(() => undefined);
    return { ready, unsubscribe: () => void opening.then((subscription) => subscription.unsubscribe()) };
  }

  /**
   * `client.service(Users).cache(60_000).timeout(5_000).get('u1')`: options first, then the method. Never throws: what is
   * wrong with the service, the method or an option is what the call rejects with. Of a service that is known by its name
   * alone, `call('get', 'u1')` is the method that is there for certain.
   */
  service(service: string): FluentByName;
  service<T extends object>(service: ServiceId<T>): Fluent<T>;
  service(service: AnyService): unknown {
    return serviceChain(this, service);
  }

  /**
   * Makes entries stale; those that somebody observes are fetched again, once each.
   *
   * @throws NetronError `invalid-argument` for what is no selector, or a predicate that throws; then nothing is stale.
   */
  invalidate(selector: Selector | readonly Selector[]): void {
    const { cache, queries } = this.parts;
    const selectors = Array.isArray(selector) ? selector : [selector];
    for (const outdated of cache.invalidate(selectors, BY_APP)) queries.renew(outdated.entry, outdated);
  }

  /**
   * A handle on the entry of these arguments, as layers need it. Fetches nothing.
   *
   * @throws NetronError `invalid-argument` for a wrong service, method or argument, `unknown-backend`.
   */
  entry(service: string, method: string, args: readonly unknown[]): EntryRef<unknown>;
  entry<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
  ): EntryRef<Result<T, K>>;
  entry(service: AnyService, method: string, args: readonly unknown[]): EntryRef<unknown> {
    return this.parts.entry(this.parts.node(service, method), args);
  }

  /**
   * What readers of the entry see now; undefined while it holds nothing. Subscribes to nothing.
   *
   * @throws NetronError `invalid-argument` for what is no handle of this client.
   */
  peek<V>(ref: EntryRef<V>): V | undefined {
    return this.parts.cache.store.live(ref).view as V | undefined;
  }

  /** The same, and subscribes the effect or computed in which it is called. @throws NetronError as {@link peek} does. */
  read<V>(ref: EntryRef<V>): V | undefined {
    const { store } = this.parts.cache;
    const entry = store.live(ref);
    // Brought back if it was evicted: there must be one entry for all that read these arguments.
    store.use(entry);
    entry.track();
    return entry.view as V | undefined;
  }

  /**
   * Says what the entry holds, as an answer of the server would: for what an event or another call has brought. A request
   * in flight may still replace it; where somebody observes the entry it is asked for again then, for the answer may have
   * been older.
   *
   * @throws NetronError as {@link peek} does.
   */
  setData<V>(ref: EntryRef<V>, data: V): void {
    const { cache } = this.parts;
    cache.write(cache.store.live(ref), data, BY_APP);
  }

  /**
   * Calls `listener` with what readers see whenever that changes, at once and not for what is there now. The entry counts
   * as observed until the result is called. Fetches nothing by itself; see `observe` for that. What `listener` throws is
   * reported as uncaught.
   *
   * @throws NetronError `invalid-argument` for what is no handle of this client, or no function.
   */
  watch<V>(ref: EntryRef<V>, listener: (data: V | undefined) => void): () => void {
    const { parts } = this;
    const entry = parts.cache.store.live(ref);
    assertField('listener', listener, FUNCTION, entry);
    const stop = entry.watch(listener as (data: unknown) => void);
    parts.hold(entry, 'user');
    return () => {
      if (stop()) parts.release(entry, 'user');
    };
  }

  /**
   * Puts a middleware around the calls of all backends, or of those that the options name; the result takes it off. There
   * may be 100 at a time.
   *
   * @throws NetronError `invalid-config` for what is no function. Calls that the options are wrong for fail with it.
   */
  use<S extends Stage>(handler: StageHandler<S>, options: MiddlewareOptions & { readonly stage: S }): () => void;
  use(middleware: Middleware, options?: MiddlewareOptions & { readonly stage?: undefined }): () => void;
  use(middleware: Middleware | StageHandler<never>, options: MiddlewareOptions = NO_OPTIONS): () => void {
    assertField('middleware', middleware, FUNCTION);
    const { parts } = this;
    assertField('middleware in use', parts.middleware.length + 1, wholeFrom(1, MAX_MIDDLEWARE));
    const use = { middleware: middleware as Middleware, options };
    parts.middleware = [...parts.middleware, use];
    return () => {
      parts.middleware = parts.middleware.filter((other) => other !== use);
    };
  }

  /**
   * What holds from now on for every call where neither it nor its backend says otherwise.
   *
   * @throws NetronError `invalid-config` that names the option; then all stays as it was.
   */
  setGlobalOptions(options: CallOptions): void {
    checkDefaults('defaults', options);
    this.parts.setDefaults(options);
  }

  /**
   * Whose data it is from now on: entries of another partition are not found, and come back with it. What a component shows
   * changes when it renders next; until then its entry is not asked for again. Default: one partition for all.
   *
   * @throws NetronError `invalid-config` when it is no text.
   */
  setPartition(partition: string): void {
    assertField('partition', partition, ofType('string'));
    this.parts.setPartition(partition);
  }

  getCacheStats(): CacheStats {
    const { cache, queries } = this.parts;
    const { store, evictions } = cache;
    const { hits, misses, stale } = queries;
    return { hits, misses, stale, entries: store.recency.size, sizeBytes: store.sizeBytes, evictions };
  }

  /**
   * What can be asked of a backend besides calls: connect, ping, authenticate, properties, events. Without a name, of the
   * default one. Loaded with its first use, which is why it is promised.
   *
   * @throws NetronError `unknown-backend`.
   */
  backend(name: string = this.parts.defaultBackend): Promise<BackendHandle> {
    return this.parts.operations(name);
  }

  /** Forgets all data, as is due when another user comes. What is observed is asked for again. */
  clear(): void {
    this.parts.clear();
  }

  /** Takes the client off the page: connections are closed, and what is in flight fails. */
  close(): void {
    const { backends, cache, tap } = this.parts;
    for (const backend of backends.values()) backend.close();
    cache.close();
    tap?.dispose();
  }
}
