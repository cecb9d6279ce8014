import { NetronError } from '../netron-error.js';
import { type CallPlace, callError } from './call-error.js';
import type { Session } from './session.js';

/** `closed`: with the client. `left`: whoever began it has signed out. */
export type CancelReason = 'aborted' | 'timeout' | 'closed' | 'left';

/**
 * Tells whoever works on a call that nobody waits for it any more. Lighter than an `AbortController` for each call: one
 * listener, the current stage of the work, and a signal only where somebody wants one.
 */
export class Cancellation {
  cancelled: CancelReason | undefined;
  /** What the stage that is under way does about it. The next stage puts its own here. */
  onCancel: (() => void) | null = null;
  #controller: AbortController | null = null;
  #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;

  /** @throws NetronError `invalid-argument` for a `signal` that is none. */
  constructor(
    /** Time for all of the work, retries included, in milliseconds. */
    readonly timeoutMs: number,
    /** When the time is over, on the clock of the runtime. */
    readonly dueMs: number,
    signal: AbortSignal | undefined,
    /** Who began the work, where that matters. */
    readonly onBehalfOf?: object | undefined,
    /** Whose work it is. */
    readonly session?: Session | undefined,
  ) {
    if (signal === undefined) return;
    if (typeof signal?.addEventListener !== 'function') {
      throw new NetronError('invalid-argument', `option signal is ${typeof signal}, expected an AbortSignal`);
    }
    this.#signal = signal;
    if (signal.aborted) this.cancelled = 'aborted';
    else {
      this.#abort = () => this.cancel('aborted');
      signal.addEventListener('abort', this.#abort);
    }
  }

  /** For `fetch` and for middleware. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.cancelled !== undefined) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancel(why: CancelReason): void {
    if (this.cancelled !== undefined) return;
    this.cancelled = why;
    this.#controller?.abort();
    this.onCancel?.();
  }

  /** The work is done: the caller's signal is left alone from now on. */
  end(): void {
    this.onCancel = null;
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort);
    this.#signal = undefined;
  }

  /** What the caller is told. */
  error(place: CallPlace): NetronError {
    const { cancelled } = this;
    if (cancelled === 'timeout') return callError(cancelled, `no answer within ${this.timeoutMs} ms`, place);
    if (cancelled === 'closed') return callError('network', 'the client was closed', place);
    return callError('aborted', cancelled === 'left' ? 'whoever began it has signed out' : 'aborted', place);
  }

  /** Before anything is sent. @throws NetronError of {@link error} once it is cancelled, or its session is over. */
  check(place: CallPlace): void {
    if (!this.isWanted()) throw this.error(place);
  }

  /** Whether it may still be sent. Cancels it where its session is over. */
  isWanted(): boolean {
    if (this.session?.isOver) this.cancel('left');
    return this.cancelled === undefined;
  }

  /** Gives up waiting for `work` when it is cancelled; not the work itself. */
  race<T>(work: Promise<T>, place: CallPlace): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.cancelled !== undefined) reject(this.error(place));
      this.onCancel = () => reject(this.error(place));
      work.then(resolve, reject);
    });
  }
}
