import type { TapReason } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { Deadlines } from '../call/deadlines.js';
import type { NetronError } from '../netron-error.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import type { TransportReply } from '../transport/transport.js';
import { CommitPoint, type Origin } from './commit-point.js';
import { Entry, NO_LAYERS } from './entry.js';
import { type EntryFetch, NO_FETCH } from './entry-fetch.js';
import { EntryStore, isInUse, type StoreLimits } from './entry-store.js';
import { type AppliedLayer, assertNoUpdate } from './layer.js';
import { Layering } from './layering.js';
import { assertSelectors, type Selection, type Selector, select } from './selector.js';
import { shareStructure } from './share-structure.js';
import { makeSweeper, type Sweeper } from './sweeper.js';
import { transact } from './transaction.js';

/** An entry that somebody observes and that was made stale. */
export interface Outdated extends Origin {
  readonly entry: Entry;
}

/** The only place that changes what readers see. */
export class Cache {
  readonly store: EntryStore;
  readonly layers: Layering;
  readonly #point: CommitPoint;
  readonly #sweeper: Sweeper;
  readonly #deadlines: Deadlines;
  #lastEntryId = 0;
  /** Rises with every fetch begun, mutation settled and invalidation, and tells which of two came first. */
  tick = 0;
  /** What was asked for before this tick belongs to nobody any more. */
  clearedAt = 0;
  evictions = 0;
  /** When anything was invalidated the last time: what is hydrated and older may not know of it. */
  #outdatedAtMs = -1;

  constructor(limits: StoreLimits, gcTimeMs: number, deadlines: Deadlines, tap: TapRecorder | null) {
    this.#deadlines = deadlines;
    this.#point = new CommitPoint(tap);
    this.#sweeper = makeSweeper(deadlines.runtime, gcTimeMs, () => this.#sweep());
    this.store = new EntryStore(
      limits,
      () => tap?.takeEntryId() ?? ++this.#lastEntryId,
      () => this.#sweeper.start(),
      (entry) => this.#evict(entry, TapKind.cacheEvict, 'lru'),
    );
    this.layers = new Layering(this.store, this.#point, () => this.nowMs);
  }

  beginFetch(entry: Entry, fetch: EntryFetch): void {
    fetch.older = entry.fetch;
    entry.fetch = fetch;
    entry.changed();
  }

  /**
   * The app says what the entry holds: as good as an answer that came now, which contains what was confirmed before. A
   * request in flight may still replace it, and is outdated then, for nobody can tell which of the two is newer.
   */
  write(entry: Entry, value: unknown, origin: Origin): void {
    assertNoUpdate();
    const before = entry.view;
    this.store.use(entry);
    entry.staleFrom = ++this.tick;
    if (entry.layers.length > 0) entry.layers = entry.layers.filter(({ state }) => state === 'pending');
    this.#say(entry, value);
    this.#point.commit(entry, TapKind.cacheWrite, origin, before);
  }

  get nowMs(): number {
    return this.#deadlines.clock.now();
  }

  /** What another client held, so long ago. What is newer here stays. */
  hydrate(entry: Entry, value: unknown, ageMs: number): void {
    assertNoUpdate();
    const updatedAtMs = Math.floor(this.nowMs - ageMs);
    const knownAtMs = Math.max(entry.updatedAtMs, this.layers.foldedAtMs(entry));
    if (entry.hasBase && knownAtMs >= updatedAtMs) return;
    const before = entry.view;
    const isOutdated = entry.staleTick > 0 && updatedAtMs <= this.#outdatedAtMs;
    this.#say(entry, value);
    entry.updatedAtMs = updatedAtMs;
    if (isOutdated) entry.validFrom = 0;
    this.#point.commit(entry, TapKind.cacheWrite, { cause: 0, reason: 'hydrate' }, before);
  }

  /** A fetch landed: its value is the new base, and layers it already contains are done. */
  land(entry: Entry, fetch: EntryFetch, { value, sizeBytes, etag, hints }: TransportReply, origin: Origin): void {
    this.#endFetch(entry, fetch);
    const { startedAt } = fetch;
    // A request that began later has been answered already.
    if (!entry.isNews(fetch)) return entry.changed();
    const before = entry.view;
    this.store.hint(entry, hints);
    this.store.setSize(entry, sizeBytes);
    entry.wire = { sizeBytes, etag, startedAt };
    const layers = entry.layers.filter((applied) => !isContained(applied, fetch));
    let base = shareStructure(entry.base, value);
    // What readers saw through a layer is what the base says itself now.
    if (layers.length < entry.layers.length) base = shareStructure(before, base);
    entry.layers = layers;
    this.#setBase(entry, base, startedAt);
    this.#point.commit(entry, TapKind.cacheWrite, origin, before);
    // Now that it has its size.
    this.store.use(entry);
  }

  /** A fetch failed, or was given up where there is no error. */
  failFetch(entry: Entry, fetch: EntryFetch, error: NetronError | null): void {
    // A newer request has taken its place, and has told or will tell.
    if (!this.#endFetch(entry, fetch) || !entry.isNews(fetch)) return entry.changed();
    this.store.use(entry);
    if (error !== null) entry.error = error;
    entry.changed();
  }

  /** What was held for an answer is folded in, since none will come: a guess, if the base has changed since. */
  foldHeld(entry: Entry, origin: Origin): void {
    if (!entry.layers.some(({ awaitsFetch }) => awaitsFetch)) return;
    entry.staleFrom = ++this.tick;
    this.layers.foldHeld(entry, origin);
  }

  /**
   * Marks what the selectors mean as stale; returns those that somebody observes, which want a refetch.
   *
   * @throws NetronError `invalid-argument` for a wrong selector and for a predicate that throws; nothing is stale then.
   */
  invalidate(selectors: readonly Selector[], origin: Origin): Outdated[] {
    assertNoUpdate();
    assertSelectors(selectors);
    const outdated = new Map<Entry, Outdated>();
    // All first, since a predicate may throw and nothing may be half done then.
    const selected = selectors.map((selector) => ({ selector, selection: select(selector, this.store) }));
    if (selectors.length > 0) this.#outdatedAtMs = this.nowMs;
    transact(() => {
      for (const { selector, selection } of selected) {
        const reason: TapReason = typeof selector === 'string' ? 'tag' : 'pattern';
        const cause = this.#point.emit(TapKind.cacheInvalidate, origin, null, selector, sizeOf(selection));
        this.tick++;
        if (reason === 'tag' && selection.length === 0) this.store.missedFrom = this.tick;
        for (const selectee of selection) {
          selectee.staleFrom = this.tick;
          for (const entry of observedOf(selectee)) this.#outdate(entry, { cause, reason }, outdated);
        }
      }
    });
    return [...outdated.values()];
  }

  /** What the selectors mean and somebody observes. @throws NetronError for a predicate that throws. */
  observed(selectors: readonly Selector[]): Entry[] {
    return selectors.flatMap((selector) =>
      select(selector, this.store).flatMap((selectee) => [...observedOf(selectee)]),
    );
  }

  /** Returns the seq of its record, the cause of a refetch that follows. */
  markStale(entry: Entry, origin: Origin): number {
    entry.staleFrom = ++this.tick;
    this.#outdatedAtMs = this.nowMs;
    return this.#tellStale(entry, origin);
  }

  /**
   * Forgets everything, for whoever comes next must not see it, nor what is still on its way. Returns the entries that
   * somebody observes.
   */
  clear(): Entry[] {
    assertNoUpdate();
    const observed: Entry[] = [];
    this.clearedAt = ++this.tick;
    transact(() => {
      for (const entry of [...this.store.recency]) {
        const { fetch, view } = entry;
        entry.fetch = NO_FETCH;
        // Their mutations go on, but what they will have brought about is not for whoever comes next.
        entry.layers = NO_LAYERS;
        if (entry.observers > 0) observed.push(entry);
        this.#forget(entry, TapKind.cacheEvict, 'manual', view);
        for (let each = fetch; each !== NO_FETCH; each = each.older) each.cancellation.cancel('aborted');
      }
    });
    return observed;
  }

  close(): void {
    this.#sweeper.close();
  }

  /** Forgets what nobody sees and nobody used since the sweep before. False when nothing is left. */
  #sweep(): boolean {
    const { recency } = this.store;
    for (const entry of recency.sweep()) if (!isInUse(entry)) this.#evict(entry, TapKind.cacheGc, 'gc');
    return recency.size > 0;
  }

  #outdate(entry: Entry, origin: Origin, outdated: Map<Entry, Outdated>): void {
    const cause = this.#tellStale(entry, origin);
    if (!outdated.has(entry)) outdated.set(entry, { entry, cause, reason: origin.reason });
  }

  #tellStale(entry: Entry, origin: Origin): number {
    entry.lastReason = origin.reason;
    const seq = this.#point.emit(TapKind.cacheStale, origin, entry, null, null);
    entry.changed();
    return seq;
  }

  #evict(entry: Entry, kind: number, reason: TapReason): void {
    this.evictions++;
    this.#forget(entry, kind, reason, entry.view);
  }

  /** What is in use stays, empty. */
  #forget(entry: Entry, kind: number, reason: TapReason, before: unknown): void {
    if (isInUse(entry)) this.store.setSize(entry, 0);
    else this.store.remove(entry);
    entry.base = undefined;
    entry.validFrom = -1;
    entry.wire = null;
    entry.error = null;
    this.#point.commit(entry, kind, { cause: 0, reason }, before);
  }

  /** Not what the server sent, so what it said about that holds no longer. */
  #say(entry: Entry, value: unknown): void {
    const { wire } = entry;
    this.store.setSize(entry, 0);
    if (wire !== null && (wire.sizeBytes > 0 || wire.etag !== undefined)) {
      entry.wire = { sizeBytes: 0, etag: undefined, startedAt: wire.startedAt };
    }
    this.#setBase(entry, value, this.tick);
  }

  /** Returns whether it was the newest. */
  #endFetch(entry: Entry, fetch: EntryFetch): boolean {
    const isNewest = entry.fetch === fetch;
    if (isNewest) entry.fetch = fetch.older;
    else {
      // After `clear` it is not among them any more.
      let newer = entry.fetch;
      while (newer !== NO_FETCH && newer.older !== fetch) newer = newer.older;
      if (newer !== NO_FETCH) newer.older = fetch.older;
    }
    return isNewest;
  }

  #setBase(entry: Entry, value: unknown, validFrom: number): void {
    entry.base = value;
    entry.validFrom = validFrom;
    entry.updatedAtMs = Math.floor(this.nowMs);
    entry.error = null;
    entry.writes++;
  }
}

/** The server's answer already contains a mutation that it had confirmed before the request began. */
function isContained(applied: AppliedLayer, fetch: EntryFetch): boolean {
  return applied.state === 'held' && applied.heldAt < fetch.startedAt;
}

function observedOf(selectee: Selection[number]): Iterable<Entry> {
  if (!(selectee instanceof Entry)) return selectee.observed;
  return selectee.observers > 0 ? [selectee] : [];
}

function sizeOf(selection: Selection): number {
  let size = 0;
  for (const selectee of selection) {
    size += selectee instanceof Entry ? 1 : 'size' in selectee ? selectee.size : selectee.entries.size;
  }
  return size;
}
