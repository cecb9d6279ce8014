import { batch } from '@preact/signals-core';
import type { TapCall, TapReason } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { NetronError } from '../netron-error.js';
import type { Runtime } from '../runtime.js';
import type { ClientTap } from '../tap/client-tap.js';
import type { TransportReply } from '../transport/transport.js';
import { Entry } from './entry.js';
import type { EntryFetch } from './entry-fetch.js';
import { AppliedLayer, type Layer } from './layer.js';
import { MethodNode } from './method-node.js';
import { type Selector, selectEntries } from './selector.js';

export interface CacheOptions {
  /** Entries kept before the least recently used, unobserved one goes. */
  readonly maxEntries: number;
}

/** Why a change happened and what caused it: a seq of the tap, or 0. */
export interface Origin {
  readonly cause: number;
  readonly reason: TapReason;
}

/**
 * The entries, and the only place that changes what their readers see. Every change goes through {@link Cache.#change},
 * which folds, tells the tap before and after, and tells the observers.
 */
export class Cache {
  readonly #nodes = new Map<string, MethodNode>();
  readonly #tagged = new Map<string, Set<Entry>>();
  /** In order of use, oldest first. */
  readonly #recency = new Set<Entry>();
  readonly #options: CacheOptions;
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #tap: ClientTap | null;
  #nextEntryId = 1;
  #tick = 0;
  #evictions = 0;

  constructor(options: CacheOptions, runtime: Pick<Runtime, 'now'>, tap: ClientTap | null) {
    this.#options = options;
    this.#runtime = runtime;
    this.#tap = tap;
  }

  get size(): number {
    return this.#recency.size;
  }

  /** Entries that made room for others. */
  get evictions(): number {
    return this.#evictions;
  }

  get nodes(): Iterable<MethodNode> {
    return this.#nodes.values();
  }

  entries(): readonly Entry[] {
    return [...this.#recency];
  }

  tagged(tag: string): Iterable<Entry> {
    return this.#tagged.get(tag) ?? [];
  }

  /** Rises with every fetch begun and every mutation settled, and tells which of two came first. */
  nextTick(): number {
    return ++this.#tick;
  }

  node(backend: string, service: string, method: string): MethodNode {
    const name = `${backend}|${service}|${method}`;
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = new MethodNode(backend, service, method);
      this.#nodes.set(name, node);
    }
    return node;
  }

  /** The entry of these arguments; made if missing. */
  entry(node: MethodNode, args: readonly unknown[]): Entry {
    const key = node.keyOf(args);
    let entry = node.entries.get(key);
    if (entry === undefined) {
      entry = new Entry(this.#tap?.takeEntryId() ?? this.#nextEntryId++, node, key, args, 0);
      node.entries.set(key, entry);
    }
    this.use(entry);
    return entry;
  }

  /** Marks an entry as used now, and brings back one that was evicted while somebody still held it. */
  use(entry: Entry): void {
    if (entry.evicted) {
      entry.evicted = false;
      entry.node.entries.set(entry.key, entry);
      this.#index(entry, entry.tags);
    }
    this.#recency.delete(entry);
    this.#recency.add(entry);
    while (this.#recency.size > this.#options.maxEntries && this.#evictOne(entry));
  }

  /** The entry that a handle means: of one that was evicted, the one that has taken its place, if any. */
  live(entry: Entry): Entry {
    return entry.evicted ? (entry.node.entries.get(entry.key) ?? entry) : entry;
  }

  tag(entry: Entry, tags: readonly string[]): void {
    if (entry.tags === tags) return;
    this.#unindex(entry);
    entry.tags = [...tags];
    this.#index(entry, tags);
  }

  beginFetch(entry: Entry, fetch: EntryFetch): void {
    entry.fetch = fetch;
    entry.changed();
  }

  /** A fetch landed: its value is the new base, and layers it already contains are done. */
  land(entry: Entry, fetch: EntryFetch, reply: TransportReply, origin: Origin): void {
    if (entry.fetch === fetch) entry.fetch = null;
    // A request that began later has been answered already.
    if (fetch.startedAt < entry.landedStartedAt) return;
    entry.landedStartedAt = fetch.startedAt;
    const seq = this.#change(entry, TapKind.cacheWrite, origin, () => {
      if (reply.notModified !== true) {
        entry.base = reply.value;
        entry.sizeBytes = reply.sizeBytes;
        entry.etag = reply.etag;
      }
      entry.hasBase = true;
      entry.error = null;
      entry.writes++;
      entry.updatedAtMs = this.#runtime.now();
      entry.invalidated = fetch.epoch !== entry.epoch;
      entry.layers = entry.layers.filter((applied) => !isContained(applied, fetch));
    });
    this.#emitRebases(entry, 0, { cause: seq, reason: 'fetch' });
  }

  /** A fetch failed or was given up: what mutations confirmed meanwhile is folded in, since nothing newer will come. */
  failFetch(entry: Entry, fetch: EntryFetch, error: NetronError | null, origin: Origin): void {
    // A newer request has taken its place, and will tell.
    if (entry.fetch !== fetch) return;
    entry.fetch = null;
    if (error !== null) entry.error = error;
    const contained = entry.layers.filter((applied) => isContained(applied, fetch));
    if (contained.length === 0) return entry.changed();
    this.#change(entry, TapKind.cacheWrite, origin, () => {
      entry.etag = undefined;
      if (entry.hasBase) for (const applied of contained) entry.base = applied.commit(entry.base);
      entry.layers = entry.layers.filter((applied) => !contained.includes(applied));
    });
  }

  /** Puts a mutation's layers on their entries, all in one batch. */
  applyLayers(call: TapCall, layers: readonly { readonly spec: Layer<never, never>; readonly entry: Entry }[]): void {
    batch(() => {
      for (const { spec, entry } of layers) {
        this.use(entry);
        this.#change(entry, TapKind.optimisticApply, { cause: call.seq, reason: 'user' }, () => {
          entry.layers = [...entry.layers, new AppliedLayer(call, spec)];
        });
      }
    });
  }

  /** The mutation failed: its layers go, and those above are folded again over what is left. */
  rollback(call: TapCall, entries: readonly Entry[], origin: Origin): void {
    batch(() => {
      const undone: { entry: Entry; at: number; seq: number }[] = [];
      for (const entry of entries) {
        const at = entry.layers.findIndex((applied) => applied.call === call);
        if (at < 0) continue;
        const seq = this.#change(entry, TapKind.optimisticRollback, origin, () => {
          entry.layers = entry.layers.filter((applied) => applied.call !== call);
        });
        undone.push({ entry, at, seq });
      }
      for (const { entry, at, seq } of undone) this.#emitRebases(entry, at, { cause: seq, reason: 'rollback' });
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
    const heldAt = this.#tick;
    const failed: { entry: Entry; applied: AppliedLayer }[] = [];
    batch(() => {
      for (const entry of entries) {
        const mine = entry.layers.filter((applied) => applied.call === call);
        // A fetch that is in flight now may not know of this mutation: the layer has to outlive its landing.
        const held = mine.filter(({ spec }) => willRefetch(entry) && (spec.commit === undefined || entry.fetching));
        this.#change(entry, TapKind.optimisticCommit, origin, () => {
          for (const applied of mine) {
            applied.result = result;
            if (held.includes(applied)) {
              applied.state = 'held';
              applied.heldAt = heldAt;
            } else if (entry.hasBase) {
              entry.base = applied.commit(entry.base);
              entry.etag = undefined;
              if (applied.failure !== undefined) failed.push({ entry, applied });
            }
          }
          entry.layers = entry.layers.filter((applied) => applied.call !== call || held.includes(applied));
        });
      }
    });
    return failed;
  }

  /** Marks what the selectors mean as stale; returns those that somebody observes, which want a refetch. */
  invalidate(selectors: readonly Selector[], origin: Origin): { entry: Entry; cause: number; reason: TapReason }[] {
    const observed = new Map<Entry, { entry: Entry; cause: number; reason: TapReason }>();
    // All first, since a predicate may throw and nothing may be half done then.
    const selected = selectors.map((selector) => ({ selector, entries: selectEntries(selector, this) }));
    batch(() => {
      for (const { selector, entries } of selected) {
        const reason: TapReason = typeof selector === 'string' ? 'tag' : 'pattern';
        const cause = this.#emit(TapKind.cacheInvalidate, origin, null, selector, entries.length);
        for (const entry of entries) {
          const stale = this.markStale(entry, { cause, reason });
          if (entry.observers > 0 && !observed.has(entry)) observed.set(entry, { entry, cause: stale, reason });
        }
      }
    });
    return [...observed.values()];
  }

  /** Returns the seq of its record, the cause of a refetch that follows. */
  markStale(entry: Entry, origin: Origin): number {
    entry.invalidated = true;
    entry.epoch++;
    entry.lastReason = origin.reason;
    const seq = this.#emit(TapKind.cacheStale, origin, entry, null, null);
    entry.changed();
    return seq;
  }

  /** The one commit point: every change of what readers see passes here, with what was before and after. */
  #change(entry: Entry, kind: number, origin: Origin, apply: () => void): number {
    const before = entry.view;
    apply();
    entry.fold();
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

  #evictOne(newest: Entry): boolean {
    for (const entry of this.#recency) {
      if (entry === newest || entry.observers > 0 || entry.fetching || entry.layers.length > 0) continue;
      this.#recency.delete(entry);
      entry.node.entries.delete(entry.key);
      this.#unindex(entry);
      entry.evicted = true;
      this.#evictions++;
      this.#emit(TapKind.cacheEvict, { cause: 0, reason: 'lru' }, entry, null, null);
      return true;
    }
    return false;
  }

  #index(entry: Entry, tags: readonly string[]): void {
    for (const tag of tags) {
      const entries = this.#tagged.get(tag);
      if (entries === undefined) this.#tagged.set(tag, new Set([entry]));
      else entries.add(entry);
    }
  }

  #unindex(entry: Entry): void {
    for (const tag of entry.tags) {
      const entries = this.#tagged.get(tag);
      entries?.delete(entry);
      if (entries?.size === 0) this.#tagged.delete(tag);
    }
  }
}

/** The server's answer already contains a mutation that it had confirmed before the request began. */
function isContained(applied: AppliedLayer, fetch: EntryFetch): boolean {
  return applied.state === 'held' && applied.heldAt < fetch.startedAt;
}
