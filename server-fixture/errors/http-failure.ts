import { httpStatusOf, TitanError } from '../../protocol/index.js';
import { messageOf } from './message-of.js';

/** An error as an HTTP response tells it (PROTOCOL §3.4). */
export interface HttpFailure {
  readonly status: number;
  /** The business code where there is one, else the decimal status. */
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]+$/;

export function toHttpFailure(thrown: unknown): HttpFailure {
  if (thrown instanceof TitanError) {
    const status = errorStatus(httpStatusOf(thrown.code));
    return failureOf(status, thrown.message, { ...thrown.details }, titanHeaders(thrown, status));
  }
  if (!(thrown instanceof Error)) return failureOf(500, messageOf(thrown), {}, {});
  const { status, statusCode, code } = thrown as { status?: unknown; statusCode?: unknown; code?: unknown };
  const details = typeof code === 'string' ? { errorCode: code } : {};
  return failureOf(plainStatus(status) ?? plainStatus(statusCode) ?? 500, messageOf(thrown), details, {});
}

function failureOf(
  status: number,
  message: string,
  details: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): HttpFailure {
  const { errorCode } = details;
  return { status, code: typeof errorCode === 'string' ? errorCode : String(status), message, details, headers };
}

/** A status below 400 would read as a success, or, as 204, leave no room for the envelope. */
function errorStatus(status: number): number {
  return status >= 400 ? status : 500;
}

function plainStatus(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599 ? value : undefined;
}

function titanHeaders(error: TitanError, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const put = (name: string, value: unknown): void => {
    const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
    // Ids and details may repeat what a client sent; a line break in one must not become a header.
    if (typeof text === 'string' && HEADER_TEXT.test(text)) headers[name] = text;
  };
  put('X-Request-ID', error.requestId);
  put('X-Correlation-ID', error.correlationId);
  put('X-Trace-ID', error.traceId);
  put('X-Span-ID', error.spanId);
  // Titan's own class keeps these as fields of its own too; a service may have set only the one or the other.
  const { retryAfter, limit, remaining, resetAt } = { ...error.extras, ...error.details };
  if (status === 429 || status === 503) put('Retry-After', wholeSeconds(retryAfter));
  if (status === 429) {
    put('X-RateLimit-Limit', limit);
    put('X-RateLimit-Remaining', remaining);
    put('X-RateLimit-Reset', resetAt);
  }
  if (status === 401 && error.name === 'AuthError') headers['WWW-Authenticate'] = 'Bearer';
  return headers;
}

/** The header has no room for fractions (RFC 9110 §10.2.3). What is no number is left as it is: it may be a date. */
function wholeSeconds(retryAfter: unknown): unknown {
  return typeof retryAfter === 'number' ? Math.max(0, Math.ceil(retryAfter)) : retryAfter;
}
