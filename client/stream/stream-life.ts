import { CallOutcome } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { TapReason } from '../../protocol/tap/tap-reason.js';
import type { ActiveCall } from '../call/active-call.js';
import type { Backend } from '../call/backend.js';
import { callError } from '../call/call-error.js';
import { type Caller, failureOf } from '../call/caller.js';
import type { Cancellation } from '../call/cancellation.js';
import { messageOf } from '../call/message-of.js';
import type { Session } from '../call/session.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import type { StreamSink } from '../transport/transport.js';
import { backoffMs } from '../transport/ws/backoff.js';
import { isSource } from '../transport/ws/source.js';
import { ChunkQueue } from './chunk-queue.js';
import type { StreamOptions, StreamReconnect } from './stream-options.js';

/** From the opening of a stream to its end, over one connection or several, and what the tap is told of it. */
export class StreamLife<T> implements StreamSink {
  readonly queue: ChunkQueue<T>;
  readonly #call: ActiveCall;
  readonly #backend: Backend;
  readonly #options: StreamOptions;
  readonly #caller: Caller;
  readonly #tap: TapRecorder | null;
  /** Gives up what is under way: the opening, the open stream, or the pause before the next one. */
  #giveUp = (): void => undefined;
  /** Whoever is signed in when it begins: it is not opened again as somebody else. */
  readonly #session: Session;
  #isSettled = false;
  /** Counts openings and losses: what belongs to an earlier one is over. */
  #era = 0;
  #received = 0;
  #last: T | undefined;
  /** Losses since the last chunk. */
  #losses = 0;
  readonly #onAbort = (): void => this.queue.cancel();

  constructor(
    call: ActiveCall,
    backend: Backend,
    options: StreamOptions,
    caller: Caller,
    tap: TapRecorder | null,
    session: Session,
  ) {
    this.#call = call;
    this.#backend = backend;
    this.#session = session;
    this.#options = options;
    this.#caller = caller;
    this.#tap = tap;
    this.queue = new ChunkQueue<T>(
      options.buffer ?? {},
      () => callError('overflow', 'the reader is slower than the stream, and its buffer is full', call),
      () => {
        this.#settle(CallOutcome.aborted, callError('aborted', 'cancelled by the reader', call));
        this.#giveUp();
      },
    );
  }

  start(): void {
    const { signal, reason = 'user' } = this.#options;
    this.#caller.start(this.#call, 0, reason);
    if (signal?.aborted) return this.queue.cancel();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#begin(this.#call.args);
  }

  chunk(value: unknown, sizeBytes: number): void {
    this.#received++;
    this.#losses = 0;
    this.#last = value as T;
    this.#tap?.readClock();
    this.#tell(TapKind.streamChunk, value, sizeBytes);
    this.queue.push(value as T);
  }

  end(): void {
    this.queue.end();
    this.#settle(CallOutcome.ok, null);
  }

  fail(thrown: unknown): void {
    const error = isNetronError(thrown) ? thrown : callError('protocol', messageOf(thrown), this.#call, thrown);
    if (this.#isSettled || !this.#opensAgain(error)) this.#fail(error);
  }

  /** The deadline covers the opening, not the stream, nor what middleware waits for once it is open. */
  #begin(args: readonly unknown[]): void {
    const era = ++this.#era;
    const { deadlines } = this.#caller;
    const { timeout = this.#backend.defaults.timeout } = this.#options;
    const opening = deadlines.start(timeout, undefined, this.#session);
    this.#giveUp = () => opening.cancel('aborted');
    this.#open(args, opening)
      .then(
        (opened) => {
          if (era === this.#era) this.#giveUp = () => opened.cancel();
          this.#tell(TapKind.streamOpen, opened.streamId);
          if (this.#isSettled) opened.cancel();
        },
        (error) => {
          if (era === this.#era) this.fail(failureOf(error, this.#call, opening));
        },
      )
      .finally(() => deadlines.end(opening));
  }

  async #open(args: readonly unknown[], cancellation: Cancellation) {
    const call = this.#call;
    const transport = await cancellation.race(this.#backend.socket(call), call);
    const open = async (own: readonly unknown[]) => {
      const opened = await transport.stream({ call, cancellation, args: own }, this);
      this.#caller.deadlines.end(cancellation);
      return opened;
    };
    if (!this.#backend.isPiped) return open(args);
    return (await this.#backend.pipeline()).open({ call, cancellation, args }, open);
  }

  /** False where that is not asked for, would not help, or was tried often enough. */
  #opensAgain(error: NetronError): boolean {
    const { reconnect = false } = this.#options;
    const { attempts, resume }: StreamReconnect = Object(reconnect);
    const { args } = this.#call;
    const { link, isClosed } = this.#backend;
    const { deadlines } = this.#caller;
    const { code, retryAfterMs = 0 } = error;
    const isAway =
      code === 'network' ||
      // The time may be over while it is still tried to connect.
      (code === 'timeout' && link.peek() !== 'open') ||
      // What was lost before has opened the circuit breaker, or has filled the queue of the connection.
      (code === 'unavailable' && this.#losses > 0);
    if (reconnect === false || !isAway || isClosed || this.#session.isOver) return false;
    if (attempts !== undefined && this.#losses >= attempts) return false;
    if (resume === undefined && args.some(isSource)) return false;
    this.#era++;
    // Middleware may still wait for something.
    this.#giveUp();
    const { runtime } = deadlines;
    const delayMs = retryAfterMs + backoffMs(this.#losses++, runtime.random());
    this.#tell(TapKind.callAttempt, error, delayMs, 'reconnect');
    const pause = deadlines.start(Number.POSITIVE_INFINITY, undefined, this.#session);
    const timer = runtime.setTimeout(() => {
      this.#giveUp();
      try {
        this.#begin(resume?.(this.#last, this.#received) ?? args);
      } catch (thrown) {
        const reason = `option reconnect.resume threw: ${messageOf(thrown)}`;
        this.#fail(callError('invalid-argument', reason, this.#call, thrown));
      }
    }, delayMs);
    pause.onCancel = () => {
      this.#giveUp();
      this.#fail(pause.error(this.#call));
    };
    this.#giveUp = () => {
      runtime.clearTimeout(timer);
      deadlines.end(pause);
    };
    return true;
  }

  #tell(kind: number, a: unknown, b: unknown = null, reason: TapReason = ''): void {
    this.#tap?.emit(kind, this.#call.seq, reason, this.#call, a, b);
  }

  #fail(error: NetronError): void {
    this.queue.fail(error);
    this.#settle(error.code === 'aborted' ? CallOutcome.aborted : CallOutcome.error, error);
  }

  #settle(outcome: CallOutcome, value: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#tell(TapKind.streamEnd, value);
    this.#caller.end(this.#call, outcome, value);
  }
}
