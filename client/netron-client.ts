import { effect, untracked } from '@preact/signals-core';
import { isMemberName } from '../protocol/names.js';
import * as TapKind from '../protocol/tap/tap-kind.js';
import type { BackendHandle, EventSubscription } from './backend-handle.js';
import type { BackendOperations } from './backend-operations.js';
import { Cache } from './cache/cache.js';
import type { Origin } from './cache/commit-point.js';
import type { Entry, EntryRef } from './cache/entry.js';
import type { MethodNode } from './cache/method-node.js';
import type { Selector } from './cache/selector.js';
import { report } from './cache/transaction.js';
import { ActiveCall } from './call/active-call.js';
import { Backend, type BackendContext } from './call/backend.js';
import { callError, isOfCaller } from './call/call-error.js';
import { Caller } from './call/caller.js';
import { assertTimeout, Deadlines } from './call/deadlines.js';
import { checkDefaults, parseClientOptions } from './client-config.js';
import type { CallOptions, ClientOptions } from './client-options.js';
import { Lazy } from './lazy.js';
import { TIMEOUT_MS } from './limits.js';
import type { Middleware } from './middleware/middleware.js';
import type { MiddlewareOptions } from './middleware/middleware-chain.js';
import type { MutationOptions } from './mutation-options.js';
import { listOf, Mutations } from './mutations.js';
import { NetronError } from './netron-error.js';
import { optionError, shown } from './option-error.js';
import { Queries } from './queries.js';
import type { QueryOptions } from './query-options.js';
import { browserRuntime, randomId } from './runtime.js';
import { type Args, defaultsOf, type Item, type Method, type Result, type ServiceId, serviceRef } from './service.js';
import { type Fluent, type FluentByName, serviceChain } from './service-chain.js';
import { NetronStream } from './stream/netron-stream.js';
import type { StreamOptions } from './stream/stream-options.js';
import { ClientTap, type TapControl } from './tap/client-tap.js';
import { tapRegistry } from './tap/tap-registry.js';
import type { EventHandler } from './transport/ws/subscriptions.js';
import { TurnClock } from './turn-clock.js';

type AnyService = ServiceId<object> | string;

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

/** What the parts of this package that are loaded apart may see of a client. @internal */
export interface ClientParts {
  readonly cache: Cache;
  readonly queries: Queries;
  readonly mutations: Mutations;
  readonly caller: Caller;
  readonly tap: ClientTap | null;
  backend(name: string): Backend;
  node(service: AnyService, method: string): MethodNode;
  operations(name: string): Promise<BackendOperations>;
}

const NO_OPTIONS = {};
const BY_APP: Origin = { cause: 0, reason: 'manual' };

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
  readonly #backends: ReadonlyMap<string, Backend>;
  readonly #defaultBackend: string;
  readonly #context: BackendContext;
  readonly #cache: Cache;
  readonly #queries: Queries;
  readonly #mutations: Mutations;
  readonly #caller: Caller;
  readonly #tap: ClientTap | null;
  /** Resolved once for each method of each service, by reference or by name. */
  #byRef = new WeakMap<object, Map<string, MethodNode>>();
  #byName = new Map<string, Map<string, MethodNode>>();
  readonly #streams = new Lazy(async () => {
    const { Streams } = await import('./stream/streams.js');
    return new Streams(this.#caller, this.#tap);
  });

  /** @throws NetronError `invalid-config` that names the option. Nothing is connected before the first call. */
  constructor(options: ClientOptions) {
    const { devtools, defaultBackend, backends, gcTimeMs, ...limits } = parseClientOptions(options);
    const runtime = options.runtime ?? browserRuntime();
    const clock = new TurnClock(runtime);
    const clientId = randomId(runtime);
    const tap =
      devtools === undefined
        ? null
        : new ClientTap({ clientId, ...devtools }, tapRegistry(runtime), clock, this.#control());
    const deadlines = new Deadlines(runtime, clock);
    this.#tap = tap;
    this.#context = { deadlines, tap, middleware: [], operations: (name) => this.#operations(name) };
    this.#defaultBackend = defaultBackend;
    this.#backends = new Map([...backends].map(([name, config]) => [name, new Backend(config, this.#context)]));
    this.#caller = new Caller(deadlines, tap);
    this.#cache = new Cache(limits, gcTimeMs, deadlines, tap);
    this.#queries = new Queries(this.#cache, this.#caller, tap, (entry) => this.#backend(entry.backend));
    this.#mutations = new Mutations(this.#cache, this.#caller, this.#queries);
    this.parts = {
      cache: this.#cache,
      queries: this.#queries,
      mutations: this.#mutations,
      caller: this.#caller,
      tap,
      backend: (name) => this.#backend(name),
      node: (service, method) => this.#node(service, method),
      operations: (name) => this.#operations(name),
    };
    this.setGlobalOptions(options.defaults ?? NO_OPTIONS);
  }

  /**
   * Asks a method, through the cache. Calls with equal arguments at the same moment share one request.
   *
   * @throws NetronError of any code; it names backend, service and method.
   */
  query<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: QueryOptions<Result<T, K>>,
  ): Promise<Result<T, K>>;
  query(service: string, method: string, args: readonly unknown[], options?: QueryOptions): Promise<unknown>;
  query(service: AnyService, method: string, args: readonly unknown[], given: QueryOptions = NO_OPTIONS) {
    try {
      const node = this.#node(service, method);
      assertObject(given, node);
      const options = node.optionsFor('query', given);
      const { dedupe, fallback } = options;
      const entry = this.#entry(node, args, typeof dedupe === 'string' ? `=${dedupe}` : undefined);
      return fallingBack(this.#queries.read(entry, options), fallback);
    } catch (error) {
      // What the caller did wrong, which is not answered with something else.
      return Promise.reject(error);
    }
  }

  /** The same, for later: nobody waits, and what goes wrong shows where the entry is read. */
  prefetch<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: QueryOptions<Result<T, K>>,
  ): void;
  prefetch(service: string, method: string, args: readonly unknown[], options?: QueryOptions): void;
  prefetch(service: AnyService, method: string, args: readonly unknown[], options?: QueryOptions): void {
    this.query(service as string, method, args, options).catch(() => undefined);
  }

  /**
   * Calls a method that changes something. Never shared, never answered from the cache, and sent twice only where it is
   * `idempotent`.
   *
   * @throws NetronError of any code; by then its optimistic layers are gone again.
   */
  mutate<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: MutationOptions<Args<T, K>, Result<T, K>>,
  ): Promise<Result<T, K>>;
  mutate(service: string, method: string, args: readonly unknown[], options?: MutationOptions): Promise<unknown>;
  mutate(service: AnyService, method: string, args: readonly unknown[], given: object = NO_OPTIONS): Promise<never> {
    try {
      const node = this.#node(service, method);
      assertObject(given, node);
      const options: MutationOptions<never, never> = node.optionsFor('mutation', given);
      const { backend, call } = this.#call('mutation', node, args);
      return fallingBack(this.#mutations.run(call, backend, options) as Promise<never>, options.fallback);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Opens a stream at a WebSocket backend. Errors, those of opening it included, arrive where it is read.
   *
   * @throws NetronError `unknown-backend` or `invalid-argument` at once.
   */
  stream<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
    options?: StreamOptions<Item<T, K>, Args<T, K>>,
  ): NetronStream<Item<T, K>>;
  stream(service: string, method: string, args: readonly unknown[], options?: StreamOptions): NetronStream<unknown>;
  stream(service: AnyService, method: string, args: readonly unknown[], options: StreamOptions = NO_OPTIONS) {
    const { backend, call } = this.#call('stream', this.#node(service, method), args);
    assertTimeout(options.timeout, call);
    return new NetronStream(this.#streams.load().then((streams) => streams.open(call, backend, options)));
  }

  /**
   * Calls `handler` for every event of this name, also after a reconnect; events in between are lost. Needs a WebSocket.
   * Handlers of one event share one subscription on the wire.
   */
  subscribe(event: string, handler: EventHandler, backend = this.#defaultBackend): EventSubscription {
    const opening = this.#operations(this.#backend(backend).config.name).then((operations) =>
      operations.subscribe(event, handler),
    );
    const ready = opening.then((subscription) => subscription.ready);
    // Whoever does not look at `ready` hears of nothing, which is what an unknown event sounds like.
    ready.catch(() => undefined);
    return { ready, unsubscribe: () => void opening.then((subscription) => subscription.unsubscribe()) };
  }

  /** `client.service(Users).cache(60_000).timeout(5_000).get('u1')`: options first, then the method. */
  service<T extends object>(service: ServiceId<T>): Fluent<T>;
  service(service: string): FluentByName;
  service(service: AnyService): unknown {
    return serviceChain(this, service);
  }

  /** Makes entries stale; those that somebody observes are fetched again, once each. */
  invalidate(selector: Selector | readonly Selector[]): void {
    const outdated = this.#cache.invalidate(listOf<Selector>(selector), BY_APP);
    for (const { entry, cause, reason } of outdated) this.#queries.renew(entry, { cause, reason });
  }

  /** A handle on the entry of these arguments, as layers need it. Fetches nothing. */
  entry<T extends object, K extends Method<T>>(
    service: ServiceId<T>,
    method: K,
    args: Readonly<Args<T, K>>,
  ): EntryRef<Result<T, K>>;
  entry(service: string, method: string, args: readonly unknown[]): EntryRef<unknown>;
  entry(service: AnyService, method: string, args: readonly unknown[]): EntryRef<unknown> {
    return this.#entry(this.#node(service, method), args);
  }

  /** What readers of the entry see now; undefined while it holds nothing. Subscribes to nothing. */
  peek<V>(ref: EntryRef<V>): V | undefined {
    return this.#cache.store.live(ref).view as V | undefined;
  }

  /** The same, and subscribes the effect or computed in which it is called. */
  read<V>(ref: EntryRef<V>): V | undefined {
    const { store } = this.#cache;
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
   */
  setData<V>(ref: EntryRef<V>, data: V): void {
    this.#cache.write(this.#cache.store.live(ref), data, BY_APP);
  }

  /**
   * Calls `listener` with what readers see whenever that changes, at once and not for what is there now. The entry counts
   * as observed until the result is called. Fetches nothing by itself; see `observe` for that. What `listener` throws is
   * reported as uncaught.
   */
  watch<V>(ref: EntryRef<V>, listener: (data: V | undefined) => void): () => void {
    const { store } = this.#cache;
    const entry = store.live(ref);
    if (typeof listener !== 'function') throw optionError('listener', listener, 'a function', entry);
    let seen = entry.view;
    let isOver = false;
    store.hold(entry);
    this.#tap?.emit(TapKind.signalSubscribe, 0, 'user', entry, entry.observers, null);
    const stop = effect(() => {
      entry.track();
      const { view } = entry;
      if (Object.is(view, seen)) return;
      seen = view;
      try {
        untracked(() => listener(view as V | undefined));
      } catch (error) {
        report(error);
      }
    });
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      store.release(entry);
      this.#tap?.emit(TapKind.signalDispose, 0, 'user', entry, entry.observers, null);
    };
  }

  /** Puts a middleware around the calls of all backends, or of those that the options name; the result takes it off. */
  use(middleware: Middleware, options: MiddlewareOptions = NO_OPTIONS): () => void {
    if (typeof middleware !== 'function') {
      throw new NetronError('invalid-config', `option middleware is ${typeof middleware}, expected a function`);
    }
    const use = { middleware, options };
    this.#context.middleware = [...this.#context.middleware, use];
    return () => {
      this.#context.middleware = this.#context.middleware.filter((other) => other !== use);
    };
  }

  /**
   * What holds from now on for every call where neither it nor its backend says otherwise.
   *
   * @throws NetronError `invalid-config` that names the option; then all stays as it was.
   */
  setGlobalOptions(options: CallOptions): void {
    checkDefaults('defaults', options);
    const { timeout = TIMEOUT_MS } = options;
    for (const backend of this.#backends.values()) backend.setDefaults({ ...options, timeout });
    for (const node of this.#cache.store.nodes) {
      this.#cache.store.setDefault(node, this.#backend(node.backend).defaults.cache);
    }
  }

  /**
   * Whose data it is from now on: entries of another partition are not found, and come back with it. What a component shows
   * changes when it renders next; until then its entry is not asked for again. Default: one partition for all.
   *
   * @throws NetronError `invalid-config` when it is no text.
   */
  setPartition(partition: string): void {
    if (typeof partition !== 'string') throw optionError('partition', partition, 'a text');
    this.#cache.store.partition = partition;
    this.#byRef = new WeakMap();
    this.#byName = new Map();
  }

  getCacheStats(): CacheStats {
    const { store, evictions } = this.#cache;
    const { hits, misses, stale } = this.#queries;
    return { hits, misses, stale, entries: store.recency.size, sizeBytes: store.sizeBytes, evictions };
  }

  /**
   * What can be asked of a backend besides calls: connect, ping, authenticate, properties, events. Without a name, of the
   * default one. Loaded with its first use, which is why it is promised.
   *
   * @throws NetronError `unknown-backend`.
   */
  backend(name: string = this.#defaultBackend): Promise<BackendHandle> {
    return this.#operations(name);
  }

  /** Forgets all data, as is due when another user comes. What is observed is asked for again. */
  clear(): void {
    for (const entry of this.#cache.clear()) this.#queries.renew(entry, BY_APP);
  }

  /** Takes the client off the page: connections are closed, and what is in flight fails. */
  close(): void {
    for (const backend of this.#backends.values()) backend.close();
    this.#cache.close();
    this.#tap?.dispose();
  }

  /** What a panel may see and do. */
  #control(): TapControl {
    return {
      describe: () => ({ backends: [...this.#backends.values()].map(({ config: { name, url } }) => ({ name, url })) }),
      entries: () => [...this.#cache.store.recency],
      act: (what, id) => {
        const entry = [...this.#cache.store.recency].find((candidate) => candidate.id === id);
        if (entry === undefined) return false;
        const origin = { cause: 0, reason: 'devtools' } as const;
        if (what === 'refetch') this.#queries.refetch(entry, entry.request, origin).catch(() => undefined);
        else this.#queries.outdate(entry, origin);
        return true;
      },
    };
  }

  async #operations(name: string): Promise<BackendOperations> {
    const { BackendOperations } = await import('./backend-operations.js');
    return new BackendOperations(this.#backend(name), this.#caller, () => this.clear());
  }

  #call(kind: ActiveCall['kind'], node: MethodNode, args: readonly unknown[]) {
    assertList(args, node);
    const backend = this.#backend(node.backend);
    return { backend, call: new ActiveCall(kind, node.backend, node.service, node.method, args, backend.via, null) };
  }

  #entry(node: MethodNode, args: readonly unknown[], key?: string): Entry {
    assertList(args, node);
    return this.#cache.store.entry(node, args, key);
  }

  #node(service: AnyService, method: string): MethodNode {
    const known = typeof service === 'string' ? this.#byName.get(service) : this.#byRef.get(service);
    return known?.get(method) ?? this.#resolve(service, method);
  }

  #resolve(service: AnyService, method: string): MethodNode {
    const { fullName, backend: own } = serviceRef(service);
    const { config, defaults } = this.#backend(own ?? this.#defaultBackend);
    const place = { backend: config.name, service: fullName };
    if (typeof method !== 'string' || !isMemberName(method)) {
      throw new NetronError('invalid-argument', `${shown(method)} is no method name`, place);
    }
    const { store } = this.#cache;
    const node = store.node({ ...place, method }, defaults.cache);
    const said = defaultsOf(service, method);
    if (said !== undefined) store.define(node, said, defaults.cache);
    const methods = (typeof service === 'string' ? this.#byName.get(service) : this.#byRef.get(service)) ?? new Map();
    methods.set(method, node);
    if (typeof service === 'string') this.#byName.set(service, methods);
    else this.#byRef.set(service, methods);
    return node;
  }

  #backend(name: string): Backend {
    const backend = this.#backends.get(name);
    if (backend !== undefined) return backend;
    const known = [...this.#backends.keys()].join(', ');
    throw new NetronError('unknown-backend', `no backend is named ${JSON.stringify(name)}; there are ${known}`);
  }
}

function fallingBack<R>(answer: Promise<R>, fallback: unknown): Promise<R> {
  if (fallback === undefined) return answer;
  return answer.catch((error: NetronError) => {
    if (isOfCaller(error)) throw error;
    return typeof fallback === 'function' ? fallback(error) : fallback;
  });
}

function assertObject(options: object, node: MethodNode): void {
  if (typeof options === 'object' && options !== null) return;
  throw callError('invalid-argument', `options is ${shown(options)}, expected an object`, node);
}

function assertList(args: readonly unknown[], node: MethodNode): void {
  if (!Array.isArray(args)) throw callError('invalid-argument', `args is ${typeof args}, expected a list`, node);
}
