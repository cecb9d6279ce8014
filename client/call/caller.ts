import type { TapReason } from '../../protocol/index.js';
import { CallOutcome } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { Runtime } from '../runtime.js';
import type { ClientTap } from '../tap/client-tap.js';
import type { Operation, TransportReply } from '../transport/transport.js';
import type { ActiveCall } from './active-call.js';
import type { Backend } from './backend.js';
import { type CallPlace, callError } from './call-error.js';
import { type Deadline, startDeadline } from './deadline.js';

export interface CallControl {
  readonly signal?: AbortSignal | undefined;
  /** Deadline in milliseconds; the backend's own by default. */
  readonly timeoutMs?: number | undefined;
  readonly operation?: Operation;
  readonly definitionId?: string;
  /** Validator of the cached value. */
  readonly etag?: string | undefined;
}

export type CallResult =
  | { readonly ok: true; readonly reply: TransportReply; readonly endSeq: number }
  | { readonly ok: false; readonly error: NetronError; readonly endSeq: number };

/** Takes a call from start to end: deadline, transport, and its two records on the tap. Never throws. */
export class Caller {
  readonly runtime: Runtime;
  readonly #tap: ClientTap | null;

  constructor(runtime: Runtime, tap: ClientTap | null) {
    this.runtime = runtime;
    this.#tap = tap;
  }

  start(call: ActiveCall, cause: number, reason: TapReason): void {
    if (this.#tap === null) return;
    this.#tap.readClock();
    call.seq = this.#tap.emit(TapKind.callStart, cause, reason, call, null, null);
  }

  async run(call: ActiveCall, backend: Backend, control: CallControl): Promise<CallResult> {
    const timeoutMs = control.timeoutMs ?? backend.config.timeoutMs;
    const deadline = startDeadline(this.runtime, timeoutMs, control.signal);
    try {
      const transport = await backend.transport(call);
      deadline.signal.throwIfAborted();
      const { operation = 'call', definitionId, etag } = control;
      const target = definitionId === undefined ? {} : { definitionId };
      const reply = await transport.invoke({ call, signal: deadline.signal, timeoutMs, operation, etag, ...target });
      return { ok: true, reply, endSeq: this.end(call, CallOutcome.ok, reply.value) };
    } catch (thrown) {
      const error = failureOf(thrown, call, deadline, timeoutMs);
      const outcome = error.code === 'aborted' ? CallOutcome.aborted : CallOutcome.error;
      return { ok: false, error, endSeq: this.end(call, outcome, error) };
    } finally {
      deadline.cleanup();
    }
  }

  end(call: ActiveCall, outcome: CallOutcome, value: unknown): number {
    if (this.#tap === null) return 0;
    this.#tap.readClock();
    return this.#tap.emit(TapKind.callEnd, call.seq, '', call, value, outcome);
  }
}

/** What was thrown, unless it was only the echo of the deadline or of the caller's own signal. */
export function failureOf(thrown: unknown, call: CallPlace, deadline: Deadline, timeoutMs: number): NetronError {
  if (deadline.expired()) return callError('timeout', `no answer within ${timeoutMs} ms`, call);
  if (deadline.signal.aborted) return callError('aborted', 'aborted', call);
  return isNetronError(thrown) ? thrown : callError('network', String(thrown), call, thrown);
}
