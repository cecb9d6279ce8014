import { MAX_TIMER_MS } from '../limits.js';
import type { FieldCheck } from '../option-fields.js';
import type { Runtime } from '../runtime.js';
import type { TurnClock } from '../turn-clock.js';
import { Cancellation } from './cancellation.js';
import type { Session } from './session.js';

/** Of the option `timeout`. */
export const TIMEOUT: FieldCheck = (value) => (typeof value === 'number' && value > 0 ? '' : 'milliseconds above 0');

/** Calls of one timeout, in order of their start, which is the order in which their time is over. */
interface Queue {
  readonly timeoutMs: number;
  readonly calls: Set<Cancellation>;
  timer: unknown;
}

/**
 * The deadlines of all calls: one timer for each timeout that is in use, not one for each call. All that is under way is
 * known here, so it ends with the client as well.
 */
export class Deadlines {
  readonly #queues = new Map<number, Queue>();
  #isClosed = false;
  /** Who is calling an app's function right now, and is to be known by the calls that it makes in it. */
  onBehalfOf: object | undefined;

  constructor(
    readonly runtime: Runtime,
    readonly clock: TurnClock,
  ) {}

  /**
   * `end` must be called when the work is done. `Infinity` is no deadline. What is begun after {@link close} is cancelled
   * already.
   *
   * @throws NetronError `invalid-argument` for a `signal` that is none.
   */
  start(timeoutMs: number, signal?: AbortSignal, session?: Session): Cancellation {
    const cancellation = new Cancellation(timeoutMs, this.clock.now() + timeoutMs, signal, this.onBehalfOf, session);
    if (this.#isClosed) cancellation.cancel('closed');
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) {
      queue = { timeoutMs, calls: new Set(), timer: undefined };
      this.#queues.set(timeoutMs, queue);
    }
    queue.calls.add(cancellation);
    if (queue.timer === undefined && timeoutMs < Number.POSITIVE_INFINITY) this.#arm(queue, timeoutMs);
    return cancellation;
  }

  end(cancellation: Cancellation): void {
    cancellation.end();
    const queue = this.#queues.get(cancellation.timeoutMs);
    if (queue?.calls.delete(cancellation) && queue.calls.size === 0) this.#drop(queue);
  }

  /** Cancels all that is under way. */
  close(): void {
    this.#isClosed = true;
    for (const { calls } of this.#queues.values()) {
      for (const cancellation of calls) cancellation.cancel('closed');
    }
  }

  #arm(queue: Queue, delayMs: number): void {
    queue.timer = this.runtime.setTimeout(() => this.#expire(queue), Math.min(delayMs, MAX_TIMER_MS));
  }

  #drop(queue: Queue): void {
    this.runtime.clearTimeout(queue.timer);
    // What a cancelled call did at once may have ended this queue already, and begun another.
    if (this.#queues.get(queue.timeoutMs) === queue) this.#queues.delete(queue.timeoutMs);
  }

  #expire(queue: Queue): void {
    const nowMs = this.clock.read();
    for (const cancellation of queue.calls) {
      if (cancellation.dueMs > nowMs) return this.#arm(queue, cancellation.dueMs - nowMs);
      queue.calls.delete(cancellation);
      cancellation.cancel('timeout');
    }
    this.#drop(queue);
  }
}
