import type { TapCall } from '../../protocol/index.js';
import { NetronError, type NetronErrorCode, type NetronErrorFields } from '../netron-error.js';

/** Where an error of a call happened. */
export type CallPlace = Pick<TapCall, 'backend' | 'service' | 'method'>;

/** The same place in every error of a call: backend, service and method. */
export function callError(
  code: NetronErrorCode,
  reason: string,
  { backend, service, method }: CallPlace,
  cause?: unknown,
  more?: NetronErrorFields,
): NetronError {
  const retryable = code === 'network' || code === 'timeout';
  return new NetronError(code, reason, { backend, service, method, retryable, cause, ...more });
}

/** The caller gave it up or asked wrongly: nothing else may stand in for the answer. */
export function isOfCaller({ code }: NetronError): boolean {
  return /^(aborted|unknown-backend|invalid-(argument|config))$/.test(code);
}
