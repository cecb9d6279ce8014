import { CallOutcome } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import type { ActiveCall } from '../call/active-call.js';
import type { Backend } from '../call/backend.js';
import { callError } from '../call/call-error.js';
import { type CallControl, type Caller, failureOf } from '../call/caller.js';
import { startDeadline } from '../call/deadline.js';
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
    const opening = new AbortController();
    let cancel = (): void => opening.abort();
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
    this.#caller.start(call, 0, 'user');
    if (options.signal?.aborted) stream.cancel();
    else options.signal?.addEventListener('abort', onAbort, { once: true });
    const control = { signal: opening.signal, timeoutMs: options.timeout };
    this.#open(call, backend, control, sink).then((opened) => {
      cancel = () => opened.cancel();
      if (stream.done && settled) opened.cancel();
    }, fail);
    return stream;
  }

  /** The deadline covers the opening, not the stream. */
  async #open(
    call: ActiveCall,
    backend: Backend,
    control: CallControl,
    sink: StreamSink,
  ): Promise<{ readonly streamId: number; cancel(): void }> {
    const timeoutMs = control.timeoutMs ?? backend.config.timeoutMs;
    const deadline = startDeadline(this.#caller.runtime, timeoutMs, control.signal);
    try {
      const transport = await backend.transport(call);
      deadline.signal.throwIfAborted();
      const opened = await transport.stream({ call, signal: deadline.signal, timeoutMs }, sink);
      this.#tap?.emit(TapKind.streamOpen, call.seq, '', call, opened.streamId, null);
      return opened;
    } catch (thrown) {
      throw failureOf(thrown, call, deadline, timeoutMs);
    } finally {
      deadline.cleanup();
    }
  }
}
