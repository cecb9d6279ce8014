import { isRetryableCode } from '../../protocol/error-code.js';
import type { InvokeError, TapCall } from '../../protocol/index.js';
import { NetronError } from '../netron-error.js';

/** An error envelope of HTTP. */
export function fromEnvelope(error: InvokeError, httpStatus: number, call: TapCall): NetronError {
  return remoteError(
    error.message,
    httpStatus,
    error.details,
    call,
    isNumeric(error.code) ? undefined : error.code,
    undefined,
  );
}

/** What the server said, in our words. `retryAfter` is in seconds on the wire, always. */
export function remoteError(
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
