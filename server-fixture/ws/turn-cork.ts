import type { Writable } from 'node:stream';
import { MAX_CORKED_BYTES } from '../limits.js';

/**
 * Lets the small messages of one turn go to the system together: a write of its own costs more than making one. What
 * promises that are kept already still send belongs to the turn.
 */
export class TurnCork {
  readonly #transport: Writable;
  #isHeld = false;
  #heldBytes = 0;

  constructor(transport: Writable) {
    this.#transport = transport;
  }

  /** To be called before each message. */
  hold(byteLength: number): void {
    if (this.#heldBytes > MAX_CORKED_BYTES) this.release();
    if (!this.#isHeld) {
      this.#isHeld = true;
      this.#transport.cork();
      process.nextTick(this.release);
    }
    this.#heldBytes += byteLength;
  }

  /** Writes what is held back, if anything is. */
  readonly release = (): void => {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#heldBytes = 0;
    this.#transport.uncork();
  };
}
