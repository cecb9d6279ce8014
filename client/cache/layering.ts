import type { TapCall } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { CommitPoint, Origin } from './commit-point.js';
import type { Entry } from './entry.js';
import type { EntryStore } from './entry-store.js';
import { AppliedLayer, type Layer } from './layer.js';
import { transact } from './transaction.js';

/** A layer and the entry that its handle means now. */
export interface PlacedLayer {
  readonly spec: Layer<never, never>;
  readonly entry: Entry;
}

/** What is known of a mutation that the server has confirmed. */
export interface Confirmation {
  readonly result: unknown;
  /** The cache's tick at which it was. */
  readonly heldAt: number;
  /** Whether a fetch that begins after now will land on the entry. */
  readonly willRefetch: (entry: Entry) => boolean;
}

/**
 * Puts the layers of mutations on their entries, and takes them off again. All layers of one mutation go in one step. They
 * become part of the base in their order: one that is confirmed stays where it is while a layer below it does.
 */
export class Layering {
  readonly #store: EntryStore;
  readonly #point: CommitPoint;
  readonly #nowMs: () => number;
  readonly #foldedAtMs = new WeakMap<Entry, number>();

  constructor(store: EntryStore, point: CommitPoint, nowMs: () => number) {
    this.#store = store;
    this.#point = point;
    this.#nowMs = nowMs;
  }

  /** When a confirmed layer became part of the base the last time; 0 for never. */
  foldedAtMs(entry: Entry): number {
    return this.#foldedAtMs.get(entry) ?? 0;
  }

  apply(call: TapCall, layers: readonly PlacedLayer[]): AppliedLayer[] {
    return transact(() => {
      const applied = layers.map(({ spec, entry }) => {
        const each = new AppliedLayer(call, spec);
        this.set(entry, [...entry.layers, each], TapKind.optimisticApply, { cause: call.seq, reason: 'user' });
        return each;
      });
      for (const { entry } of layers) this.#store.use(entry);
      return applied;
    });
  }

  /** The mutation failed: its layers go, and those above are folded again over what is left. */
  rollback(call: TapCall, entries: readonly Entry[], origin: Origin): void {
    transact(() => {
      for (const entry of entriesWith(call, entries)) {
        const others = entry.layers.filter((applied) => applied.call !== call);
        this.set(entry, others, TapKind.optimisticRollback, origin);
        this.#settle(entry, origin);
        this.#store.use(entry);
      }
    });
  }

  /** The mutation succeeded. Returns the layers that could not be applied as they should. */
  confirm(
    call: TapCall,
    entries: readonly Entry[],
    { result, heldAt, willRefetch }: Confirmation,
    origin: Origin,
  ): { readonly entry: Entry; readonly applied: AppliedLayer }[] {
    const failed: { entry: Entry; applied: AppliedLayer }[] = [];
    transact(() => {
      for (const entry of entriesWith(call, entries)) {
        const before = entry.view;
        const mine = entry.layers.filter((applied) => applied.call === call);
        // What is in flight now may not know of this mutation: the layer has to outlive its landing.
        for (const applied of mine) {
          const isReplaced = applied.spec.commit === undefined && willRefetch(entry);
          applied.confirm(result, heldAt, entry.fetching || isReplaced);
        }
        this.#foldIn(entry);
        this.#point.commit(entry, TapKind.optimisticCommit, origin, before);
        for (const applied of mine) if (applied.failure !== undefined) failed.push({ entry, applied });
        this.#store.use(entry);
      }
    });
    return failed;
  }

  /** Returns the seq of its record. */
  set(entry: Entry, layers: readonly AppliedLayer[], kind: number, origin: Origin): number {
    const before = entry.view;
    entry.layers = layers;
    return this.#point.commit(entry, kind, origin, before);
  }

  /** No fetch will land that layers were held for. */
  foldHeld(entry: Entry, origin: Origin): void {
    for (const applied of entry.layers) applied.awaitsFetch = false;
    this.#settle(entry, origin);
  }

  /** What was waiting for layers below it may be the lowest now. */
  #settle(entry: Entry, origin: Origin): void {
    const before = entry.view;
    if (this.#foldIn(entry)) this.#point.commit(entry, TapKind.optimisticCommit, origin, before);
  }

  /**
   * Makes those that are confirmed part of the base, from the lowest one up to the first that has to stay. For good: from
   * then on the base is not what the server sent. Without a base there is nothing that they could be part of.
   */
  #foldIn(entry: Entry): boolean {
    const { layers, hasBase } = entry;
    const stays = layers.findIndex(({ state, awaitsFetch }) => state === 'pending' || awaitsFetch);
    const folded = stays < 0 ? layers : layers.slice(0, stays);
    if (folded.length === 0) return false;
    entry.layers = layers.slice(folded.length);
    if (!hasBase) return true;
    for (const applied of folded) {
      entry.base = applied.apply(entry.base, true);
      // The server's own words, as in an answer.
      if (applied.spec.commit !== undefined) entry.writes++;
    }
    // Not when its data came, which its freshness is counted from.
    this.#foldedAtMs.set(entry, this.#nowMs());
    if (entry.wire !== null) entry.wire = { ...entry.wire, etag: undefined };
    return true;
  }
}

export function entriesWith(call: TapCall, entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ layers }) => layers.some((applied) => applied.call === call));
}
