import type { NetronError } from '../netron-error.js';

/**
 * The one request that fills an entry, shared by everybody who waits for it. It is aborted when the last of them has
 * gone, never before.
 */
export class EntryFetch {
  readonly #controller = new AbortController();
  #waiters = 0;
  /** Set by whoever starts the request, before anybody can wait. */
  promise: Promise<unknown> = Promise.resolve();

  constructor(
    /** The entry's epoch when the request began. */
    readonly epoch: number,
    /** The cache's tick when the request began. */
    readonly startedAt: number,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits along without ever giving up: for what must land even if nobody looks. */
  hold(): void {
    this.#waiters++;
  }

  release(): void {
    this.#waiters--;
    if (this.#waiters === 0) this.#controller.abort();
  }

  /** Waits for the request until `signal` says otherwise; `aborted` makes the error for that. */
  async wait(signal: AbortSignal | undefined, aborted: () => NetronError): Promise<unknown> {
    if (signal?.aborted) throw aborted();
    this.#waiters++;
    if (signal === undefined) return this.promise;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(aborted());
        this.release();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}
