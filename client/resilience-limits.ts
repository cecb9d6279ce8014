/** Every bound and default of retries, circuit breakers and middleware. */

/** Default of `retry.attempts`: what Titan advises for its retryable codes (PROTOCOL §9). */
export const RETRY_ATTEMPTS = 3;
/** Most of `retry.attempts`, and where the delay stops growing. */
export const MAX_RETRY_ATTEMPTS = 100;

/**
 * Default of `retry.initialDelay`. With full jitter three retries wait about 1 s in all and never more than 2.1 s: short
 * enough for somebody who watches, and a server that needs longer says so in `Retry-After`, which is obeyed.
 */
export const RETRY_INITIAL_MS = 300;
/** Default of `retry.maxDelay`: as long as a call may take by default, so a deadline of one's own is seldom waited out. */
export const RETRY_MAX_MS = 30_000;
/** Default and most of `retry.factor`. */
export const RETRY_FACTOR = 2;
export const MAX_RETRY_FACTOR = 100;
/** Longest delay before a retry, `Retry-After` included: a day, well within what a browser's timer keeps (24.8 days). */
export const MAX_RETRY_DELAY_MS = 86_400_000;

/** Calls that pay for one retry: retries stay within 20 % of the calls (QUALITY §2). */
export const CALLS_PER_RETRY = 5;
/** Retries that a backend may have before its calls have paid for them, and the most that it can save up. */
export const RETRY_RESERVE = 10;

/** Outcomes that the error ratio is taken of (QUALITY §4): the last 20, once there are 10. */
export const BREAKER_SAMPLE = 20;
export const BREAKER_MIN_SAMPLE = 10;
/** Default (QUALITY §4) and least of `circuitBreaker.ratio`. */
export const BREAKER_RATIO = 0.5;
export const MIN_BREAKER_RATIO = 0.01;
/**
 * Defaults of `circuitBreaker.threshold` and `windowTime`. Ten, as many as the ratio needs, so that a backend which
 * answers nothing opens the breaker at the same call by either rule; one failure a second is what a client bears.
 */
export const BREAKER_THRESHOLD = 10;
export const BREAKER_WINDOW_MS = 10_000;
/** Most failures that are remembered with their time. */
export const MAX_BREAKER_THRESHOLD = 1_000;
export const MAX_BREAKER_WINDOW_MS = 86_400_000;
/** Default of `circuitBreaker.cooldownTime`: a restart of a server takes some seconds. */
export const BREAKER_COOLDOWN_MS = 5_000;
/** Where the doubling of the cooldown ends (QUALITY §4). */
export const MAX_BREAKER_COOLDOWN_MS = 60_000;

/** Middleware of one chain. One that is added at each render and never removed is found here. */
export const MAX_MIDDLEWARE = 100;
/** Priorities lie between this and its negative. */
export const MAX_MIDDLEWARE_PRIORITY = 1_000_000;
/** Methods whose middleware is remembered; the one remembered first gives way. */
export const MIDDLEWARE_METHODS = 1_000;

/** Calls that may wait for a backend's `maxConcurrent`; one more is turned away, and counted. */
export const MAX_QUEUED_CALLS = 10_000;

/** Services of a backend that have a breaker of their own; the oldest that is closed gives way. */
export const MAX_BREAKERS = 1_000;

/** A refresh of the token that has not settled by then is taken for lost: the next 401 asks for another. */
export const REFRESH_WITHIN_MS = 30_000;
