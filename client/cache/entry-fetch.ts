import { Cancellation } from '../call/cancellation.js';

/**
 * The one request that fills an entry, shared by everybody who waits for it. It is cancelled when the last of them has
 * gone, never before.
 */
export class EntryFetch {
  #waiters = 0;
  #isForObservers = false;
  /** Set by whoever starts the request, before anybody can wait. */
  promise: Promise<unknown> = Promise.resolve();
  /** One of the same entry that began before and is in flight as well; {@link NO_FETCH} at the end. */
  older: EntryFetch = this;

  constructor(
    /** The cache's tick when the request began. */
    readonly startedAt: number,
    readonly cancellation: Cancellation,
  ) {}

  /** Waits along: until {@link release}, or for ever, for what must land even if nobody looks. */
  hold(): void {
    this.#waiters++;
  }

  /** Waits along for all who observe the entry, until the last of them leaves. */
  holdForObservers(): void {
    if (this.#isForObservers) return;
    this.#isForObservers = true;
    this.hold();
  }

  /** Nobody observes the entry any more. */
  releaseObservers(): void {
    if (!this.#isForObservers) return;
    this.#isForObservers = false;
    this.release();
  }

  release(): void {
    this.#waiters--;
    if (this.#waiters === 0) this.cancellation.cancel('aborted');
  }
}

/**
 * Where there is none. Nobody can share it, since it is given up already. It also keeps the shapes of its classes alive,
 * without which an engine throws away what it compiled for them whenever it collects garbage with nothing in flight.
 */
export const NO_FETCH = new EntryFetch(-1, new Cancellation(0, 0, undefined));
NO_FETCH.cancellation.cancel('aborted');
