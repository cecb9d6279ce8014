import { CALLS_PER_RETRY, RETRY_RESERVE } from '../resilience-limits.js';
import type { RetryDecision } from './retry-decision.js';

/** In calls and not in retries, so that the sums are of whole numbers and stay exact. */
const FULL = RETRY_RESERVE * CALLS_PER_RETRY;

/**
 * Keeps the retries to one backend within a fifth of its calls, so that retrying does not keep down a server that is on
 * its knees. It starts full, or the first calls of a page could not be retried; that start is lent, and the first 50 calls
 * pay it back. At any time: retries ≤ max(10, calls / 5).
 */
export class RetryBudget {
  #credit = FULL;
  #debt = FULL;
  #refused = 0;

  /** Whether one more retry is paid for. */
  get allows(): boolean {
    return this.#credit >= CALLS_PER_RETRY;
  }

  /** Retries that were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Once per call, at its first attempt. */
  deposit(): void {
    if (this.#debt > 0) this.#debt--;
    else if (this.#credit < FULL) this.#credit++;
  }

  /** Takes what a decision costs. In the same turn as {@link allows} was read for it. */
  settle(decision: RetryDecision): void {
    if (decision.kind === 'retry') this.#credit -= CALLS_PER_RETRY;
    else if (decision.why === 'budget') this.#refused++;
  }
}
