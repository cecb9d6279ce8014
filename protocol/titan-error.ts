/** The thirteen fields of an ext 110 error, but for the message (PROTOCOL §5). */
export interface TitanErrorFields {
  /** Class name at the server, such as `RateLimitError`. Default `TitanError`. */
  readonly name?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. Default: when it was made. */
  readonly timestampMs?: number;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly spanId?: string;
  readonly traceId?: string;
  /** The other side's stack, where it sent one. Kept apart from `stack`, so that a console never shows it by default. */
  readonly remoteStack?: string;
  readonly cause?: unknown;
  /** Fields of the subclass, such as `{ retryAfter: 7 }`. */
  readonly extras?: Readonly<Record<string, unknown>>;
}

/** An error with a numeric, HTTP-like code that both sides of the wire understand. */
export class TitanError extends Error {
  readonly code: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly timestampMs: number;
  readonly requestId: string | undefined;
  readonly correlationId: string | undefined;
  readonly spanId: string | undefined;
  readonly traceId: string | undefined;
  declare readonly remoteStack: string | undefined;
  readonly extras: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, message: string, fields: TitanErrorFields = {}) {
    super(message, fields.cause === undefined || fields.cause === null ? undefined : { cause: fields.cause });
    this.code = code;
    this.details = fields.details ?? {};
    this.context = fields.context ?? {};
    this.timestampMs = fields.timestampMs ?? Date.now();
    this.requestId = fields.requestId;
    this.correlationId = fields.correlationId;
    this.spanId = fields.spanId;
    this.traceId = fields.traceId;
    this.extras = fields.extras;
    Object.defineProperty(this, 'name', { value: fields.name ?? 'TitanError', configurable: true, writable: true });
    Object.defineProperty(this, 'remoteStack', { value: fields.remoteStack, configurable: true, writable: true });
  }
}
