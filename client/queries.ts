import * as TapKind from '../protocol/tap/tap-kind.js';
import type { Origin } from './cache/commit-point.js';
import type { Entry } from './cache/entry.js';
import { EntryFetch, NO_FETCH } from './cache/entry-fetch.js';
import type { MethodNode } from './cache/method-node.js';
import { transact } from './cache/transaction.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError, isOfCaller } from './call/call-error.js';
import { fallingBack } from './call/fallback.js';
import type { ClientParts } from './client-parts.js';
import { isNetronError, type NetronError } from './netron-error.js';
import { assertField, assertFields, OBJECT, ofType } from './option-fields.js';
import type { QueryOptions } from './query-options.js';
import { REQUEST_CHECKS, wantsPipeline } from './request-options.js';
import type { TransportReply } from './transport/transport.js';
import type { TurnClock } from './turn-clock.js';

const CHECKS = { ...REQUEST_CHECKS, dedupe: ofType('boolean', 'string') };
/** `isPlain`: see {@link Queries.query}. */
type Asked = QueryOptions & { readonly isPlain?: boolean };

const BY_USER: Origin = { reason: 'user', cause: 0 };

/** Reads through the cache: fresh entries are answered from it, one request fills the others. */
export class Queries {
  readonly #parts: ClientParts;
  readonly #clock: TurnClock;
  hits = 0;
  misses = 0;
  /** Answered with what was too old, while it was asked for again. */
  stale = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#clock = parts.deadlines.clock;
  }

  /**
   * Resolves to the entry's view: what the server said, with the optimistic layers that are pending on it. `isPlain` is a
   * call of which nobody has said that it may be shared, repeated, or answered from the cache.
   *
   * @throws NetronError `invalid-argument` for a wrong option.
   */
  query(node: MethodNode, args: readonly unknown[], given: QueryOptions, isPlain = false): Promise<unknown> {
    assertField('options', given, OBJECT, node);
    const asked = node.optionsFor('query', given);
    const options: Asked = isPlain ? this.#plain(node, asked) : asked;
    const entry = this.#parts.find(node, args, options.dedupe);
    return fallingBack(this.#read(entry, options), options.fallback);
  }

  #plain({ backend }: MethodNode, asked: QueryOptions): Asked {
    // Where nobody retries, nothing need be loaded to say so.
    const { retry = this.#parts.backend(backend).defaults.retry && 0 } = asked;
    return { ...asked, dedupe: false, retry, isPlain: true };
  }

  #read(entry: Entry, options: Asked): Promise<unknown> {
    const { signal, timeout, isPlain } = options;
    if (signal?.aborted) throw callError('aborted', 'aborted', entry);
    this.#configure(entry, options);
    // Only now: what is asked wrongly must not take the place of another.
    this.#parts.cache.store.use(entry);
    if (!isPlain && this.#answers(entry, options, BY_USER)) return Promise.resolve(entry.view);
    const joined = this.#shareable(entry, options);
    if (signal === undefined && (joined === NO_FETCH || timeout === undefined)) {
      return this.#join(entry, joined, options, BY_USER).promise;
    }
    const { deadlines } = this.#parts;
    // Whoever starts a request gives it its deadline; who joins one may have less time than it.
    const waiting = deadlines.start((joined === NO_FETCH ? undefined : timeout) ?? Number.POSITIVE_INFINITY, signal);
    const fetch = this.#join(entry, joined, options, BY_USER);
    return new Promise((resolve, reject) => {
      waiting.onCancel = () => {
        const error = waiting.error(entry);
        if (!isPlain && isMendedByCache(error, entry)) resolve(entry.view);
        else reject(error);
        // At once: whoever comes next must not join what nobody wants.
        fetch.release();
      };
      // By an effect that saw it begin.
      if (waiting.cancelled !== undefined) waiting.onCancel();
      fetch.promise.then(resolve, reject).finally(() => deadlines.end(waiting));
    });
  }

  /** Starts what an observer needs, if anything, and returns what it waits for until it leaves. */
  observe(entry: Entry, given: QueryOptions, origin: Origin): EntryFetch {
    entry.request = given;
    const options = resolved(entry, given);
    if (this.#answers(entry, options, origin) || !this.#isOurs(entry)) return NO_FETCH;
    return this.#join(entry, this.#shareable(entry, options), options, origin);
  }

  /** Asks the server whatever the cache holds. Shares a request that is in flight, unless it is outdated already. */
  refetch(handle: Entry, given: QueryOptions, origin: Origin): Promise<unknown> {
    const fetch = this.ask(handle, given, origin);
    return fetch === NO_FETCH
      ? Promise.reject(callError('aborted', 'it belongs to another partition', handle))
      : fetch.promise;
  }

  /** The same, for whoever may stop waiting: what it returns is to be released. */
  ask(handle: Entry, given: QueryOptions, origin: Origin): EntryFetch {
    const entry = this.#parts.cache.store.live(handle);
    if (!this.#isOurs(entry)) return NO_FETCH;
    const options = resolved(entry, given);
    this.#parts.cache.store.use(entry);
    const shared = this.#shareable(entry, options);
    if (shared === NO_FETCH) return this.#start(entry, options, origin);
    shared.hold();
    return shared;
  }

  /** Makes an entry stale, and asks again at once when somebody observes it. */
  outdate(entry: Entry, origin: Origin): void {
    this.renew(entry, { ...origin, cause: this.#parts.cache.markStale(entry, origin) });
  }

  /** After an invalidation. A request in flight renews itself when it lands, since it is outdated. */
  renew(entry: Entry, origin: Origin): void {
    if (!this.isWanted(entry)) return;
    if (!entry.fetching) this.#start(entry, resolved(entry, entry.request), origin, true);
    // Whoever began it may give it up.
    else if (!isOutdated(entry, entry.fetch)) entry.fetch.holdForObservers();
  }

  /** Somebody observes it, so it is asked for again when it is outdated. */
  isWanted(entry: Entry): boolean {
    return entry.observers > 0 && this.#isOurs(entry);
  }

  /** @throws NetronError `invalid-argument` that names the option. */
  configure(entry: Entry, given: QueryOptions): void {
    this.#configure(entry, resolved(entry, given));
  }

  #configure(entry: Entry, options: QueryOptions): void {
    if (options.timeout !== undefined || options.dedupe !== undefined || wantsPipeline(options)) {
      assertFields(options, '', CHECKS, entry);
    }
    this.#parts.cache.store.refine(entry, options.cache);
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
    const isAsked = entry.fetching && entry.fetch.cancellation.cancelled === undefined;
    // Whoever began it may give it up.
    if (isAsked && entry.observers > 0) entry.fetch.holdForObservers();
    if (isAsked || !this.#isOurs(entry)) return true;
    // Where nobody observes it, the next one who asks wants to have it.
    this.#start(entry, options, { reason: 'stale', cause }, entry.observers > 0);
    return true;
  }

  /** `shared` is the request in flight that it may share, if any. What it returns is held, and to be released. */
  #join(entry: Entry, shared: EntryFetch, options: Asked, origin: Origin): EntryFetch {
    if (shared !== NO_FETCH) {
      this.#note(TapKind.cacheShared, entry, origin);
      shared.hold();
      return shared;
    }
    this.misses++;
    const cause = this.#note(entry.hasBase ? TapKind.cacheStale : TapKind.cacheMiss, entry, origin);
    return this.#start(entry, options, { reason: origin.reason, cause: origin.cause || cause });
  }

  /** What it returns is held: by who asks, or by the observers all together. */
  #start(entry: Entry, options: Asked, origin: Origin, forObservers = false): EntryFetch {
    const { cache, deadlines } = this.#parts;
    const backend = this.#parts.backend(entry.backend);
    const timeoutMs = options.timeout ?? backend.defaults.timeout;
    const fetch = new EntryFetch(++cache.tick, deadlines.start(timeoutMs, undefined, backend.session));
    if (options !== entry.request && !options.isPlain && wantsPipeline(options)) entry.request = options;
    fetch.promise = this.#run(entry, backend, fetch, options, origin);
    // Whoever waits is told; without anybody the failure is still on the entry and on the tap.
    fetch.promise.catch(() => undefined);
    // Before effects see it, who may join it and leave. Those who observe the entry and wait for one in flight must not be
    // left with nothing when this one is given up.
    if (forObservers || (entry.fetching && entry.observers > 0)) fetch.holdForObservers();
    if (!forObservers) fetch.hold();
    cache.beginFetch(entry, fetch);
    return fetch;
  }

  async #run(entry: Entry, backend: Backend, fetch: EntryFetch, options: Asked, origin: Origin): Promise<unknown> {
    const call = new ActiveCall('query', entry, entry.args, backend.via, entry);
    if (options.isPlain) call.changes = true;
    entry.lastReason = origin.reason;
    const { cache, caller } = this.#parts;
    caller.start(call, origin.cause, origin.reason);
    const { wire, base } = entry;
    const result = await caller.run(call, backend, fetch.cancellation, { etag: wire?.etag, request: options });
    const ending: Origin = { cause: result.endSeq, reason: 'fetch' };
    let answer: TransportReply | NetronError;
    if (!result.ok) answer = result.error;
    else if (fetch.startedAt < cache.clearedAt) answer = callError('aborted', 'aborted', entry);
    else if (!result.reply.notModified) answer = result.reply;
    // The server means what was there when it was asked, whatever is there now.
    else if (wire?.etag !== undefined) answer = { ...wire, value: base };
    else answer = callError('protocol', 'answered "not modified" to what it never sent', entry);
    // Taken before those who watch are told, who may forget it.
    const view = transact(() => {
      if (isNetronError(answer)) {
        // What one caller asked wrongly is no matter of those who observe the entry, who ask for themselves.
        const isOwn = isOfCaller(answer) && (answer.code === 'aborted' || origin.reason === 'user');
        cache.failFetch(entry, fetch, isOwn ? null : answer);
        // Nor is that somebody has signed out.
        const isLeft = fetch.cancellation.cancelled === 'left';
        const isOpen = isLeft || (isOwn && answer.code !== 'aborted' && !entry.hasBase);
        return this.#afterwards(entry, isOpen || (entry.isNews(fetch) && isOutdated(entry, fetch)), ending);
      }
      cache.land(entry, fetch, answer, ending);
      this.#afterwards(entry, entry.invalidated, ending);
      return entry.view;
    });
    // What was called to change something is answered with its own result, not with what others made of the entry.
    if (!isNetronError(answer)) return options.isPlain ? answer.value : view;
    if (!options.isPlain && isMendedByCache(answer, entry)) return entry.view;
    throw answer;
  }

  /** What was invalidated while a request was on its way is asked for again, where somebody looks at it. */
  #afterwards(entry: Entry, outdated: boolean, ending: Origin): void {
    if (entry.fetching) return;
    if (outdated) this.renew(entry, { reason: 'stale', cause: ending.cause });
    if (!entry.fetching && entry.layers.length > 0) this.#parts.cache.foldHeld(entry, ending);
  }

  /** Asked as somebody else, the server would say what that one may see. */
  #isOurs({ node }: Entry): boolean {
    return node.partition === this.#parts.cache.store.partition;
  }

  /**
   * The request in flight that a newcomer may share: not given up, begun after the last invalidation and answer, and not to
   * be given up sooner than one of its own.
   */
  #shareable(entry: Entry, { dedupe, timeout }: QueryOptions): EntryFetch {
    const { fetch } = entry;
    const { cancelled, timeoutMs, session } = fetch.cancellation;
    if (cancelled !== undefined || session?.isOver || dedupe === false) return NO_FETCH;
    if (isOutdated(entry, fetch) || !entry.isNews(fetch)) return NO_FETCH;
    return timeoutMs < (timeout ?? this.#parts.backend(entry.backend).defaults.timeout) ? NO_FETCH : fetch;
  }

  #note(kind: number, entry: Entry, { cause, reason }: Origin): number {
    return this.#parts.tap?.emit(kind, cause, reason, entry, null, null) ?? 0;
  }
}

function resolved(entry: Entry, given: QueryOptions): QueryOptions {
  return entry.node.optionsFor('query', given);
}

function isOutdated(entry: Entry, fetch: EntryFetch): boolean {
  return entry.staleTick > fetch.startedAt;
}

/** Queries are answered with the old result where asking again fails. */
function isMendedByCache(error: NetronError, { policy, hasBase }: Entry): boolean {
  return policy.cacheOnError && hasBase && !isOfCaller(error);
}
