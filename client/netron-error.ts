/**
 * - `aborted`: the caller's signal, or nobody was left who waited for it, or whoever began it has signed out before it was
 *   sent.
 * - `timeout`: the deadline passed.
 * - `unavailable`: not sent at all: the backend's circuit breaker is open, its queue is full, or its token source threw.
 * - `network`: the backend could not be reached, the connection was lost, or the client was closed.
 * - `protocol`: it answered something that is not Netron, such as an HTML page or a broken frame.
 * - `too-large`: over a limit of the wire, either way.
 * - `overflow`: a stream's reader was slower than its bound allows.
 * - `invalid-result`: the server's answer did not pass `validate`, or `transform` threw on it.
 * - `remote`: the server answered with an error; `status` and `businessCode` say which.
 * - `invalid-argument`: something that cannot be sent, at the path the message names.
 * - `invalid-config`: an option of the client, named in the message.
 * - `unknown-backend`: not configured; the message lists those that are.
 */
export type NetronErrorCode =
  | 'aborted'
  | 'timeout'
  | 'network'
  | 'unavailable'
  | 'protocol'
  | 'too-large'
  | 'overflow'
  | 'invalid-result'
  | 'remote'
  | 'invalid-argument'
  | 'invalid-config'
  | 'unknown-backend';

export interface NetronErrorFields {
  readonly backend?: string;
  readonly service?: string;
  readonly method?: string;
  /** Numeric code of the server, HTTP-like (404, 409, 503 …). */
  readonly status?: number;
  /** The application's own code, such as `VERSION_CONFLICT`. */
  readonly businessCode?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the same call may succeed later. Default false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('netron.error');

/** The one error of this library. Told apart by {@link isNetronError}, which works across bundles. */
export class NetronError extends Error {
  override readonly name = 'NetronError';
  readonly backend: string | undefined;
  readonly service: string | undefined;
  readonly method: string | undefined;
  readonly status: number | undefined;
  readonly businessCode: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;
  readonly retryable: boolean;

  constructor(
    readonly code: NetronErrorCode,
    /** The message without the code and the place. */
    readonly reason: string,
    fields: NetronErrorFields = {},
  ) {
    super(`[${code}] ${placeOf(fields)}${reason}`, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.backend = fields.backend;
    this.service = fields.service;
    this.method = fields.method;
    this.status = fields.status;
    this.businessCode = fields.businessCode;
    this.details = fields.details ?? {};
    this.retryAfterMs = fields.retryAfterMs;
    this.retryable = fields.retryable ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

export function isNetronError(error: unknown): error is NetronError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

function placeOf({ backend, service, method }: NetronErrorFields): string {
  const call = service === undefined ? '' : `${service}.${method ?? '?'}`;
  const place = backend === undefined ? call : call === '' ? backend : `${call} on ${backend}`;
  return place === '' ? '' : `${place}: `;
}
