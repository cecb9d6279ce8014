import type { Runtime } from './runtime.js';

const END_OF_TURN = Promise.resolve();

/**
 * The runtime's clock, read at most once per turn of the event loop where a coarse time will do: a read costs more than
 * everything else that a record of the tap does (PERFORMANCE §5).
 */
export class TurnClock {
  #nowMs = 0;
  #nowUs = 0;
  #fresh = false;
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #expire = (): void => {
    this.#fresh = false;
  };

  constructor(runtime: Pick<Runtime, 'now'>) {
    this.#runtime = runtime;
  }

  /** Milliseconds, of this turn. */
  now(): number {
    return this.#fresh ? this.#nowMs : this.read();
  }

  /** Whole microseconds, of this turn. */
  nowUs(): number {
    if (!this.#fresh) this.read();
    return this.#nowUs;
  }

  /** Milliseconds, now: for the edges of the network. */
  read(): number {
    this.#nowMs = this.#runtime.now();
    this.#nowUs = Math.round(this.#nowMs * 1_000);
    if (!this.#fresh) {
      this.#fresh = true;
      // Cheaper than queueMicrotask, which Node wraps.
      END_OF_TURN.then(this.#expire);
    }
    return this.#nowMs;
  }
}
