import type { EvalOutcome, Evaluator } from './evaluator.js';
import { BUSY_AFTER_MS } from './limits.js';

interface Waiting {
  readonly expression: () => string;
  settle(outcome: EvalOutcome): void;
}

/**
 * One eval in flight, ever (BRIDGE §6.3). What the user asks for goes before the next drain. A late answer is still an
 * answer; only a navigation lets go of one.
 */
export class SingleFlight {
  readonly #evaluator: Evaluator;
  readonly #onBusy: (busy: boolean) => void;
  #queue: Waiting[] = [];
  #current: Waiting | undefined;
  #busyTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(evaluator: Evaluator, onBusy: (busy: boolean) => void) {
    this.#evaluator = evaluator;
    this.#onBusy = onBusy;
  }

  get idle(): boolean {
    return this.#current === undefined;
  }

  /** The expression is made when its turn comes, with the cursor of that moment. */
  run(expression: () => string): Promise<EvalOutcome> {
    return new Promise((settle) => {
      this.#queue.push({ expression, settle });
      this.#next();
    });
  }

  /** The document was replaced: what was asked of the old one is not coming, or too late. */
  abandon(): void {
    const abandoned = this.#current;
    this.#current = undefined;
    this.#settleBusy();
    abandoned?.settle({ kind: 'retry', message: 'navigated' });
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    this.#current = waiting;
    this.#busyTimer = setTimeout(() => this.#onBusy(true), BUSY_AFTER_MS);
    this.#evaluator.evaluate(waiting.expression()).then((outcome) => {
      if (this.#current !== waiting) return;
      this.#current = undefined;
      this.#settleBusy();
      waiting.settle(outcome);
      this.#next();
    });
  }

  #settleBusy(): void {
    clearTimeout(this.#busyTimer);
    this.#onBusy(false);
  }
}
