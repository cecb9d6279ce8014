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

/** Puts the layers of mutations on their entries, and takes them off again. All layers of one mutation go in one step. */
export class Layering {
  readonly #store: EntryStore;
  readonly #point: CommitPoint;

  constructor(store: EntryStore, point: CommitPoint) {
    this.#store = store;
    this.#point = point;
  }

  apply(call: TapCall, layers: readonly PlacedLayer[]): AppliedLayer[] {
    // What was evicted comes back after the others were used, so that it does not take the room of one of them.
    for (const isBack of [false, true]) {
      for (const { entry } of layers) if (entry.evicted === isBack) this.#store.use(entry);
    }
    return transact(() =>
      layers.map(({ spec, entry }) => {
        const applied = new AppliedLayer(call, spec);
        this.set(entry, [...entry.layers, applied], TapKind.optimisticApply, { cause: call.seq, reason: 'user' });
        return applied;
      }),
    );
  }

  /** The mutation failed: its layers go, and those above are folded again over what is left. */
  rollback(call: TapCall, entries: readonly Entry[], origin: Origin): void {
    transact(() => {
      const undone = entriesWith(call, entries).map((entry) => {
        const at = entry.layers.findIndex((applied) => applied.call === call);
        const others = entry.layers.filter((applied) => applied.call !== call);
        const seq = this.set(entry, others, TapKind.optimisticRollback, origin);
        this.#store.use(entry);
        return { entry, at, seq };
      });
      for (const { entry, at, seq } of undone) this.#point.emitRebases(entry, at, { cause: seq, reason: 'rollback' });
    });
  }

  /**
   * The mutation succeeded, at the cache's tick `heldAt`. `willRefetch` says of an entry whether a fetch that begins after
   * now will land. Returns the layers that could not be folded in as they should.
   */
  confirm(
    call: TapCall,
    entries: readonly Entry[],
    result: unknown,
    origin: Origin,
    heldAt: number,
    willRefetch: (entry: Entry) => boolean,
  ): { readonly entry: Entry; readonly applied: AppliedLayer }[] {
    const failed: { entry: Entry; applied: AppliedLayer }[] = [];
    transact(() => {
      for (const entry of entriesWith(call, entries)) {
        const before = entry.view;
        const mine = entry.layers.filter((applied) => applied.call === call);
        for (const applied of mine) applied.confirm(result, heldAt);
        // A fetch that is in flight now may not know of this mutation: the layer has to outlive its landing.
        const held = mine.filter(({ spec }) => willRefetch(entry) && (spec.commit === undefined || entry.fetching));
        const folded = mine.filter((applied) => !held.includes(applied));
        this.#foldIn(entry, folded);
        for (const applied of folded)
          if (entry.hasBase && applied.failure !== undefined) failed.push({ entry, applied });
        this.#point.commit(entry, TapKind.optimisticCommit, origin, before);
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

  /** Folds in what is held. */
  foldHeld(entry: Entry, origin: Origin): void {
    const held = entry.layers.filter(({ state }) => state === 'held');
    const before = entry.view;
    this.#foldIn(entry, held);
    this.#point.commit(entry, TapKind.cacheWrite, origin, before);
  }

  /** For good; from then on the base is not what the server sent. Without one there is nothing to fold into. */
  #foldIn(entry: Entry, layers: readonly AppliedLayer[]): void {
    entry.layers = entry.layers.filter((applied) => !layers.includes(applied));
    if (layers.length === 0 || !entry.hasBase) return;
    for (const applied of layers) entry.base = applied.commit(entry.base);
    if (entry.wire !== null) entry.wire = { ...entry.wire, etag: undefined };
  }
}

export function entriesWith(call: TapCall, entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ layers }) => layers.some((applied) => applied.call === call));
}
