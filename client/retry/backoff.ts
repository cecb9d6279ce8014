import { MAX_RETRY_ATTEMPTS } from '../resilience-limits.js';
import type { RetryPolicy } from './retry-policy.js';

export type Backoff = 'exponential' | 'linear' | 'constant';

/**
 * How long to wait after attempt number `attempt` (from 1) has failed, in milliseconds. Full jitter (QUALITY §4): uniform
 * in [0, min(maxDelay, initialDelay · growth)), where the growth of the n-th retry, from 0, is factorⁿ, n + 1 or 1.
 *
 * @param random uniform in [0, 1).
 */
export function delayMs(policy: RetryPolicy, attempt: number, random: number): number {
  // Bounded, since 1 ** Infinity is NaN, and so is 0 ms times a factor that has overflowed.
  const n = attempt > 1 ? Math.min(attempt - 1, MAX_RETRY_ATTEMPTS) : 0;
  const { backoff, factor } = policy;
  const growth = backoff === 'exponential' ? factor ** n : backoff === 'linear' ? n + 1 : 1;
  const capMs = Math.min(policy.maxDelay, policy.initialDelay * growth);
  return policy.jitter ? random * capMs : capMs;
}
