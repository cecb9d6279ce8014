import { MAX_TIMER_MS } from '../limits.js';
import type { Runtime } from '../runtime.js';
import { type CallPlace, callError } from './call-error.js';

export interface Deadline {
  /** Aborts when the time is over, or when the caller's own signal does. */
  readonly signal: AbortSignal;
  /** True when it was the time. */
  expired(): boolean;
  /** Must be called when the work is done: it stops the timer and leaves the caller's signal. */
  cleanup(): void;
}

export function startDeadline(
  runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = Number.isFinite(timeoutMs)
    ? runtime.setTimeout(
        () => {
          expired = true;
          controller.abort();
        },
        Math.min(timeoutMs, MAX_TIMER_MS),
      )
    : undefined;
  const forward = (): void => controller.abort();
  if (signal?.aborted) controller.abort();
  else signal?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    cleanup() {
      if (timer !== undefined) runtime.clearTimeout(timer);
      signal?.removeEventListener('abort', forward);
    },
  };
}

/** @throws NetronError `invalid-argument` for a `timeout` that is no duration. */
export function assertTimeout(timeoutMs: number | undefined, place: CallPlace): void {
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs > 0)) return;
  const reason = `option timeout is ${String(timeoutMs)} (${typeof timeoutMs}), expected milliseconds above 0`;
  throw callError('invalid-argument', reason, place);
}
