import { CallOutcome, TapKind, type TapReason } from '../../protocol/index.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { Runtime } from '../runtime.js';
import type { ClientTap } from '../tap/client-tap.js';
import { callError } from '../transport/remote-error.js';
import type { StreamSink, TransportReply } from '../transport/transport.js';
import type { ActiveCall } from './active-call.js';
import type { Backend } from './backend.js';
import { startDeadline } from './deadline.js';

export interface CallControl {
  readonly signal?: AbortSignal | undefined;
  /** Deadline in milliseconds; the backend's own by default. */
  readonly timeoutMs?: number | undefined;
}

export type CallResult =
  | { readonly ok: true; readonly reply: TransportReply; readonly endSeq: number }
  | { readonly ok: false; readonly error: NetronError; readonly endSeq: number };

/** Takes a call from start to end: deadline, transport, and its two records on the tap. Never throws. */
export class Caller {
  readonly #runtime: Runtime;
  readonly #tap: ClientTap | null;

  constructor(runtime: Runtime, tap: ClientTap | null) {
    this.#runtime = runtime;
    this.#tap = tap;
  }

  start(call: ActiveCall, cause: number, reason: TapReason): void {
    if (this.#tap === null) return;
    this.#tap.readClock();
    call.seq = this.#tap.emit(TapKind.callStart, cause, reason, call, null, null);
  }

  async run(call: ActiveCall, backend: Backend, control: CallControl): Promise<CallResult> {
    const { timeoutMs, finish, signal } = this.#begin(call, backend, control);
    try {
      const transport = await backend.transport();
      const reply = await transport.invoke({ call, signal, timeoutMs });
      finish();
      return { ok: true, reply, endSeq: this.end(call, CallOutcome.ok, reply.value) };
    } catch (thrown) {
      const error = finish(thrown);
      const outcome = error.code === 'aborted' ? CallOutcome.aborted : CallOutcome.error;
      return { ok: false, error, endSeq: this.end(call, outcome, error) };
    }
  }

  /** Opens a stream; the deadline covers the opening, not the stream. */
  async openStream(
    call: ActiveCall,
    backend: Backend,
    control: CallControl,
    sink: StreamSink,
  ): Promise<{ readonly streamId: number; cancel(): void }> {
    const { timeoutMs, finish, signal } = this.#begin(call, backend, control);
    try {
      const transport = await backend.transport();
      const opened = await transport.stream({ call, signal, timeoutMs }, sink);
      finish();
      this.#tap?.emit(TapKind.streamOpen, call.seq, '', call, opened.streamId, null);
      return opened;
    } catch (thrown) {
      throw finish(thrown);
    }
  }

  end(call: ActiveCall, outcome: CallOutcome, value: unknown): number {
    if (this.#tap === null) return 0;
    this.#tap.readClock();
    return this.#tap.emit(TapKind.callEnd, call.seq, '', call, value, outcome);
  }

  #begin(call: ActiveCall, backend: Backend, control: CallControl) {
    const timeoutMs = control.timeoutMs ?? backend.config.timeoutMs;
    const deadline = startDeadline(this.#runtime, timeoutMs, control.signal);
    const finish = (thrown?: unknown): NetronError => {
      deadline.cleanup();
      if (deadline.expired()) return callError('timeout', `no answer within ${timeoutMs} ms`, call);
      if (deadline.signal.aborted) return callError('aborted', 'aborted', call);
      return isNetronError(thrown) ? thrown : callError('network', String(thrown), call, thrown);
    };
    return { timeoutMs, finish, signal: deadline.signal };
  }
}
