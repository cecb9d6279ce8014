import type { TapReason } from '../../protocol/index.js';
import { CallOutcome } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { ActiveCall } from '../call/active-call.js';
import type { Backend } from '../call/backend.js';
import { callError } from '../call/call-error.js';
import { type Caller, failureOf } from '../call/caller.js';
import type { Cancellation } from '../call/cancellation.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { ClientTap } from '../tap/client-tap.js';
import type { StreamSink } from '../transport/transport.js';
import { assertBuffer } from './assert-buffer.js';
import { ChunkQueue } from './chunk-queue.js';
import type { StreamBuffer } from './netron-stream.js';

export interface StreamOptions {
  readonly buffer?: StreamBuffer;
  /** Time in milliseconds to open it. Default: the backend's `timeout`. The open stream has no deadline. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** What the tap says about why. Default `user`. @internal */
  readonly reason?: TapReason;
}

/** Opens streams and records their lives on the tap. */
export class Streams {
  readonly #caller: Caller;
  readonly #tap: ClientTap | null;

  constructor(caller: Caller, tap: ClientTap | null) {
    this.#caller = caller;
    this.#tap = tap;
  }

  open<T>(call: ActiveCall, backend: Backend, options: StreamOptions): ChunkQueue<T> {
    assertBuffer(options.buffer ?? {}, call);
    const { deadlines } = this.#caller;
    const opening = deadlines.start(options.timeout ?? backend.defaults.timeout);
    let cancel = (): void => opening.cancel('aborted');
    let settled = false;
    const settle = (outcome: CallOutcome, value: unknown): void => {
      if (settled) return;
      settled = true;
      options.signal?.removeEventListener('abort', onAbort);
      this.#tap?.emit(TapKind.streamEnd, call.seq, '', call, value, null);
      this.#caller.end(call, outcome, value);
    };
    const stream = new ChunkQueue<T>(
      options.buffer ?? {},
      () => callError('overflow', 'the reader is slower than the stream, and its buffer is full', call),
      () => {
        settle(CallOutcome.aborted, callError('aborted', 'cancelled by the reader', call));
        cancel();
      },
    );
    const onAbort = (): void => stream.cancel();
    const fail = (error: NetronError): void => {
      stream.fail(error);
      settle(error.code === 'aborted' ? CallOutcome.aborted : CallOutcome.error, error);
    };
    const sink = {
      chunk: (value: unknown, sizeBytes: number): void => {
        this.#tap?.readClock();
        this.#tap?.emit(TapKind.streamChunk, call.seq, '', call, value, sizeBytes);
        stream.push(value as T);
      },
      end: (): void => {
        stream.end();
        settle(CallOutcome.ok, null);
      },
      fail: (error: unknown): void =>
        fail(isNetronError(error) ? error : callError('protocol', String(error), call, error)),
    };
    this.#caller.start(call, 0, options.reason ?? 'user');
    if (options.signal?.aborted) stream.cancel();
    else options.signal?.addEventListener('abort', onAbort, { once: true });
    this.#open(call, backend, opening, sink).then((opened) => {
      cancel = () => opened.cancel();
      if (stream.done && settled) opened.cancel();
    }, fail);
    return stream;
  }

  /** The deadline covers the opening, not the stream. */
  async #open(
    call: ActiveCall,
    backend: Backend,
    cancellation: Cancellation,
    sink: StreamSink,
  ): Promise<{ readonly streamId: number; cancel(): void }> {
    try {
      const transport = await cancellation.race(backend.socket(call), call);
      const request = { call, cancellation };
      const opened = backend.isPiped
        ? await (await backend.pipeline()).open(request, (args) => transport.stream({ ...request, args }, sink))
        : await transport.stream(request, sink);
      this.#tap?.emit(TapKind.streamOpen, call.seq, '', call, opened.streamId, null);
      return opened;
    } catch (thrown) {
      throw failureOf(thrown, call, cancellation);
    } finally {
      this.#caller.deadlines.end(cancellation);
    }
  }
}
