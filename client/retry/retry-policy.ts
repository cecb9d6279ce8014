import type { CallPlace } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';
import { type Filled, numberFrom, ofType, oneOf, parseFields, wholeFrom } from '../option-fields.js';
import {
  MAX_RETRY_ATTEMPTS,
  MAX_RETRY_DELAY_MS,
  MAX_RETRY_FACTOR,
  RETRY_ATTEMPTS,
  RETRY_FACTOR,
  RETRY_INITIAL_MS,
  RETRY_MAX_MS,
} from '../resilience-limits.js';
import type { Backoff } from './backoff.js';

export interface RetryOptions {
  /** Retries after the first attempt, at most: 3 means up to four requests. 0 … 100, default 3. */
  readonly attempts?: number | undefined;
  /** How the delay grows from one retry to the next. Default `exponential`. */
  readonly backoff?: Backoff | undefined;
  /** Upper end of the first delay, in milliseconds. 0 … 86,400,000, default 300. */
  readonly initialDelay?: number | undefined;
  /** Upper end of any delay, in milliseconds. 0 … 86,400,000, default 30,000. */
  readonly maxDelay?: number | undefined;
  /** What each `exponential` delay is multiplied with for the next. 1 … 100, default 2. */
  readonly factor?: number | undefined;
  /** Wait anywhere between 0 and the delay, so that clients do not come back together. Default true. */
  readonly jitter?: boolean | undefined;
  /**
   * Decides in place of the rule (`network`, and `remote` with a retryable status) whether to try again. `attempt` is the
   * number of the one that failed, from 1. Not asked about `aborted`, `invalid-*` and `overflow`, nor for a mutation that
   * is not idempotent, nor when no retry is left. What it throws becomes the failure of the call.
   */
  readonly shouldRetry?: ((error: NetronError, attempt: number) => boolean) | undefined;
  /** Mutations may be sent again too: the server does the same work once, however often it is asked. Default false. */
  readonly idempotent?: boolean | undefined;
}

/** {@link RetryOptions} with the defaults filled in. */
export type RetryPolicy = Filled<Omit<RetryOptions, 'shouldRetry'>> &
  Pick<RetryOptions, 'shouldRetry'> & {
    /** The option that it came from, for errors about it. */
    readonly option: string;
  };

const DELAY = numberFrom(0, MAX_RETRY_DELAY_MS);
const BOOLEAN = oneOf(true, false);

const CHECKS = {
  attempts: wholeFrom(0, MAX_RETRY_ATTEMPTS),
  backoff: oneOf('exponential', 'linear', 'constant'),
  initialDelay: DELAY,
  maxDelay: DELAY,
  factor: numberFrom(1, MAX_RETRY_FACTOR),
  jitter: BOOLEAN,
  shouldRetry: ofType('function'),
  idempotent: BOOLEAN,
};

/**
 * `retry: 3` is `retry: { attempts: 3 }`: up to three retries after the first attempt. False and undefined are
 * undefined: no retry.
 *
 * @param place of the call whose option it is; undefined for an option of the client.
 * @throws NetronError `invalid-argument`, or `invalid-config` for an option of the client, that names the field.
 */
export function parseRetry(value: unknown, option: string, place?: CallPlace): RetryPolicy | undefined {
  if (value === undefined || value === false) return undefined;
  const given = typeof value === 'number' ? { attempts: value } : value;
  return {
    attempts: RETRY_ATTEMPTS,
    backoff: 'exponential',
    initialDelay: RETRY_INITIAL_MS,
    maxDelay: RETRY_MAX_MS,
    factor: RETRY_FACTOR,
    jitter: true,
    idempotent: false,
    ...parseFields<RetryOptions>(given, option, CHECKS, place, 'false, a number or '),
    option,
  };
}
