import type { CacheHints, TapReason } from '../protocol/index.js';
import * as TapKind from '../protocol/tap/tap-kind.js';
import type { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { EntryFetch } from './cache/entry-fetch.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import { type Caller, failureOf } from './call/caller.js';
import { assertTimeout, startDeadline } from './call/deadline.js';
import { cachePolicy, type QueryOptions } from './query-options.js';
import type { Runtime } from './runtime.js';
import type { ClientTap } from './tap/client-tap.js';

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
    if (options.signal?.aborted) throw callError('aborted', 'aborted', entry);
    this.configure(entry, options);
    if (this.#hits(entry, context)) return entry.view;
    // Whoever starts a request gives it its deadline; who joins one may have less time than it.
    const { timeout = Number.POSITIVE_INFINITY, signal } = options;
    const ownMs = shareable(entry) === null ? Number.POSITIVE_INFINITY : timeout;
    await this.#wait(entry, this.#join(entry, options, context), ownMs, signal);
    return entry.view;
  }

  /**
   * Starts what an observer needs, if anything, and returns what it waits for until it leaves. The entry has been
   * configured before: what that throws must not leave an observer behind.
   */
  observe(entry: Entry, options: QueryOptions, context: QueryContext): EntryFetch | null {
    if (this.#hits(entry, context)) return null;
    const fetch = this.#join(entry, options, context);
    fetch.hold();
    return fetch;
  }

  /** Asks the server whatever the cache holds. Shares a request that is in flight, unless it is outdated already. */
  refetch(entry: Entry, options: QueryOptions, context: QueryContext): Promise<unknown> {
    const current = this.live(entry);
    this.#cache.use(current);
    const fetch = shareable(current) ?? this.#start(current, options, context);
    fetch.hold();
    return fetch.promise;
  }

  /** Makes an entry stale, and asks again at once when somebody observes it. */
  outdate(entry: Entry, origin: QueryContext): void {
    const cause = this.#cache.markStale(entry, origin);
    if (entry.observers > 0) this.renew(entry, { ...origin, cause });
  }

  /** After an invalidation. A request in flight renews itself when it lands, since it is outdated. */
  renew(entry: Entry, context: QueryContext): void {
    // Held by the observers all together: none of them waits for this one by itself.
    if (entry.fetch === null) this.#start(entry, {}, context).hold();
  }

  /** The entry that a handle means now. */
  live(entry: Entry): Entry {
    return this.#cache.live(entry);
  }

  /** @throws NetronError `invalid-argument` for an option that is no duration. */
  configure(entry: Entry, options: QueryOptions): void {
    assertTimeout(options.timeout, entry);
    const { maxAgeMs, tags } = cachePolicy(options, entry);
    if (maxAgeMs !== undefined) {
      entry.maxAgeMs = maxAgeMs;
      entry.hasPolicy = true;
    } else if (entry.writes === 0 && !entry.fetching) entry.maxAgeMs = this.#backendOf(entry).config.maxAgeMs;
    if (tags !== undefined) this.#cache.tag(entry, tags);
    this.#cache.use(entry);
  }

  #hits(entry: Entry, context: QueryContext): boolean {
    if (!entry.isFresh(this.#runtime.now())) return false;
    entry.hits++;
    this.#note(TapKind.cacheHit, entry, context);
    return true;
  }

  #join(entry: Entry, options: QueryOptions, context: QueryContext): EntryFetch {
    const shared = shareable(entry);
    if (shared !== null) {
      this.#note(TapKind.cacheShared, entry, context);
      return shared;
    }
    const cause = this.#note(entry.hasBase ? TapKind.cacheStale : TapKind.cacheMiss, entry, context);
    return this.#start(entry, options, { reason: context.reason, cause: context.cause || cause });
  }

  async #wait(entry: Entry, fetch: EntryFetch, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const deadline = startDeadline(this.#runtime, timeoutMs, signal);
    try {
      await fetch.wait(deadline.signal, () => callError('aborted', 'aborted', entry));
    } catch (error) {
      throw failureOf(error, entry, deadline, timeoutMs);
    } finally {
      deadline.cleanup();
    }
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
    const control = { signal: fetch.signal, timeoutMs: options.timeout, etag: entry.hasBase ? entry.etag : undefined };
    const result = await this.#caller.run(call, backend, control);
    const origin = { cause: result.endSeq, reason: 'fetch' as const };
    if (!result.ok) {
      const aborted = result.error.code === 'aborted';
      this.#cache.failFetch(entry, fetch, aborted ? null : result.error, origin);
      if (aborted || fetch.epoch !== entry.epoch) this.#renewObserved(entry, options, result.endSeq);
      throw result.error;
    }
    this.#takeHints(entry, result.reply.hints);
    this.#cache.land(entry, fetch, result.reply, origin);
    this.#renewObserved(entry, options, result.endSeq);
    return entry.view;
  }

  /** What the server says about caching counts where the app has said nothing. */
  #takeHints(entry: Entry, hints: CacheHints | undefined): void {
    if (hints?.maxAgeMs !== undefined && !entry.hasPolicy) entry.maxAgeMs = hints.maxAgeMs;
    if (hints?.tags !== undefined && entry.tags.length === 0) this.#cache.tag(entry, hints.tags);
  }

  /** Invalidated while a request was on its way: what came is outdated or nothing, and somebody looks at it. */
  #renewObserved(entry: Entry, options: QueryOptions, cause: number): void {
    if (!entry.invalidated || entry.observers === 0 || entry.fetch !== null) return;
    this.#start(entry, options, { reason: 'stale', cause }).hold();
  }

  #note(kind: number, entry: Entry, { cause, reason }: QueryContext): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, cause, reason, entry, null, null);
  }
}

/** The request in flight that a newcomer may share: not given up, and begun after the last invalidation. */
function shareable({ fetch, epoch }: Entry): EntryFetch | null {
  return fetch !== null && fetch.epoch === epoch && !fetch.signal.aborted ? fetch : null;
}
