import type { TapReason } from '../../protocol/index.js';
import { CallOutcome } from '../../protocol/tap/tap.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import { type RequestOptions, wantsPipeline } from '../request-options.js';
import type { TapRecorder } from '../tap/tap-recorder.js';
import type { Operation, TransportReply } from '../transport/transport.js';
import type { ActiveCall } from './active-call.js';
import type { Backend } from './backend.js';
import { type CallPlace, callError } from './call-error.js';
import type { Cancellation } from './cancellation.js';
import type { Deadlines } from './deadlines.js';
import { messageOf } from './message-of.js';

export interface CallControl {
  /** What only a socket has, where it is not a call of a service by its name. */
  readonly operation?: Operation | undefined;
  readonly definitionId?: string | undefined;
  /** Validator of the cached value. */
  readonly etag?: string | undefined;
  readonly request?: RequestOptions | undefined;
}

export type CallResult =
  | { readonly ok: true; readonly reply: TransportReply; readonly endSeq: number }
  | { readonly ok: false; readonly error: NetronError; readonly endSeq: number };

const NO_OPTIONS: RequestOptions = {};
const NO_CONTROL: CallControl = {};

/** Takes a call from start to end: deadline, transport, and its two records on the tap. Never throws. */
export class Caller {
  readonly deadlines: Deadlines;
  readonly #tap: TapRecorder | null;

  constructor(deadlines: Deadlines, tap: TapRecorder | null) {
    this.deadlines = deadlines;
    this.#tap = tap;
  }

  start(call: ActiveCall, cause: number, reason: TapReason): void {
    if (this.#tap === null) return;
    this.#tap.readClock();
    call.seq = this.#tap.emit(TapKind.callStart, cause, reason, call, null, null);
  }

  /** The cancellation is ended with the call. */
  async run(
    call: ActiveCall,
    backend: Backend,
    cancellation: Cancellation,
    { operation, definitionId, etag, request = NO_OPTIONS }: CallControl = NO_CONTROL,
  ): Promise<CallResult> {
    const isPiped = backend.isPiped || wantsPipeline(request);
    try {
      const transport =
        operation === undefined
          ? (backend.opened ?? (await cancellation.race(backend.transport(call), call)))
          : await cancellation.race(backend.socket(call), call);
      cancellation.check(call);
      const sent = { call, cancellation, operation, definitionId, etag };
      let reply: TransportReply;
      if (isPiped) reply = await (await cancellation.race(backend.pipeline(), call)).run(sent, request, transport);
      else reply = await transport.invoke(sent);
      return { ok: true, reply, endSeq: this.end(call, CallOutcome.ok, reply.value) };
    } catch (thrown) {
      const error = failureOf(thrown, call, cancellation);
      if (!isPiped && error.code === 'remote') call.doubts--;
      const outcome = error.code === 'aborted' ? CallOutcome.aborted : CallOutcome.error;
      return { ok: false, error, endSeq: this.end(call, outcome, error) };
    } finally {
      this.deadlines.end(cancellation);
    }
  }

  end(call: ActiveCall, outcome: CallOutcome, value: unknown): number {
    if (this.#tap === null) return 0;
    this.#tap.readClock();
    return this.#tap.emit(TapKind.callEnd, call.seq, '', call, value, outcome);
  }
}

/** What was thrown, unless it was only the echo of the deadline or of the caller's own signal. */
export function failureOf(thrown: unknown, call: CallPlace, cancellation: Cancellation): NetronError {
  if (cancellation.cancelled !== undefined) return cancellation.error(call);
  return isNetronError(thrown) ? thrown : callError('network', messageOf(thrown), call, thrown);
}
