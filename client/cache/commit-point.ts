import type { TapReason } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import type { Entry } from './entry.js';

/** Why a change happened and what caused it: a seq of the tap, or 0. */
export interface Origin {
  readonly cause: number;
  readonly reason: TapReason;
}

/** Every change of what readers see ends here. */
export class CommitPoint {
  readonly #tap: TapRecorder | null;

  constructor(tap: TapRecorder | null) {
    this.#tap = tap;
  }

  /**
   * Folds, tells the tap what was before and after, why, and by what, which layers that ran again, and tells the observers.
   * Returns the record's seq.
   */
  commit(entry: Entry, kind: number, origin: Origin, before: unknown): number {
    if (entry.layers.length > 0) entry.fold();
    entry.lastReason = origin.reason;
    const seq = this.emit(kind, origin, entry, before, entry.view);
    const reason = kind === TapKind.optimisticRollback ? 'rollback' : origin.reason;
    if (entry.layers.length > 0)
      for (const { isRebased, call, after } of entry.layers) {
        if (isRebased) this.emit(TapKind.optimisticRebase, { cause: seq, reason }, entry, call, after);
      }
    entry.changed();
    return seq;
  }

  emit(kind: number, origin: Origin, entry: Entry | null, a: unknown, b: unknown): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, origin.cause, origin.reason, entry, a, b);
  }
}
