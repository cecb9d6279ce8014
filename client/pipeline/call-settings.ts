import type { CallPlace } from '../call/call-error.js';
import type { CallOptions } from '../client-options.js';
import { assertFields, type FieldChecks, FUNCTION, oneOf } from '../option-fields.js';
import type { CallMetrics, RequestOptions } from '../request-options.js';
import { parseRetry, type RetryPolicy } from '../retry/retry-policy.js';
import type { Priority } from './call-queue.js';

/** A mutation's options say whether it may be sent twice. */
export type PipedOptions = RequestOptions & { readonly idempotent?: boolean };

/** How one call is made: its own options, and the defaults of its backend. */
export interface CallSettings {
  readonly policy: RetryPolicy | undefined;
  readonly priority: Priority;
  readonly metrics: ((metrics: CallMetrics) => void) | undefined;
  readonly mayRepeat: boolean;
}

const CHECKS: FieldChecks = {
  priority: oneOf('high', 'normal', 'low'),
  metrics: FUNCTION,
  transform: FUNCTION,
  validate: (value) => (isSchema(value) ? '' : FUNCTION(value) && 'a predicate or a Standard Schema'),
  idempotent: oneOf(true, false),
};

/** @throws NetronError `invalid-argument` that names the option. */
export function parseSettings(
  options: PipedOptions,
  defaults: CallOptions,
  call: CallPlace & { readonly kind: string },
): CallSettings {
  const { retry = defaults.retry, priority = defaults.priority ?? 'normal', metrics = defaults.metrics } = options;
  const { transform, validate, idempotent } = options;
  assertFields({ priority, metrics, transform, validate, idempotent }, '', CHECKS, call);
  const policy = parseRetry(retry, 'retry', call);
  const mayRepeat = call.kind === 'query' || (idempotent ?? policy?.idempotent ?? false);
  return { policy, priority, metrics, mayRepeat };
}

function isSchema(value: unknown): boolean {
  const { '~standard': standard } = Object(value) as { '~standard'?: { validate?: unknown } };
  return typeof standard?.validate === 'function';
}
