import type { Counters } from '../counters.js';
import { MAX_UNACKED_EVENTS } from '../limits.js';

/**
 * The events of one peer whose receipt has not come. Titan throws where nobody catches when one is missing; here it is
 * counted.
 */
export class Receipts {
  readonly #counters: Counters;
  readonly #timeoutMs: number;
  /** When each is late, in monotonic milliseconds; the first is always the earliest. */
  readonly #deadlines = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(counters: Counters, timeoutMs: number) {
    this.#counters = counters;
    this.#timeoutMs = timeoutMs;
  }

  expect(packetId: number): void {
    const [oldest] = this.#deadlines.keys();
    if (this.#deadlines.size >= MAX_UNACKED_EVENTS && oldest !== undefined) this.#miss(oldest);
    this.#deadlines.set(packetId, performance.now() + this.#timeoutMs);
    this.#timer ??= setTimeout(() => this.#sweep(), this.#timeoutMs);
  }

  arrive(packetId: number): void {
    this.#deadlines.delete(packetId);
  }

  /** Nothing more is expected of a peer that is gone. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#deadlines.clear();
  }

  #sweep(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (const [packetId, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) {
        this.#timer = setTimeout(() => this.#sweep(), Math.ceil(deadlineMs - nowMs));
        return;
      }
      this.#miss(packetId);
    }
  }

  #miss(packetId: number): void {
    this.#deadlines.delete(packetId);
    this.#counters.eventsUnacked++;
  }
}
