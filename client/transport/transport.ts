import type { CacheHints, TapCall } from '../../protocol/index.js';
import type { ActiveCall } from '../call/active-call.js';
import type { Cancellation } from '../call/cancellation.js';
import type { EventHandler } from './ws/subscriptions.js';

/** What is asked of a service: a method, a property, or, of the server itself, a task. */
export type Operation = 'call' | 'get' | 'set' | 'task';

export interface TransportRequest {
  readonly call: ActiveCall;
  /** In place of the call's own: what middleware made of them. */
  readonly args?: readonly unknown[] | undefined;
  /** Cancelled at the deadline or when nobody waits any more; the transport must settle at once then. */
  readonly cancellation: Cancellation;
  /** Default `call`. */
  readonly operation?: Operation | undefined;
  /** A service that is known by its definition alone, not by a name. */
  readonly definitionId?: string | undefined;
  /** The validator of what is cached; the answer may then be "not modified". */
  readonly etag?: string | undefined;
  /** Over HTTP, besides the transport's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface TransportReply {
  readonly value: unknown;
  /** Bytes of the answer on the wire. */
  readonly sizeBytes: number;
  /** What was cached is still right; there is no `value`. */
  readonly notModified?: boolean;
  readonly etag?: string | undefined;
  /** How long and under which tags the server would have it cached. */
  readonly hints?: CacheHints | undefined;
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
  /** Rejects with a {@link NetronError}, or with anything once the call is cancelled. */
  invoke(request: TransportRequest): Promise<TransportReply>;
  /** Resolves when the server has accepted the call; the result stops it. Rejects where the wire has no streams. */
  stream(request: TransportRequest, sink: StreamSink): Promise<{ readonly streamId: number; cancel(): void }>;
  close(): void;

  /** HTTP alone: one request to another path. */
  readonly post?: (path: string, value: unknown, place: CallPlace) => Promise<{ status: number; body: unknown }>;

  /** What only a connection can do; absent over HTTP. */
  authenticate?(credentials: unknown, cancellation: Cancellation): Promise<unknown>;
  connect?(place: CallPlace): Promise<() => void>;
  ping?(place: CallPlace): Promise<number>;
  /**
   * Ends the connection that is open, as if it had been lost: the next one asks for the token again. Nothing where none
   * is open.
   */
  drop?(reason: string): void;
  subscribe?(event: string, handler: EventHandler): { readonly ready: Promise<void>; unsubscribe(): void };
}

type CallPlace = Pick<TransportRequest, 'call' | 'cancellation'>;
