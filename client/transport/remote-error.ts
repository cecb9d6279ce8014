import { isRetryableCode } from '../../protocol/error-code.js';
import type { InvokeError, TapCall } from '../../protocol/index.js';
import { TitanError } from '../../protocol/titan-error.js';
import { NetronError, type NetronErrorCode } from '../netron-error.js';

/** The same place in every error of a call: backend, service and method. */
export function callError(code: NetronErrorCode, reason: string, call: TapCall, cause?: unknown): NetronError {
  const { backend, service, method } = call;
  const retryable = code === 'network' || code === 'timeout';
  return new NetronError(code, reason, { backend, service, method, retryable, cause });
}

/** An error envelope of HTTP. `retryAfter` is in seconds on the wire, always. */
export function fromEnvelope(error: InvokeError, httpStatus: number, call: TapCall): NetronError {
  return remote(
    error.message,
    httpStatus,
    error.details,
    call,
    isNumeric(error.code) ? undefined : error.code,
    undefined,
  );
}

/** An error value of WebSocket: ext 110, ext 126, or anything that can be thrown. */
export function fromWireValue(value: unknown, call: TapCall): NetronError {
  if (value instanceof TitanError) return remote(value.message, value.code, value.details, call, undefined, value);
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return remote(value.message, 500, {}, call, typeof code === 'string' ? code : undefined, value);
  }
  return remote(typeof value === 'string' ? value : 'The server threw a value', 500, {}, call, undefined, value);
}

function remote(
  message: string,
  status: number,
  details: Readonly<Record<string, unknown>>,
  call: TapCall,
  code: string | undefined,
  cause: unknown,
): NetronError {
  const { backend, service, method } = call;
  const businessCode = code ?? (typeof details.errorCode === 'string' ? details.errorCode : undefined);
  const { retryAfter } = details;
  return new NetronError('remote', message, {
    backend,
    service,
    method,
    status,
    ...(businessCode === undefined ? {} : { businessCode }),
    details,
    ...(typeof retryAfter === 'number' && retryAfter >= 0 ? { retryAfterMs: retryAfter * 1_000 } : {}),
    retryable: isRetryableCode(status),
    cause,
  });
}

function isNumeric(code: string): boolean {
  return /^\d+$/.test(code);
}
