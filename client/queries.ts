import type { TapReason } from '../protocol/index.js';
import { TapKind } from '../protocol/tap/tap-kind.js';
import type { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { EntryFetch } from './cache/entry-fetch.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import type { Caller } from './call/caller.js';
import { assertTimeout } from './call/deadline.js';
import { cachePolicy, type QueryOptions } from './query-options.js';
import type { Runtime } from './runtime.js';
import type { ClientTap } from './tap/client-tap.js';
import { callError } from './transport/remote-error.js';

export interface QueryContext {
  readonly reason: TapReason;
  readonly cause: number;
}

const BY_USER: QueryContext = { reason: 'user', cause: 0 };

/** Reads through the cache: fresh entries are answered from it, one request fills the others. */
export class Queries {
  readonly #cache: Cache;
  readonly #caller: Caller;
  readonly #runtime: Runtime;
  readonly #tap: ClientTap | null;
  readonly #backendOf: (entry: Entry) => Backend;

  constructor(
    cache: Cache,
    caller: Caller,
    runtime: Runtime,
    tap: ClientTap | null,
    backendOf: (entry: Entry) => Backend,
  ) {
    this.#cache = cache;
    this.#caller = caller;
    this.#runtime = runtime;
    this.#tap = tap;
    this.#backendOf = backendOf;
  }

  /** Resolves to the entry's view: what the server said, with the optimistic layers that are pending on it. */
  async read(entry: Entry, options: QueryOptions, context: QueryContext = BY_USER): Promise<unknown> {
    if (options.signal?.aborted) throw callError('aborted', 'aborted', callOf(entry));
    this.configure(entry, options);
    if (entry.isFresh(this.#runtime.now())) {
      entry.hits++;
      this.#note(TapKind.cacheHit, entry, context);
      return entry.view;
    }
    const fetch = this.#join(entry, options, context);
    await fetch.wait(options.signal, () => callError('aborted', 'aborted', callOf(entry)));
    return entry.view;
  }

  /** Starts what an observer needs, if anything, and returns what it waits for until it leaves. */
  observe(entry: Entry, options: QueryOptions, context: QueryContext): EntryFetch | null {
    this.configure(entry, options);
    if (entry.isFresh(this.#runtime.now())) {
      entry.hits++;
      this.#note(TapKind.cacheHit, entry, context);
      return null;
    }
    const fetch = this.#join(entry, options, context);
    fetch.hold();
    return fetch;
  }

  /** Asks the server whatever the cache holds. Shares a request that is in flight, unless it is outdated already. */
  refetch(entry: Entry, options: QueryOptions, context: QueryContext): Promise<unknown> {
    const fetch = entry.fetch !== null ? entry.fetch : this.#start(entry, options, context);
    fetch.hold();
    return fetch.promise;
  }

  /** After an invalidation. A request in flight renews itself when it lands, since it is outdated. */
  renew(entry: Entry, context: QueryContext): void {
    if (entry.fetch === null) this.#start(entry, {}, context);
  }

  configure(entry: Entry, options: QueryOptions): void {
    assertTimeout(options.timeout, entry);
    const { maxAgeMs, tags } = cachePolicy(options, entry);
    entry.maxAgeMs = maxAgeMs ?? (entry.writes > 0 ? entry.maxAgeMs : this.#backendOf(entry).config.maxAgeMs);
    if (tags !== undefined) this.#cache.tag(entry, tags);
    this.#cache.use(entry);
  }

  #join(entry: Entry, options: QueryOptions, context: QueryContext): EntryFetch {
    if (entry.fetch !== null) {
      this.#note(TapKind.cacheShared, entry, context);
      return entry.fetch;
    }
    const cause = this.#note(entry.hasBase ? TapKind.cacheStale : TapKind.cacheMiss, entry, context);
    return this.#start(entry, options, { reason: context.reason, cause: context.cause || cause });
  }

  #start(entry: Entry, options: QueryOptions, context: QueryContext): EntryFetch {
    const fetch = new EntryFetch(entry.epoch, this.#cache.nextTick());
    fetch.promise = this.#run(entry, fetch, options, context);
    // Whoever waits is told by `wait`; without anybody the failure is still on the entry and on the tap.
    fetch.promise.catch(() => undefined);
    this.#cache.beginFetch(entry, fetch);
    return fetch;
  }

  async #run(entry: Entry, fetch: EntryFetch, options: QueryOptions, context: QueryContext): Promise<unknown> {
    const backend = this.#backendOf(entry);
    const call = new ActiveCall('query', entry.backend, entry.service, entry.method, entry.args, backend.via, entry);
    entry.lastReason = context.reason;
    this.#caller.start(call, context.cause, context.reason);
    const result = await this.#caller.run(call, backend, { signal: fetch.signal, timeoutMs: options.timeout });
    const origin = { cause: result.endSeq, reason: 'fetch' as const };
    if (!result.ok) {
      this.#cache.failFetch(entry, fetch, result.error.code === 'aborted' ? null : result.error, origin);
      throw result.error;
    }
    this.#cache.land(entry, fetch, result.reply.value, result.reply.sizeBytes, origin);
    // Invalidated while it was on its way: the answer is outdated, and somebody looks at it.
    if (entry.invalidated && entry.observers > 0 && entry.fetch === null) {
      this.#start(entry, options, { reason: 'stale', cause: result.endSeq });
    }
    return entry.view;
  }

  #note(kind: TapKind, entry: Entry, { cause, reason }: QueryContext): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, cause, reason, entry, null, null);
  }
}

function callOf({ backend, service, method, args }: Entry): ActiveCall {
  return new ActiveCall('query', backend, service, method, args, 'HTTP', null);
}
