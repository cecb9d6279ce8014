import { RECONNECT_INITIAL_MS, RECONNECT_MAX_MS } from '../../limits.js';

/**
 * Full jitter: uniform in [0, min(max, initial · 2^attempt)), so that clients that lost the same server do not come back
 * together. Finite for any attempt number.
 */
export function backoffMs(attempt: number, random: number): number {
  const cap = Math.min(RECONNECT_MAX_MS, RECONNECT_INITIAL_MS * 2 ** Math.min(attempt, 30));
  return random * cap;
}
