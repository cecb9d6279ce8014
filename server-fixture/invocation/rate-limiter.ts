import { TitanError } from '../../protocol/index.js';
import type { RateLimitRule } from '../exposure/service-rules.js';
import { MAX_RATE_WINDOWS } from '../limits.js';

interface Window {
  readonly endMs: number;
  readonly count: number;
}

/** Counts calls in fixed windows, one for each key. */
export class RateLimiter {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  /** `now` gives epoch milliseconds, which the refusal names as its end. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Counts one call.
   *
   * @throws TitanError 429 with `retryAfter` in seconds when the window is full.
   */
  take(key: string, { limit, windowMs }: RateLimitRule): void {
    const nowMs = this.#now();
    const last = this.#windows.get(key);
    const { endMs, count } = last === undefined || nowMs >= last.endMs ? { endMs: nowMs + windowMs, count: 0 } : last;
    if (count >= limit) throw tooMany(limit, endMs, nowMs);
    // Set anew, so that the map's first key is the one seen least recently.
    this.#windows.delete(key);
    this.#windows.set(key, { endMs, count: count + 1 });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MAX_RATE_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
  }
}

function tooMany(limit: number, resetAt: number, nowMs: number): TitanError {
  const retryAfter = Math.max(1, Math.ceil((resetAt - nowMs) / 1000));
  const fields = { retryAfter, limit, remaining: 0, resetAt };
  return new TitanError(429, 'Too many requests', { name: 'RateLimitError', details: fields, extras: fields });
}
