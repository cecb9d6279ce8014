import type { CacheHints } from '../protocol/index.js';
import * as TapKind from '../protocol/tap/tap-kind.js';
import type { Cache, Origin } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { EntryFetch } from './cache/entry-fetch.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { Caller } from './call/caller.js';
import { assertTimeout } from './call/deadlines.js';
import type { NetronError } from './netron-error.js';
import type { QueryOptions } from './query-options.js';
import { wantsPipeline } from './request-options.js';
import type { ClientTap } from './tap/client-tap.js';
import type { TurnClock } from './turn-clock.js';

const BY_USER: Origin = { reason: 'user', cause: 0 };

/** Reads through the cache: fresh entries are answered from it, one request fills the others. */
export class Queries {
  readonly cache: Cache;
  readonly #caller: Caller;
  readonly #clock: TurnClock;
  readonly #tap: ClientTap | null;
  readonly #backendOf: (entry: Entry) => Backend;
  hits = 0;
  misses = 0;
  /** Answered with what was too old, while it was asked for again. */
  stale = 0;

  constructor(cache: Cache, caller: Caller, tap: ClientTap | null, backendOf: (entry: Entry) => Backend) {
    this.cache = cache;
    this.#caller = caller;
    this.#clock = caller.deadlines.clock;
    this.#tap = tap;
    this.#backendOf = backendOf;
  }

  /**
   * Resolves to the entry's view: what the server said, with the optimistic layers that are pending on it.
   *
   * @throws NetronError `invalid-argument` for a wrong option.
   */
  read(entry: Entry, options: QueryOptions): Promise<unknown> {
    const { signal, timeout } = options;
    this.configure(entry, options);
    if (signal?.aborted) throw callError('aborted', 'aborted', entry);
    if (this.#answers(entry, options, BY_USER)) return Promise.resolve(entry.view);
    // Whoever starts a request gives it its deadline; who joins one may have less time than it.
    const isJoined = shareable(entry, options) !== null;
    const fetch = this.#join(entry, options, BY_USER);
    fetch.hold();
    if (signal === undefined && !(isJoined && timeout !== undefined)) return fetch.promise;
    const { deadlines } = this.#caller;
    const waiting = deadlines.start(isJoined ? (timeout ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY, signal);
    return new Promise((resolve, reject) => {
      waiting.onCancel = () => {
        reject(waiting.error(entry));
        // At once: whoever comes next must not join what nobody wants.
        fetch.release();
      };
      fetch.promise.then(resolve, reject).finally(() => deadlines.end(waiting));
    });
  }

  /** Starts what an observer needs, if anything, and returns what it waits for until it leaves. */
  observe(entry: Entry, options: QueryOptions, origin: Origin): EntryFetch | null {
    entry.request = options;
    if (this.#answers(entry, options, origin)) return null;
    const fetch = this.#join(entry, options, origin);
    fetch.hold();
    return fetch;
  }

  /** Asks the server whatever the cache holds. Shares a request that is in flight, unless it is outdated already. */
  refetch(handle: Entry, options: QueryOptions, origin: Origin): Promise<unknown> {
    const entry = this.cache.store.live(handle);
    this.cache.store.use(entry);
    const fetch = shareable(entry, options) ?? this.#start(entry, options, origin);
    fetch.hold();
    return fetch.promise;
  }

  /** Makes an entry stale, and asks again at once when somebody observes it. */
  outdate(entry: Entry, origin: Origin): void {
    const cause = this.cache.markStale(entry, origin);
    if (entry.observers > 0) this.renew(entry, { ...origin, cause });
  }

  /** After an invalidation. A request in flight renews itself when it lands, since it is outdated. */
  renew(entry: Entry, origin: Origin): void {
    // Held by the observers all together: none of them waits for this one by itself.
    if (entry.fetch === null) this.#start(entry, entry.request, origin).hold();
  }

  /** @throws NetronError `invalid-argument` that names the option. */
  configure(entry: Entry, given: QueryOptions): void {
    const options = entry.node.optionsFor('query', given);
    assertTimeout(options.timeout, entry);
    this.cache.store.refine(entry, options.cache);
  }

  isFresh(entry: Entry): boolean {
    return entry.isUsable(this.#clock.now(), 0);
  }

  /** Fresh, or not too old to be shown while it is asked for again. */
  #answers(entry: Entry, options: QueryOptions, origin: Origin): boolean {
    if (entry.validFrom < 0) return false;
    const nowMs = this.#clock.now();
    if (entry.isUsable(nowMs, 0)) {
      entry.hits++;
      this.hits++;
      this.#note(TapKind.cacheHit, entry, origin);
      return true;
    }
    if (!entry.isUsable(nowMs, entry.policy.staleWhileRevalidateMs)) return false;
    this.stale++;
    const cause = this.#note(TapKind.cacheRevalidate, entry, origin);
    if (entry.fetch === null) this.#start(entry, options, { reason: 'stale', cause }).hold();
    return true;
  }

  #join(entry: Entry, options: QueryOptions, origin: Origin): EntryFetch {
    const shared = shareable(entry, options);
    if (shared !== null) {
      this.#note(TapKind.cacheShared, entry, origin);
      return shared;
    }
    this.misses++;
    const cause = this.#note(entry.hasBase ? TapKind.cacheStale : TapKind.cacheMiss, entry, origin);
    return this.#start(entry, options, { reason: origin.reason, cause: origin.cause || cause });
  }

  #start(entry: Entry, given: QueryOptions, origin: Origin): EntryFetch {
    const options = entry.node.optionsFor('query', given);
    const backend = this.#backendOf(entry);
    const timeoutMs = options.timeout ?? backend.defaults.timeout;
    const fetch = new EntryFetch(++this.cache.tick, this.#caller.deadlines.start(timeoutMs));
    if (options !== entry.request && wantsPipeline(options)) entry.request = options;
    fetch.promise = this.#run(entry, backend, fetch, options, origin);
    // Whoever waits is told by `wait`; without anybody the failure is still on the entry and on the tap.
    fetch.promise.catch(() => undefined);
    this.cache.beginFetch(entry, fetch);
    return fetch;
  }

  async #run(entry: Entry, backend: Backend, fetch: EntryFetch, options: QueryOptions, origin: Origin): Promise<unknown> {
    const call = new ActiveCall('query', entry.backend, entry.service, entry.method, entry.args, backend.via, entry);
    entry.lastReason = origin.reason;
    this.#caller.start(call, origin.cause, origin.reason);
    const etag = entry.wire?.etag;
    const result = await this.#caller.run(call, backend, fetch.cancellation, { etag, request: options });
    const ending: Origin = { cause: result.endSeq, reason: 'fetch' };
    if (!result.ok) return this.#fail(entry, fetch, result.error, ending);
    this.#takeHints(entry, result.reply.hints);
    this.cache.land(entry, fetch, result.reply, ending);
    this.#renewObserved(entry, ending);
    return entry.view;
  }

  #fail(entry: Entry, fetch: EntryFetch, error: NetronError, ending: Origin): unknown {
    const aborted = error.code === 'aborted';
    this.cache.failFetch(entry, fetch, aborted ? null : error, ending);
    if (aborted || isOutdated(entry, fetch)) this.#renewObserved(entry, ending);
    if (!aborted && entry.policy.cacheOnError && entry.hasBase) return entry.view;
    throw error;
  }

  /** What the server says about caching counts where the app has said nothing. */
  #takeHints(entry: Entry, hints: CacheHints | undefined): void {
    if (hints === undefined) return;
    const { policy } = entry;
    const maxAgeMs = policy.isExplicit ? undefined : hints.maxAgeMs;
    const tags = policy.tags.length > 0 ? undefined : hints.tags;
    this.cache.store.hint(entry, maxAgeMs, tags);
  }

  /** Invalidated while a request was on its way: what came is outdated or nothing, and somebody looks at it. */
  #renewObserved(entry: Entry, { cause }: Origin): void {
    if (entry.observers === 0 || entry.fetch !== null || entry.staleTick <= entry.validFrom) return;
    this.#start(entry, entry.request, { reason: 'stale', cause }).hold();
  }

  #note(kind: number, entry: Entry, { cause, reason }: Origin): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, cause, reason, entry, null, null);
  }
}

/** The request in flight that a newcomer may share: not given up, and begun after the last invalidation. */
function shareable(entry: Entry, options: QueryOptions): EntryFetch | null {
  const { fetch } = entry;
  const { dedupe } = entry.node.optionsFor('query', options);
  return fetch !== null && dedupe !== false && !isOutdated(entry, fetch) && fetch.cancellation.cancelled === undefined
    ? fetch
    : null;
}

function isOutdated(entry: Entry, fetch: EntryFetch): boolean {
  return entry.staleTick > fetch.startedAt;
}
