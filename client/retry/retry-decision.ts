import { type CallPlace, callError } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';
import { shown } from '../option-error.js';
import { MAX_RETRY_DELAY_MS } from '../resilience-limits.js';
import { delayMs } from './backoff.js';
import type { RetryPolicy } from './retry-policy.js';

export type GiveUpReason = 'attempts' | 'not-retryable' | 'deadline' | 'budget' | 'not-idempotent';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly why: GiveUpReason };

export interface FailedAttempt {
  readonly policy: RetryPolicy;
  readonly error: NetronError;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** True for a query, and for a mutation that is marked idempotent. */
  readonly mayRepeat: boolean;
  /** Since the call began, all its attempts and delays included. */
  readonly elapsedMs: number;
  /** Deadline of the whole call. */
  readonly timeoutMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly budgetAllows: boolean;
}

/**
 * Whether a failed attempt is followed by another. Reasons that no waiting would change come first. What the server asked
 * for in `Retry-After` is waited out in full, and the delay of the policy after it: all who were told the same moment
 * would otherwise meet there.
 *
 * @throws NetronError `invalid-argument` that names `shouldRetry`, with the cause, when it threw or gave no boolean.
 */
export function decideRetry(failed: FailedAttempt): RetryDecision {
  const { policy, error, attempt } = failed;
  // What the caller did or the reader lost would be the same again, whatever `shouldRetry` says.
  if (/^(aborted|invalid|overflow)/.test(error.code)) return giveUp('not-retryable');
  if (policy.shouldRetry === undefined && !isRetryable(error)) return giveUp('not-retryable');
  if (!failed.mayRepeat) return giveUp('not-idempotent');
  if (attempt > policy.attempts) return giveUp('attempts');
  if (!askShouldRetry(policy, error, attempt)) return giveUp('not-retryable');
  const waitMs = (error.retryAfterMs ?? 0) + delayMs(policy, attempt, failed.random);
  const leftMs = failed.timeoutMs - failed.elapsedMs;
  if (!(waitMs < leftMs && waitMs <= MAX_RETRY_DELAY_MS)) return giveUp('deadline');
  return failed.budgetAllows ? { kind: 'retry', delayMs: waitMs } : giveUp('budget');
}

/**
 * A timeout is none: it was the deadline of the whole call. Nor is an open circuit breaker: it is there to let calls fail
 * at once.
 */
function isRetryable({ code, retryable }: NetronError): boolean {
  return code === 'network' || ((code === 'remote' || code === 'protocol') && retryable);
}

function askShouldRetry({ shouldRetry, option }: RetryPolicy, error: NetronError, attempt: number): boolean {
  if (shouldRetry === undefined) return true;
  try {
    const answer: unknown = shouldRetry(error, attempt);
    // A promise, for one, would always mean yes.
    if (typeof answer !== 'boolean') throw new TypeError(`gave ${shown(answer)}, expected a boolean`);
    return answer;
  } catch (cause) {
    // The error of a call has the place of the call.
    throw callError('invalid-argument', `option ${option}.shouldRetry: ${shown(cause)}`, error as CallPlace, cause);
  }
}

function giveUp(why: GiveUpReason): RetryDecision {
  return { kind: 'give-up', why };
}
