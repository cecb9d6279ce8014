import { setTimeout as timer } from 'node:timers/promises';
import { MAX_TIMER_MS } from '../limits.js';
import { currentSignal } from './call-context.js';

/**
 * Waits within a call, and rejects with an AbortError as soon as nobody waits for the call any more, so that no timer
 * outlives it. The delay may come from a client: what is no number is 0.
 */
export async function pause(delayMs: number): Promise<void> {
  const signal = currentSignal();
  const boundedMs = Number.isFinite(delayMs) ? Math.min(Math.max(delayMs, 0), MAX_TIMER_MS) : 0;
  await timer(boundedMs, undefined, signal === undefined ? {} : { signal });
}
