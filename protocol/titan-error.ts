import { describe } from './codec/foreign-value.js';

/** The thirteen fields of an ext 110 error, but for the message (PROTOCOL §5). */
export interface TitanErrorFields {
  /** Class name at the server, such as `RateLimitError`. Default `TitanError`. */
  readonly name?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. Default: when it was made. */
  readonly timestampMs?: number;
  readonly requestId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly traceId?: string | undefined;
  /** The other side's stack, where it sent one. Kept apart from `stack`, so that a console never shows it by default. */
  readonly remoteStack?: string | undefined;
  readonly cause?: unknown;
  /** Fields of the subclass, such as `{ retryAfter: 7 }`. */
  readonly extras?: Readonly<Record<string, unknown>>;
}

/** An error with a numeric, HTTP-like code that both sides of the wire understand. */
export class TitanError extends Error {
  declare readonly details: Readonly<Record<string, unknown>>;
  declare readonly context: Readonly<Record<string, unknown>>;
  declare readonly timestampMs: number;
  declare readonly requestId: string | undefined;
  declare readonly correlationId: string | undefined;
  declare readonly spanId: string | undefined;
  declare readonly traceId: string | undefined;
  declare readonly remoteStack: string | undefined;
  declare readonly extras: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly code: number,
    message: string,
    {
      name = 'TitanError',
      remoteStack,
      cause,
      details = {},
      context = {},
      timestampMs = Date.now(),
      ...ids
    }: TitanErrorFields = {},
  ) {
    super(message, (cause ?? null) === null ? undefined : { cause });
    describe(this, name, remoteStack);
    this.details = details;
    this.context = context;
    this.timestampMs = timestampMs;
    Object.assign(this, ids);
  }
}
