import { type ReadonlySignal, type Signal, signal } from '@preact/signals';

/** The page's clock as the panel knows it: what the last drain said, and the time since. */
export class PageClock {
  readonly #seconds: Signal<number> = signal(0);
  #offsetMs = 0;

  /** Milliseconds since the page's time origin. Subscribes to nothing. */
  nowMs(): number {
    return performance.now() + this.#offsetMs;
  }

  /** Changes a few times a second, for ages and countdowns. */
  get tick(): ReadonlySignal<number> {
    return this.#seconds;
  }

  set(pageNowMs: number): void {
    this.#offsetMs = pageNowMs - performance.now();
  }

  start(everyMs: number): void {
    setInterval(() => {
      this.#seconds.value++;
    }, everyMs);
  }
}
