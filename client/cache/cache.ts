import { batch } from '@preact/signals-core';
import type { TapCall, TapReason } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { MAX_TIMER_MS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import type { ClientTap } from '../tap/client-tap.js';
import type { TransportReply } from '../transport/transport.js';
import type { Deadlines } from '../call/deadlines.js';
import { Entry } from './entry.js';
import type { EntryFetch } from './entry-fetch.js';
import { EntryStore, isInUse, type StoreLimits } from './entry-store.js';
import { AppliedLayer, type Layer } from './layer.js';
import { type Selection, type Selector, select } from './selector.js';
import { shareStructure } from './share-structure.js';

/** Why a change happened and what caused it: a seq of the tap, or 0. */
export interface Origin {
  readonly cause: number;
  readonly reason: TapReason;
}

/** An entry that somebody observes and that was made stale. */
export interface Outdated extends Origin {
  readonly entry: Entry;
}

/**
 * The only place that changes what readers see. Every change ends in {@link Cache.#commit}, which folds, tells the tap
 * what was before and after, why, and by what, and tells the observers.
 */
export class Cache {
  readonly store: EntryStore;
  readonly #gcTimeMs: number;
  readonly #deadlines: Deadlines;
  readonly #tap: ClientTap | null;
  #lastEntryId = 0;
  #sweeping: unknown;
  /** Rises with every fetch begun, mutation settled and invalidation, and tells which of two came first. */
  tick = 0;
  evictions = 0;

  constructor(limits: StoreLimits, gcTimeMs: number, deadlines: Deadlines, tap: ClientTap | null) {
    this.#gcTimeMs = gcTimeMs;
    this.#deadlines = deadlines;
    this.#tap = tap;
    this.store = new EntryStore(
      limits,
      () => {
        if (this.#sweeping === undefined) this.#sweepLater();
        return tap?.takeEntryId() ?? ++this.#lastEntryId;
      },
      (entry) => this.#evict(entry, TapKind.cacheEvict, 'lru'),
    );
  }

  beginFetch(entry: Entry, fetch: EntryFetch): void {
    entry.fetch = fetch;
    entry.changed();
  }

  /** The app says what the entry holds: as good as an answer that came now. A request in flight may still replace it. */
  write(entry: Entry, value: unknown, origin: Origin): void {
    const before = entry.view;
    this.store.use(entry);
    this.store.setSize(entry, 0);
    entry.wire = null;
    this.#setBase(entry, value, this.tick);
    this.#commit(entry, TapKind.cacheWrite, origin, before);
  }

  get nowMs(): number {
    return this.#deadlines.clock.now();
  }

  /** What another client held, so long ago. What is newer here stays. */
  hydrate(entry: Entry, value: unknown, ageMs: number): void {
    const updatedAtMs = Math.floor(this.nowMs - ageMs);
    if (entry.hasBase && entry.updatedAtMs >= updatedAtMs) return;
    const before = entry.view;
    this.#setBase(entry, value, this.tick);
    entry.updatedAtMs = updatedAtMs;
    this.#commit(entry, TapKind.cacheWrite, { cause: 0, reason: 'hydrate' }, before);
  }

  /** A fetch landed: its value is the new base, and layers it already contains are done. */
  land(entry: Entry, fetch: EntryFetch, { value, sizeBytes, etag, notModified }: TransportReply, origin: Origin): void {
    if (entry.fetch === fetch) entry.fetch = null;
    const { startedAt } = fetch;
    const { wire } = entry;
    // A request that began later has been answered already.
    if (wire !== null && startedAt < wire.startedAt) return entry.changed();
    const before = entry.view;
    this.store.use(entry);
    const bytes = notModified === true ? entry.sizeBytes : sizeBytes;
    this.store.setSize(entry, bytes);
    entry.wire = { sizeBytes: bytes, etag: notModified === true ? wire?.etag : etag, startedAt };
    this.#setBase(entry, notModified === true ? entry.base : shareStructure(entry.base, value), startedAt);
    const { length } = entry.layers;
    entry.layers = entry.layers.filter((applied) => !isContained(applied, fetch));
    const seq = this.#commit(entry, TapKind.cacheWrite, origin, before);
    if (length > 0) this.#emitRebases(entry, 0, { cause: seq, reason: 'fetch' });
  }

  /** A fetch failed or was given up: what mutations confirmed meanwhile is folded in, since nothing newer will come. */
  failFetch(entry: Entry, fetch: EntryFetch, error: NetronError | null, origin: Origin): void {
    // A newer request has taken its place, and will tell.
    if (entry.fetch !== fetch) return;
    entry.fetch = null;
    if (error !== null) entry.error = error;
    const contained = entry.layers.filter((applied) => isContained(applied, fetch));
    if (contained.length === 0) return entry.changed();
    const before = entry.view;
    this.#foldIn(entry, contained);
    entry.layers = entry.layers.filter((applied) => !contained.includes(applied));
    this.#commit(entry, TapKind.cacheWrite, origin, before);
  }

  /** Puts a mutation's layers on their entries, all in one batch. */
  applyLayers(call: TapCall, layers: readonly { readonly spec: Layer<never, never>; readonly entry: Entry }[]): AppliedLayer[] {
    const origin: Origin = { cause: call.seq, reason: 'user' };
    return batch(() =>
      layers.map(({ spec, entry }) => {
        const before = entry.view;
        const applied = new AppliedLayer(call, spec);
        this.store.use(entry);
        entry.layers = [...entry.layers, applied];
        this.#commit(entry, TapKind.optimisticApply, origin, before);
        return applied;
      }),
    );
  }

  /** The mutation failed: its layers go, and those above are folded again over what is left. */
  rollback(call: TapCall, entries: readonly Entry[], origin: Origin): void {
    batch(() => {
      const undone: { entry: Entry; at: number; seq: number }[] = [];
      for (const entry of entries) {
        const at = entry.layers.findIndex((applied) => applied.call === call);
        if (at < 0) continue;
        const before = entry.view;
        entry.layers = entry.layers.filter((applied) => applied.call !== call);
        undone.push({ entry, at, seq: this.#commit(entry, TapKind.optimisticRollback, origin, before) });
      }
      for (const { entry, at, seq } of undone) {
        if (at < entry.layers.length) this.#emitRebases(entry, at, { cause: seq, reason: 'rollback' });
      }
    });
  }

  /**
   * The mutation succeeded. `willRefetch` says of an entry whether a fetch that begins after now will land. Returns the
   * layers that could not be folded in as they should.
   */
  commit(
    call: TapCall,
    entries: readonly Entry[],
    result: unknown,
    origin: Origin,
    willRefetch: (entry: Entry) => boolean,
  ): { readonly entry: Entry; readonly applied: AppliedLayer }[] {
    const heldAt = this.tick;
    const failed: { entry: Entry; applied: AppliedLayer }[] = [];
    batch(() => {
      for (const entry of entries) {
        const before = entry.view;
        const mine = entry.layers.filter((applied) => applied.call === call);
        // A fetch that is in flight now may not know of this mutation: the layer has to outlive its landing.
        const held = mine.filter(({ spec }) => willRefetch(entry) && (spec.commit === undefined || entry.fetching));
        for (const applied of mine) applied.confirm(result, heldAt);
        const folded = mine.filter((applied) => !held.includes(applied));
        this.#foldIn(entry, folded);
        for (const applied of folded) if (entry.hasBase && applied.failure !== undefined) failed.push({ entry, applied });
        entry.layers = entry.layers.filter((applied) => !folded.includes(applied));
        this.#commit(entry, TapKind.optimisticCommit, origin, before);
      }
    });
    return failed;
  }

  /** Marks what the selectors mean as stale; returns those that somebody observes, which want a refetch. */
  invalidate(selectors: readonly Selector[], origin: Origin): Outdated[] {
    const outdated = new Map<Entry, Outdated>();
    // All first, since a predicate may throw and nothing may be half done then.
    const selected = selectors.map((selector) => ({ selector, selection: select(selector, this.store) }));
    batch(() => {
      for (const { selector, selection } of selected) {
        const reason: TapReason = typeof selector === 'string' ? 'tag' : 'pattern';
        const cause = this.#emit(TapKind.cacheInvalidate, origin, null, selector, sizeOf(selection));
        this.tick++;
        for (const selectee of selection) {
          selectee.staleFrom = this.tick;
          if (!(selectee instanceof Entry)) {
            for (const entry of selectee.observed) this.#outdate(entry, { cause, reason }, outdated);
          } else if (selectee.observers > 0) this.#outdate(selectee, { cause, reason }, outdated);
        }
      }
    });
    return [...outdated.values()];
  }

  /** Returns the seq of its record, the cause of a refetch that follows. */
  markStale(entry: Entry, origin: Origin): number {
    entry.staleFrom = ++this.tick;
    return this.#tellStale(entry, origin);
  }

  /** Forgets everything, for whoever comes next must not see it. Returns the entries that somebody observes. */
  clear(reason: 'manual'): Entry[] {
    const observed: Entry[] = [];
    batch(() => {
      for (const entry of [...this.store.recency]) {
        // What is on its way was asked for by the one before.
        entry.fetch?.cancellation.cancel('aborted');
        if (entry.observers > 0) observed.push(entry);
        if (isInUse(entry)) this.#empty(entry, TapKind.cacheEvict, reason);
        else this.#evict(entry, TapKind.cacheEvict, reason);
      }
    });
    return observed;
  }

  close(): void {
    this.#deadlines.runtime.clearTimeout(this.#sweeping);
  }

  /** Forgets what nobody sees and nobody used since the sweep before. */
  #sweepLater(): void {
    if (this.#gcTimeMs > MAX_TIMER_MS) return;
    const sweep = (): void => {
      for (const entry of this.store.recency.sweep()) if (!isInUse(entry)) this.#evict(entry, TapKind.cacheGc, 'gc');
      this.#sweeping = undefined;
      if (this.store.recency.size > 0) this.#sweepLater();
    };
    this.#sweeping = this.#deadlines.runtime.setTimeout(sweep, this.#gcTimeMs, true);
  }

  #outdate(entry: Entry, origin: Origin, outdated: Map<Entry, Outdated>): void {
    const cause = this.#tellStale(entry, origin);
    if (!outdated.has(entry)) outdated.set(entry, { entry, cause, reason: origin.reason });
  }

  #tellStale(entry: Entry, origin: Origin): number {
    entry.lastReason = origin.reason;
    const seq = this.#emit(TapKind.cacheStale, origin, entry, null, null);
    entry.changed();
    return seq;
  }

  #evict(entry: Entry, kind: number, reason: TapReason): void {
    this.evictions++;
    this.store.remove(entry);
    this.#empty(entry, kind, reason);
  }

  #empty(entry: Entry, kind: number, reason: TapReason): void {
    const before = entry.view;
    if (!entry.evicted) this.store.setSize(entry, 0);
    entry.base = undefined;
    entry.validFrom = -1;
    entry.wire = null;
    entry.error = null;
    this.#commit(entry, kind, { cause: 0, reason }, before);
  }

  #setBase(entry: Entry, value: unknown, validFrom: number): void {
    entry.base = value;
    entry.validFrom = validFrom;
    entry.updatedAtMs = Math.floor(this.nowMs);
    entry.error = null;
    entry.writes++;
  }

  /** For good; from then on the base is not what the server sent. */
  #foldIn(entry: Entry, layers: readonly AppliedLayer[]): void {
    if (layers.length === 0 || !entry.hasBase) return;
    for (const applied of layers) entry.base = applied.commit(entry.base);
    if (entry.wire !== null) entry.wire = { ...entry.wire, etag: undefined };
  }

  /** The one commit point. */
  #commit(entry: Entry, kind: number, origin: Origin, before: unknown): number {
    if (entry.layers.length > 0) entry.fold();
    entry.lastReason = origin.reason;
    const seq = this.#emit(kind, origin, entry, before, entry.view);
    entry.changed();
    return seq;
  }

  #emitRebases(entry: Entry, from: number, origin: Origin): void {
    for (const applied of entry.layers.slice(from)) {
      this.#emit(TapKind.optimisticRebase, origin, entry, applied.call, applied.after);
    }
  }

  #emit(kind: number, origin: Origin, entry: Entry | null, a: unknown, b: unknown): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, origin.cause, origin.reason, entry, a, b);
  }
}

/** The server's answer already contains a mutation that it had confirmed before the request began. */
function isContained(applied: AppliedLayer, fetch: EntryFetch): boolean {
  return applied.state === 'held' && applied.heldAt < fetch.startedAt;
}

function sizeOf(selection: Selection): number {
  let size = 0;
  for (const selectee of selection) {
    size += selectee instanceof Entry ? 1 : 'size' in selectee ? selectee.size : selectee.entries.size;
  }
  return size;
}
