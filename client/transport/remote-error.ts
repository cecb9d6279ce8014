import { isRetryableCode } from '../../protocol/error-code.js';
import type { InvokeError, TapCall } from '../../protocol/index.js';
import { NetronError } from '../netron-error.js';

/** An error envelope of HTTP. */
export function fromEnvelope(
  { code, message, details }: InvokeError,
  httpStatus: number,
  call: TapCall,
  retryAfterMs?: number,
): NetronError {
  const businessCode = /^\d+$/.test(code) ? undefined : code;
  return remoteError(message, httpStatus, details, call, businessCode, undefined, retryAfterMs);
}

/** What the server said, in our words. `retryAfter` is in seconds on the wire, always. */
export function remoteError(
  message: string,
  status: number,
  details: Readonly<Record<string, unknown>>,
  { backend, service, method }: TapCall,
  code: string | undefined,
  cause: unknown,
  headerMs?: number,
): NetronError {
  const { retryAfter, errorCode } = details;
  return new NetronError('remote', message, {
    backend,
    service,
    method,
    status,
    businessCode: code ?? (typeof errorCode === 'string' ? errorCode : undefined),
    details,
    retryAfterMs: typeof retryAfter === 'number' && retryAfter >= 0 ? retryAfter * 1_000 : headerMs,
    retryable: isRetryableCode(status),
    cause,
  });
}
