import { TIMEOUT } from './call/deadlines.js';
import type { NetronError } from './netron-error.js';
import { type FieldChecks, FUNCTION, OBJECT, oneOf, wholeFrom } from './option-fields.js';
import { MAX_RETRY_ATTEMPTS } from './resilience-limits.js';
import type { RetryOptions } from './retry/retry-policy.js';

/** Any library of schemas that speaks Standard Schema (https://standardschema.dev), such as zod, valibot or arktype. */
export interface StandardSchema<R = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<R> | Promise<SchemaResult<R>>;
  };
}

export type SchemaResult<R> =
  | { readonly value: R; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/**
 * `R` where each field that may be missing may also be undefined, which is how many schemas say it. In form a mapped type,
 * so that options for a narrower result still fit where those for a wider one are expected.
 */
export type Parsed<R> = {
  [K in keyof R]: ParsedField<R[K]> | (R extends { readonly [N in K]: unknown } ? never : undefined);
};
type ParsedField<V> = unknown extends V ? V : V extends (...args: never) => unknown ? V : Parsed<V>;

/** What a call took. */
export interface CallMetrics {
  readonly durationMs: number;
  /** Requests in all; 1 without a retry. */
  readonly attempts: number;
  /** Bytes of the answer on the wire; 0 where there was none. */
  readonly sizeBytes: number;
  readonly error: NetronError | undefined;
}

/** What any call may say about how it is made. All of it may be given as a default of the client or of a backend. */
export interface CallDefaults {
  /** Time for the whole call, retries included, in milliseconds above 0. Default 30,000; `Infinity` for none. */
  readonly timeout?: number | undefined;
  /**
   * What is done about network errors and the statuses 408, 429, 500, 502, 503, 504, 507 and 511: retries after the first
   * attempt, or more about them. Default 0. A mutation is retried only where it says `idempotent`.
   */
  readonly retry?: number | false | RetryOptions | undefined;
  /** Who goes first where the backend's `maxConcurrent` makes calls wait. Default `normal`. */
  readonly priority?: 'high' | 'normal' | 'low' | undefined;
  /** Told of every call that was sent, once it has settled. */
  readonly metrics?: ((metrics: CallMetrics) => void) | undefined;
}

export interface RequestOptions<R = unknown> extends CallDefaults {
  /** Gives up waiting. The request itself is cancelled when nobody else waits for it. */
  readonly signal?: AbortSignal | undefined;
  /** Makes of the server's answer what is stored and shown. */
  readonly transform?: ((answer: unknown) => R) | undefined;
  /**
   * Checks the answer, after `transform`: a schema, whose output is taken, or a predicate. What fails is an error of code
   * `invalid-result`, and nothing is stored.
   */
  readonly validate?: StandardSchema<R | Parsed<R>> | ((value: unknown) => boolean) | undefined;
  /** What this caller gets instead of an error of the call, or a function that makes it. Nothing of it is stored. */
  readonly fallback?: R | ((error: NetronError) => R) | undefined;
}

const TIMES = wholeFrom(0, MAX_RETRY_ATTEMPTS);

/** What can be told of an option at once. What an object of `retry` or `validate` holds is checked where it is loaded. */
export const REQUEST_CHECKS = {
  timeout: TIMEOUT,
  retry: (value) => (value === false ? '' : OBJECT(value) && TIMES(value) && `false, ${TIMES(value)} or an object`),
  priority: oneOf('high', 'normal', 'low'),
  metrics: FUNCTION,
  transform: FUNCTION,
  validate: (value) => OBJECT(value) && FUNCTION(value) && 'a predicate or a Standard Schema',
} satisfies FieldChecks;

/** What has to be done around a request, not only with it; loaded when it is first asked for. */
export function wantsPipeline({ retry, priority, metrics, transform, validate }: RequestOptions): boolean {
  return (retry ?? priority ?? metrics ?? transform ?? validate) !== undefined;
}
