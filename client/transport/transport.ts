import type { TapCall } from '../../protocol/index.js';

export interface TransportRequest {
  readonly call: TapCall;
  /** Aborts at the deadline or when nobody waits any more; the transport must settle at once then. */
  readonly signal: AbortSignal;
  /** What is left of the deadline, for servers that enforce one. */
  readonly timeoutMs: number;
}

export interface TransportReply {
  readonly value: unknown;
  /** Bytes of the answer on the wire. */
  readonly sizeBytes: number;
}

/** Notes what crosses the wire, at the moment it does. */
export interface WireLog {
  sent(call: TapCall, sizeBytes: number, label: string): void;
  received(call: TapCall, sizeBytes: number, label: string): void;
}

/** Receives the chunks of one stream, in order, and at most one of `end` and `fail` after them. */
export interface StreamSink {
  chunk(value: unknown, sizeBytes: number): void;
  end(): void;
  fail(error: unknown): void;
}

export interface Transport {
  readonly via: TapCall['via'];
  /** Rejects with a {@link NetronError}, or with anything when `signal` aborted. */
  invoke(request: TransportRequest): Promise<TransportReply>;
  /** Resolves when the server has accepted the call; the result stops it. Rejects where the wire has no streams. */
  stream(request: TransportRequest, sink: StreamSink): Promise<{ readonly streamId: number; cancel(): void }>;
  close(): void;
}
