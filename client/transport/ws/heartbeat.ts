import type { Deadlines } from '../../call/deadlines.js';
import { PING_AFTER_MS, PONG_WITHIN_MS } from '../../limits.js';

/** Notices a connection that died without a word: one that is idle but answers is only asked, and given time. */
export class Heartbeat {
  readonly #deadlines: Deadlines;
  readonly #onSilence: () => void;
  readonly #onDeath: () => void;
  #timer: unknown;
  /** Until then nothing need come. */
  #dueMs = 0;
  /** A PING was sent that nothing has followed yet. */
  #pinged = false;

  constructor(deadlines: Deadlines, onSilence: () => void, onDeath: () => void) {
    this.#deadlines = deadlines;
    this.#onSilence = onSilence;
    this.#onDeath = onDeath;
  }

  start(): void {
    this.heard();
    this.#wait(PING_AFTER_MS);
  }

  stop(): void {
    this.#deadlines.runtime.clearTimeout(this.#timer);
  }

  /** Anything at all came. */
  heard(): void {
    this.#dueMs = this.#deadlines.clock.now() + PING_AFTER_MS;
    this.#pinged = false;
  }

  #wait(delayMs: number): void {
    this.#timer = this.#deadlines.runtime.setTimeout(this.#check, delayMs);
  }

  readonly #check = (): void => {
    const nowMs = this.#deadlines.clock.read();
    if (nowMs < this.#dueMs) return this.#wait(this.#dueMs - nowMs);
    if (this.#pinged) return this.#onDeath();
    this.#pinged = true;
    // Counted from here and not from the silence: a computer that slept may be hours late.
    this.#dueMs = nowMs + PONG_WITHIN_MS;
    this.#wait(PONG_WITHIN_MS);
    this.#onSilence();
  };
}
