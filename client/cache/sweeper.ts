import { MAX_TIMER_MS } from '../limits.js';
import type { Runtime } from '../runtime.js';

/** Calls `sweep` again and again, as long as that says that there is something left. */
export class Sweeper {
  readonly #runtime: Runtime;
  readonly #everyMs: number;
  readonly #sweep: () => boolean;
  #timer: unknown;
  #closed = false;

  constructor(runtime: Runtime, everyMs: number, sweep: () => boolean) {
    this.#runtime = runtime;
    this.#everyMs = everyMs;
    this.#sweep = sweep;
  }

  start(): void {
    if (this.#timer !== undefined || this.#closed || this.#everyMs > MAX_TIMER_MS) return;
    const run = (): void => {
      this.#timer = undefined;
      if (this.#sweep()) this.start();
    };
    this.#timer = this.#runtime.setTimeout(run, this.#everyMs, true);
  }

  close(): void {
    this.#closed = true;
    this.#runtime.clearTimeout(this.#timer);
  }
}
