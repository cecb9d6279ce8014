import type { CallPlace } from '../call/call-error.js';
import { callError } from '../call/call-error.js';
import type { Cancellation } from '../call/cancellation.js';
import { assertField, wholeFrom } from '../option-fields.js';
import { MAX_QUEUED_CALLS } from '../resilience-limits.js';

export type Priority = 'high' | 'normal' | 'low';

const ORDER: readonly Priority[] = ['high', 'normal', 'low'];
const COUNT = wholeFrom(1, Number.MAX_SAFE_INTEGER);

/** Lets so many calls go at a time; of those that wait, the highest priority first, and in each the oldest. */
export class CallQueue {
  readonly #maxConcurrent: number;
  readonly #lines: Readonly<Record<Priority, Set<() => void>>> = { high: new Set(), normal: new Set(), low: new Set() };
  #running = 0;
  #refused = 0;

  /** @throws NetronError `invalid-config` for what is no count. */
  constructor(maxConcurrent: unknown, option: string) {
    assertField(option, maxConcurrent, COUNT);
    this.#maxConcurrent = maxConcurrent as number;
  }

  /** Calls that were turned away because too many waited. */
  get refused(): number {
    return this.#refused;
  }

  get waiting(): number {
    return ORDER.reduce((sum, priority) => sum + this.#lines[priority].size, 0);
  }

  /**
   * Resolves when the call may go; {@link leave} must follow.
   *
   * @throws NetronError `aborted` or `timeout` once it is cancelled, `unavailable` when 10,000 calls wait already; then
   * {@link leave} must not follow.
   */
  enter(priority: Priority, cancellation: Cancellation, call: CallPlace): Promise<void> {
    if (cancellation.cancelled !== undefined) return Promise.reject(cancellation.error(call));
    if (this.#running < this.#maxConcurrent) {
      this.#running++;
      return Promise.resolve();
    }
    if (this.waiting >= MAX_QUEUED_CALLS) {
      this.#refused++;
      return Promise.reject(callError('unavailable', `${MAX_QUEUED_CALLS} calls wait for this backend already`, call));
    }
    const line = this.#lines[priority];
    return new Promise((resolve, reject) => {
      const go = (): void => {
        line.delete(go);
        this.#running++;
        resolve();
      };
      line.add(go);
      cancellation.onCancel = () => {
        if (line.delete(go)) reject(cancellation.error(call));
      };
    });
  }

  leave(): void {
    this.#running--;
    for (const priority of ORDER) {
      const [next] = this.#lines[priority];
      if (next !== undefined) return next();
    }
  }
}
