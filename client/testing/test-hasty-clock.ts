import { WebSocket } from 'ws';
import { browserRuntime, type Runtime, type WebSocketLike } from '../runtime.js';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

const TICK_MS = 1;
/** A process that was kept waiting has not worked: no more of that counts, or whatever it waits for would be late at once. */
const LONGEST_TICK_MS = 10;

/** The real network under a clock that runs faster than ours: timeouts and pauses stay in proportion, and are short. */
export class HastyClock {
  readonly #haste: number;
  readonly #timers = new Map<number, Timer>();
  readonly #ticks: NodeJS.Timeout;
  #nowMs = 0;
  #tickedMs = performance.now();
  #lastTimer = 0;

  constructor(haste: number) {
    this.#haste = haste;
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#ticks);
  }

  runtime(random: () => number): Runtime {
    return {
      now: () => this.#nowMs,
      random,
      setTimeout: (run, delayMs) => {
        this.#timers.set(++this.#lastTimer, { dueMs: this.#nowMs + delayMs, run });
        return this.#lastTimer;
      },
      clearTimeout: (timer) => this.#timers.delete(timer as number),
      fetch: browserRuntime().fetch,
      openWebSocket: (url) => new WebSocket(url, { perMessageDeflate: false }) as unknown as WebSocketLike,
    };
  }

  #tick(): void {
    const ms = performance.now();
    this.#nowMs += Math.min(ms - this.#tickedMs, LONGEST_TICK_MS) * this.#haste;
    this.#tickedMs = ms;
    for (const [id, { dueMs, run }] of [...this.#timers]) {
      if (dueMs <= this.#nowMs && this.#timers.delete(id)) run();
    }
  }
}
