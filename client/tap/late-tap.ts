import type { TapReason, TapRegistry, TapRow } from '../../protocol/index.js';
import type { ClientParts } from '../client-parts.js';
import type { TurnClock } from '../turn-clock.js';
import type { ClientTap, TapOptions } from './client-tap.js';
import type { TapRecorder } from './tap-recorder.js';

/**
 * Stands in for a tap that is still to be loaded, and hands over what happened until then. For builds that leave the tap
 * out, in which somebody asks for it all the same.
 */
export class LateTap implements TapRecorder {
  readonly #registry: TapRegistry;
  readonly #turn: TurnClock;
  #tap: ClientTap | undefined;
  readonly #capacity: number;
  /** Null once nobody waits for them. */
  #rows: TapRow[] | null = [];
  /** Of the oldest, where there were more than the ring will hold. */
  #lost = 0;

  constructor(options: TapOptions, registry: TapRegistry, turn: TurnClock, parts: ClientParts) {
    this.#registry = registry;
    this.#turn = turn;
    this.#capacity = options.ringCapacity;
    import('./loaded-tap.js')
      .then(({ ClientTap, controlOf }) => {
        const rows = this.#rows;
        this.#rows = null;
        if (rows !== null) this.#tap = new ClientTap(options, registry, turn, controlOf(parts), rows, this.#lost);
      })
      // Without it the app goes on as if there were none.
      .catch(() => this.dispose());
  }

  emit(kind: number, cause: number, reason: TapReason, ref: unknown, a: unknown, b: unknown): number {
    if (this.#tap !== undefined) return this.#tap.emit(kind, cause, reason, ref, a, b);
    const seq = this.#registry.clock.seq++;
    const rows = this.#rows;
    if (rows !== null && rows.push([seq, kind, this.#turn.nowUs(), cause, reason, ref, a, b]) > this.#capacity) {
      rows.shift();
      this.#lost++;
    }
    return seq;
  }

  readClock(): void {
    this.#turn.read();
  }

  takeEntryId(): number {
    return this.#registry.clock.entryId++;
  }

  dispose(): void {
    this.#rows = null;
    this.#tap?.dispose();
  }
}
