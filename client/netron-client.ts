import type { TapBackend } from '../protocol/index.js';
import { isMemberName } from '../protocol/names.js';
import type { BackendHandle } from './backend-handle.js';
import type { BackendOperations } from './backend-operations.js';
import { Cache } from './cache/cache.js';
import type { Entry, EntryRef } from './cache/entry.js';
import type { Selector } from './cache/selector.js';
import { ActiveCall } from './call/active-call.js';
import { Backend } from './call/backend.js';
import { Caller } from './call/caller.js';
import { assertTimeout } from './call/deadline.js';
import { type ClientOptions, parseClientOptions } from './client-options.js';
import { type MutationOptions, Mutations } from './mutations.js';
import { NetronError } from './netron-error.js';
import { Queries } from './queries.js';
import { QueryObserver } from './query-observer.js';
import type { QueryOptions } from './query-options.js';
import { browserRuntime, type Runtime, randomId } from './runtime.js';
import type { Args, Item, Method, Result, ServiceRef } from './service.js';
import { NetronStream } from './stream/netron-stream.js';
import type { StreamOptions, Streams } from './stream/streams.js';
import { ClientTap } from './tap/client-tap.js';
import { tapRegistry } from './tap/tap-registry.js';

type AnyService = ServiceRef<object> | string;

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
  readonly #backends: ReadonlyMap<string, Backend>;
  readonly #defaultBackend: string;
  readonly #tap: ClientTap | null;
  readonly #cache: Cache;
  readonly #queries: Queries;
  readonly #mutations: Mutations;
  readonly #caller: Caller;
  /** Loaded with the first stream. */
  #streams: Promise<Streams> | undefined;
  readonly #runtime: Runtime;

  /** @throws NetronError `invalid-config` that names the option. Nothing is connected before the first call. */
  constructor(options: ClientOptions) {
    const config = parseClientOptions(options);
    const runtime = options.runtime ?? browserRuntime();
    this.#tap = config.devtools === undefined ? null : this.#openTap(config.devtools, runtime);
    this.#defaultBackend = config.defaultBackend;
    this.#backends = new Map(
      [...config.backends].map(([name, backend]) => [
        name,
        new Backend(backend, runtime, this.#tap, () => this.#operationsOf(name)),
      ]),
    );
    const caller = new Caller(runtime, this.#tap);
    this.#cache = new Cache({ maxEntries: config.maxEntries }, runtime, this.#tap);
    this.#queries = new Queries(this.#cache, caller, runtime, this.#tap, (entry) => this.#backend(entry.backend));
    this.#mutations = new Mutations(this.#cache, caller, this.#queries);
    this.#caller = caller;
    this.#runtime = runtime;
  }

  /**
   * Asks a method, through the cache. Calls with equal arguments at the same moment share one request.
   *
   * @throws NetronError of any code; it names backend, service and method.
   */
  query<T extends object, K extends Method<T>>(
    service: ServiceRef<T>,
    method: K,
    args: Args<T, K>,
    options?: QueryOptions,
  ): Promise<Result<T, K>>;
  query(service: string, method: string, args: readonly unknown[], options?: QueryOptions): Promise<unknown>;
  async query(service: AnyService, method: string, args: readonly unknown[], options: QueryOptions = {}) {
    return this.#queries.read(this.#entry(service, method, args), options);
  }

  /**
   * Calls a method that changes something. Never shared, never answered from the cache, never sent twice.
   *
   * @throws NetronError of any code; by then its optimistic layers are gone again.
   */
  mutate<T extends object, K extends Method<T>>(
    service: ServiceRef<T>,
    method: K,
    args: Args<T, K>,
    options?: MutationOptions<Args<T, K>, Result<T, K>>,
  ): Promise<Result<T, K>>;
  mutate(service: string, method: string, args: readonly unknown[], options?: MutationOptions): Promise<unknown>;
  async mutate(
    service: AnyService,
    method: string,
    args: readonly unknown[],
    options: MutationOptions<never, never> = {},
  ) {
    const { backend, call } = this.#call('mutation', service, method, args);
    return this.#mutations.run(call, backend, options);
  }

  /**
   * Opens a stream at a WebSocket backend. Errors, those of opening it included, arrive where it is read.
   *
   * @throws NetronError `unknown-backend` or `invalid-argument` at once.
   */
  stream<T extends object, K extends Method<T>>(
    service: ServiceRef<T>,
    method: K,
    args: Args<T, K>,
    options?: StreamOptions,
  ): NetronStream<Item<T, K>>;
  stream(service: string, method: string, args: readonly unknown[], options?: StreamOptions): NetronStream<unknown>;
  stream(service: AnyService, method: string, args: readonly unknown[], options: StreamOptions = {}) {
    const { backend, call } = this.#call('stream', service, method, args);
    assertTimeout(options.timeout, call);
    this.#streams ??= import('./stream/streams.js').then(({ Streams }) => new Streams(this.#caller, this.#tap));
    return new NetronStream(this.#streams.then((streams) => streams.open(call, backend, options)));
  }

  /** Makes entries stale; those that somebody observes are fetched again, once each. */
  invalidate(selector: Selector | readonly Selector[]): void {
    const selectors = Array.isArray(selector) ? selector : [selector];
    for (const { entry, cause, reason } of this.#cache.invalidate(selectors, { cause: 0, reason: 'manual' })) {
      this.#queries.renew(entry, { cause, reason });
    }
  }

  /** A handle on the entry of these arguments, as layers need it. Fetches nothing. */
  entry<T extends object, K extends Method<T>>(
    service: ServiceRef<T>,
    method: K,
    args: Args<T, K>,
  ): EntryRef<Result<T, K>>;
  entry(service: string, method: string, args: readonly unknown[]): EntryRef<unknown>;
  entry(service: AnyService, method: string, args: readonly unknown[]): EntryRef<unknown> {
    return this.#entry(service, method, args);
  }

  /** What readers of the entry see now; undefined while it holds nothing. Inside an effect, subscribes to it. */
  peek<V>(ref: EntryRef<V>): V | undefined {
    const entry = this.#cache.live(ref as Entry);
    entry.track();
    return entry.view as V | undefined;
  }

  /** An observer of the entry, not started yet: what hooks are made of. */
  observe<V>(ref: EntryRef<V>): QueryObserver<V> {
    return new QueryObserver<V>(ref as Entry, this.#queries, this.#tap);
  }

  /**
   * What can be asked of a backend besides calls: connect, ping, authenticate, properties, events. Without a name, of the
   * default one. Loaded with its first use, which is why it is promised.
   *
   * @throws NetronError `unknown-backend`.
   */
  backend(name: string = this.#defaultBackend): Promise<BackendHandle> {
    return this.#operationsOf(name);
  }

  /** Takes the client off the page: connections are closed, and what is in flight fails. */
  close(): void {
    for (const backend of this.#backends.values()) backend.close();
    this.#tap?.dispose();
  }

  async #operationsOf(name: string): Promise<BackendOperations> {
    const { BackendOperations } = await import('./backend-operations.js');
    return new BackendOperations(this.#backend(name), this.#caller, this.#runtime);
  }

  #call(kind: ActiveCall['kind'], service: AnyService, method: string, args: readonly unknown[]) {
    const { backend, name } = this.#resolve(service, method);
    return { backend, call: new ActiveCall(kind, backend.config.name, name, method, args, backend.via, null) };
  }

  #entry(service: AnyService, method: string, args: readonly unknown[]): Entry {
    const { backend, name } = this.#resolve(service, method);
    return this.#cache.entry(this.#cache.node(backend.config.name, name, method), args);
  }

  #resolve(service: AnyService, method: string): { backend: Backend; name: string } {
    const ref: Omit<ServiceRef<object>, never> = typeof service === 'string' ? { name: service } : service;
    const backend = this.#backend(ref.backend ?? this.#defaultBackend);
    const name = ref.version === undefined ? ref.name : `${ref.name}@${ref.version}`;
    if (isMemberName(method)) return { backend, name };
    const place = { backend: backend.config.name, service: name };
    throw new NetronError('invalid-argument', `${JSON.stringify(method)} is no method name`, place);
  }

  #backend(name: string): Backend {
    const backend = this.#backends.get(name);
    if (backend !== undefined) return backend;
    const known = [...this.#backends.keys()].join(', ');
    throw new NetronError('unknown-backend', `no backend is named ${JSON.stringify(name)}; there are ${known}`);
  }

  #openTap(options: { readonly name: string; readonly ringCapacity: number }, runtime: Runtime): ClientTap {
    const client = this;
    const control = {
      get backends(): readonly TapBackend[] {
        return [...client.#backends.values()].map(({ config: { name, url } }) => ({ name, url }));
      },
      entries: () => this.#cache.entries(),
      act: (what: 'invalidate' | 'refetch', id: unknown) => {
        const entry = this.#cache.entries().find((candidate) => candidate.id === id);
        if (entry === undefined) return false;
        const origin = { cause: 0, reason: 'devtools' } as const;
        if (what === 'refetch') this.#queries.refetch(entry, {}, origin).catch(() => undefined);
        else this.#queries.outdate(entry, origin);
        return true;
      },
    };
    return new ClientTap({ clientId: randomId(runtime), ...options }, tapRegistry(runtime), runtime, control);
  }
}
