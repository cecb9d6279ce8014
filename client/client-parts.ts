import type { TapReason } from '../protocol/index.js';
import { isMemberName } from '../protocol/names.js';
import * as TapKind from '../protocol/tap/tap-kind.js';
import type { BackendOperations } from './backend-operations.js';
import { Cache } from './cache/cache.js';
import type { Origin } from './cache/commit-point.js';
import type { Entry } from './cache/entry.js';
import { NO_FETCH } from './cache/entry-fetch.js';
import type { MethodNode } from './cache/method-node.js';
import { ActiveCall } from './call/active-call.js';
import { Backend, type MiddlewareUse } from './call/backend.js';
import { Caller } from './call/caller.js';
import { Deadlines } from './call/deadlines.js';
import { parseClientOptions } from './client-config.js';
import type { CallOptions, ClientOptions } from './client-options.js';
import { Mutations } from './mutations.js';
import { NetronError } from './netron-error.js';
import { shown } from './option-error.js';
import { assertField, LIST } from './option-fields.js';
import { Queries } from './queries.js';
import type { QueryOptions } from './query-options.js';
import { browserRuntime } from './runtime.js';
import { type AnyService, defaultsOf, serviceRef } from './service.js';
import { openTap } from './tap/open-tap.js';
import type { TapRecorder } from './tap/tap-recorder.js';
import { TurnClock } from './turn-clock.js';

/** What the app asked for by a method of the client. */
export const BY_APP: Origin = { cause: 0, reason: 'manual' };

type Methods = Map<string, MethodNode>;

/** What a client is made of: for itself, and for the parts of this package that are loaded apart. */
export class ClientParts {
  readonly backends: ReadonlyMap<string, Backend>;
  readonly defaultBackend: string;
  readonly tap: TapRecorder | null;
  readonly deadlines: Deadlines;
  readonly caller: Caller;
  readonly cache: Cache;
  readonly queries: Queries;
  readonly mutations: Mutations;
  /** Around the calls of all backends. A list of its own for every change. */
  middleware: readonly MiddlewareUse[] = [];
  readonly #defaultMaxAge: number | undefined;
  /** Resolved once for each method of each service, by reference or by name. */
  #byRef = new WeakMap<object, Methods>();
  #byName = new Map<string, Methods>();
  #lastService: AnyService | undefined;
  #lastMethods: Methods | undefined;

  /** @throws NetronError `invalid-config` that names the option. */
  constructor(options: ClientOptions) {
    const { devtools, defaultBackend, backends, gcTimeMs, defaultMaxAge, ...limits } = parseClientOptions(options);
    this.#defaultMaxAge = defaultMaxAge;
    const runtime = options.runtime ?? browserRuntime();
    const clock = new TurnClock(runtime);
    this.tap = openTap(devtools, runtime, clock, this);
    this.deadlines = new Deadlines(runtime, clock);
    this.defaultBackend = defaultBackend;
    this.backends = new Map(backends.map((config) => [config.name, new Backend(config, this)]));
    this.caller = new Caller(this.deadlines, this.tap);
    this.cache = new Cache(limits, gcTimeMs, this.deadlines, this.tap);
    this.queries = new Queries(this);
    this.mutations = new Mutations(this);
  }

  setDefaults(options: CallOptions): void {
    const { cache = this.#defaultMaxAge } = options;
    for (const backend of this.backends.values()) backend.setDefaults({ ...options, cache });
    const { store } = this.cache;
    for (const node of store.nodes) store.setDefault(node, this.backend(node.backend).defaults.cache);
  }

  setPartition(partition: string): void {
    const { store } = this.cache;
    if (partition === store.partition) return;
    for (const backend of this.backends.values()) backend.endSession();
    store.partition = partition;
    this.#byRef = new WeakMap();
    this.#byName = new Map();
    this.#lastService = undefined;
    // What was invalidated, forgotten or given up while it was another's turn.
    for (const { observed, partition: own } of store.nodes) {
      if (own !== partition) continue;
      for (const entry of observed) {
        const { hasBase, error, writes, isAskedFor, invalidated } = entry;
        const isMissed = !hasBase && error === null && (writes > 0 || isAskedFor);
        if (isMissed || invalidated) this.queries.renew(entry, BY_APP);
      }
    }
  }

  /** One who observes it more. Returns the seq of its record. */
  hold(entry: Entry, reason: TapReason): number {
    this.cache.store.hold(entry);
    return this.#note(TapKind.signalSubscribe, entry, reason);
  }

  /** One less. */
  release(entry: Entry, reason: TapReason): void {
    this.cache.store.release(entry);
    if (entry.observers === 0) {
      for (let each = entry.fetch; each !== NO_FETCH; each = each.older) each.releaseObservers();
    }
    this.#note(TapKind.signalDispose, entry, reason);
  }

  /** Forgets all data. What is observed is asked for again. */
  clear(): void {
    for (const entry of this.cache.clear()) this.queries.renew(entry, BY_APP);
  }

  /** @throws NetronError `unknown-backend`. */
  backend(name: string): Backend {
    const backend = this.backends.get(name);
    if (backend !== undefined) return backend;
    const known = [...this.backends.keys()].join(', ');
    throw new NetronError('unknown-backend', `no backend is named ${JSON.stringify(name)}; there are ${known}`);
  }

  /** What can be asked of a backend besides calls by name. */
  async operations(name: string): Promise<BackendOperations> {
    const { BackendOperations } = await import('./backend-operations.js');
    return new BackendOperations(this.backend(name), this.caller, () => this.clear());
  }

  /** @throws NetronError `invalid-argument` or `unknown-backend`. */
  node(service: AnyService, method: string): MethodNode {
    // Most calls in a row are of one service, and a WeakMap costs as much as the rest of this.
    if (service !== this.#lastService) {
      this.#lastService = service;
      this.#lastMethods = this.#index(service).get(service);
    }
    return this.#lastMethods?.get(method) ?? this.#resolve(service, method);
  }

  /** @throws NetronError `invalid-argument` for what is no list, or cannot be told from others. */
  entry(node: MethodNode, args: readonly unknown[], dedupe?: QueryOptions['dedupe']): Entry {
    const entry = this.find(node, args, dedupe);
    this.cache.store.use(entry);
    return entry;
  }

  /** The same, not in the cache before it is used. */
  find(node: MethodNode, args: readonly unknown[], dedupe?: QueryOptions['dedupe']): Entry {
    assertField('args', args, LIST, node);
    return this.cache.store.find(node, args, typeof dedupe === 'string' ? dedupe : undefined);
  }

  call(kind: ActiveCall['kind'], node: MethodNode, args: readonly unknown[]): ActiveCall {
    assertField('args', args, LIST, node);
    return new ActiveCall(kind, node, args, this.backend(node.backend).via);
  }

  #note(kind: number, entry: Entry, reason: TapReason): number {
    return this.tap?.emit(kind, 0, reason, entry, entry.observers, null) ?? 0;
  }

  #index(service: AnyService): Pick<Map<AnyService, Methods>, 'get' | 'set'> {
    return (typeof service === 'string' ? this.#byName : this.#byRef) as Map<AnyService, Methods>;
  }

  #resolve(service: AnyService, method: string): MethodNode {
    const { fullName, backend = this.defaultBackend } = serviceRef(service);
    const { defaults } = this.backend(backend);
    if (typeof method !== 'string' || !isMemberName(method)) {
      const place = { backend, service: fullName };
      throw new NetronError('invalid-argument', `${shown(method)} is no method name`, place);
    }
    const { store } = this.cache;
    const node = store.node({ backend, service: fullName, method }, defaults.cache);
    const said = defaultsOf(service, method);
    if (said !== undefined) store.define(node, said, defaults.cache);
    const index = this.#index(service);
    const methods = index.get(service) ?? new Map<string, MethodNode>();
    index.set(service, methods.set(method, node));
    this.#lastMethods = methods;
    return node;
  }
}
