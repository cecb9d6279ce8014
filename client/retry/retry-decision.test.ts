import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRetryableCode } from '../../protocol/error-code.js';
import { callError } from '../call/call-error.js';
import { NetronError, type NetronErrorCode, type NetronErrorFields } from '../netron-error.js';
import { decideRetry, type FailedAttempt, type RetryDecision } from './retry-decision.js';
import { parseRetry, type RetryOptions, type RetryPolicy } from './retry-policy.js';
import { seededRandom } from './test-random.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };
const NETWORK = callError('network', 'gone', PLACE);
const ABORTED = callError('aborted', 'aborted', PLACE);

function policyOf(options: RetryOptions): RetryPolicy {
  return parseRetry(options, 'retry') as RetryPolicy;
}

function remote(status: number, fields: NetronErrorFields = {}): NetronError {
  return new NetronError('remote', 'no', { ...PLACE, status, retryable: isRetryableCode(status), ...fields });
}

function decide(failed: Partial<FailedAttempt> & { readonly options?: RetryOptions } = {}): RetryDecision {
  return decideRetry({
    policy: policyOf(failed.options ?? {}),
    error: NETWORK,
    attempt: 1,
    mayRepeat: true,
    elapsedMs: 0,
    timeoutMs: 30_000,
    random: 0.5,
    budgetAllows: true,
    ...failed,
  });
}

const giveUp = (why: string): unknown => ({ kind: 'give-up', why });

describe('a failed attempt', () => {
  it('is followed by as many retries as the policy has', () => {
    const options = { attempts: 2, jitter: false };
    expect(decide({ options, attempt: 1 })).toEqual({ kind: 'retry', delayMs: 300 });
    expect(decide({ options, attempt: 2 })).toEqual({ kind: 'retry', delayMs: 600 });
    expect(decide({ options, attempt: 3 })).toEqual(giveUp('attempts'));
    expect(decide({ options: { attempts: 0 } })).toEqual(giveUp('attempts'));
  });

  it.each([408, 429, 500, 502, 503, 504, 507, 511])('is repeated for status %d', (status) => {
    expect(decide({ error: remote(status) }).kind).toBe('retry');
  });

  it.each([400, 401, 403, 404, 409, 410, 422, 501, 505, 600])('is not repeated for status %d', (status) => {
    expect(decide({ error: remote(status) })).toEqual(giveUp('not-retryable'));
    expect(decide().kind).toBe('retry');
  });

  it('is repeated where a gateway answered in place of the server, with a status that may pass', () => {
    const gateway = (status: number) => new NetronError('protocol', 'a page', { status, retryable: status >= 502 });
    expect(decide({ error: gateway(502) }).kind).toBe('retry');
    expect(decide({ error: gateway(404) })).toEqual(giveUp('not-retryable'));
  });

  it.each<NetronErrorCode>(['timeout', 'too-large', 'unknown-backend', 'unavailable'])(
    'with the code %s is repeated only when shouldRetry says so',
    (code) => {
      const error = new NetronError(code, 'no', { retryable: true });
      expect(decide({ error })).toEqual(giveUp('not-retryable'));
      expect(decide({ error, options: { shouldRetry: () => true } }).kind).toBe('retry');
    },
  );

  it.each<NetronErrorCode>(['aborted', 'invalid-argument', 'invalid-config', 'overflow'])(
    'with the code %s is never repeated, and shouldRetry is not asked',
    (code) => {
      const shouldRetry = (): boolean => expect.fail('was asked');
      const error = new NetronError(code, 'no', { retryable: true });
      expect(decide({ error, options: { shouldRetry } })).toEqual(giveUp('not-retryable'));
    },
  );

  it('is not repeated where the same work could be done twice', () => {
    const shouldRetry = (): boolean => expect.fail('was asked');
    expect(decide({ mayRepeat: false })).toEqual(giveUp('not-idempotent'));
    expect(decide({ mayRepeat: false, options: { shouldRetry } })).toEqual(giveUp('not-idempotent'));
    expect(decide({ mayRepeat: false, error: remote(404) })).toEqual(giveUp('not-retryable'));
  });

  it('is not repeated when the budget is spent, which is asked last', () => {
    expect(decide({ budgetAllows: false })).toEqual(giveUp('budget'));
    expect(decide({ budgetAllows: false, attempt: 4 })).toEqual(giveUp('attempts'));
    expect(decide({ budgetAllows: false, elapsedMs: 30_000 })).toEqual(giveUp('deadline'));
  });
});

describe('shouldRetry', () => {
  it('is told the error and the number of the attempt, and decides in place of the rule', () => {
    const asked: unknown[] = [];
    const shouldRetry = (error: NetronError, attempt: number): boolean => {
      asked.push([error, attempt]);
      return error.status === 404;
    };
    const error = remote(404);
    expect(decide({ error, attempt: 2, options: { shouldRetry } }).kind).toBe('retry');
    expect(decide({ options: { shouldRetry } })).toEqual(giveUp('not-retryable'));
    expect(asked).toEqual([
      [error, 2],
      [NETWORK, 1],
    ]);
  });

  it('is not asked when no retry is left', () => {
    const shouldRetry = (): boolean => expect.fail('was asked');
    expect(decide({ attempt: 4, options: { shouldRetry } })).toEqual(giveUp('attempts'));
  });

  it.each<[string, unknown, string]>([
    ['an error', new RangeError('out of range'), 'out of range'],
    ['a text', 'no', '"no"'],
    ['an object without a text', Object.create(null), '[object Object]'],
    ['undefined', undefined, 'undefined'],
  ])('that throws %s fails the call with it', (_name, thrown, text) => {
    const shouldRetry = (): boolean => {
      throw thrown;
    };
    expect(() => decide({ options: { shouldRetry } })).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        ...PLACE,
        reason: `option retry.shouldRetry: ${text}`,
        ...(thrown === undefined ? {} : { cause: thrown }),
      }),
    );
    expect(decide({ options: { shouldRetry: () => true } }).kind).toBe('retry');
  });

  it.each<[string, unknown, string]>([
    ['a promise', Promise.resolve(false), '[object Promise]'],
    ['nothing', undefined, 'undefined'],
    ['a number', 0, '0'],
  ])('that gives %s and no boolean fails the call', (_name, answer, text) => {
    const shouldRetry = (() => answer) as () => boolean;
    const reason = `option retry.shouldRetry: gave ${text}, expected a boolean`;
    expect(() => decide({ options: { shouldRetry } })).toThrow(expect.objectContaining({ reason }));
    expect(decide({ options: { shouldRetry: () => false } })).toEqual(giveUp('not-retryable'));
  });
});

describe('what is left of the deadline', () => {
  const options = { jitter: false, initialDelay: 1_000 };

  it('must be more than the delay', () => {
    expect(decide({ options, elapsedMs: 28_999 })).toEqual({ kind: 'retry', delayMs: 1_000 });
    expect(decide({ options, elapsedMs: 29_000 })).toEqual(giveUp('deadline'));
    expect(decide({ options, elapsedMs: 31_000 })).toEqual(giveUp('deadline'));
  });

  it('must hold what the server asked to wait, to which the delay is added', () => {
    const error = remote(429, { retryAfterMs: 7_000 });
    expect(decide({ options, error })).toEqual({ kind: 'retry', delayMs: 8_000 });
    expect(decide({ error, random: 0 })).toEqual({ kind: 'retry', delayMs: 7_000 });
    expect(decide({ error, elapsedMs: 22_999, random: 0 })).toEqual({ kind: 'retry', delayMs: 7_000 });
    expect(decide({ error, elapsedMs: 23_000, random: 0 })).toEqual(giveUp('deadline'));
  });

  it.each([Number.POSITIVE_INFINITY, Number.NaN, 1e15])(
    'does not hold a Retry-After of %d ms, even without a deadline',
    (retryAfterMs) => {
      const timeoutMs = Number.POSITIVE_INFINITY;
      expect(decide({ error: remote(503, { retryAfterMs }), timeoutMs })).toEqual(giveUp('deadline'));
      expect(decide({ error: remote(503, { retryAfterMs: 86_400_000 }), timeoutMs, random: 0 }).kind).toBe('retry');
    },
  );
});

/** A call with its retries on a clock that moves in ticks, as timers do. Its attempts are cut off by the deadline. */
function runCall(options: RetryOptions, timeoutMs: number, tickMs: number, random: () => number) {
  const policy = policyOf(options);
  let elapsedMs = 0;
  for (let attempt = 1; ; attempt++) {
    elapsedMs = Math.min(timeoutMs, elapsedMs + random() * timeoutMs * 0.3);
    const error =
      elapsedMs < timeoutMs ? remote(503, random() < 0.5 ? { retryAfterMs: random() * timeoutMs } : {}) : ABORTED;
    const decision = decide({ policy, error, attempt, elapsedMs, timeoutMs, random: random() });
    if (decision.kind === 'give-up') return { elapsedMs, attempts: attempt, why: decision.why };
    elapsedMs = Math.ceil((elapsedMs + decision.delayMs) / tickMs) * tickMs;
    if (elapsedMs >= timeoutMs) return { elapsedMs, attempts: attempt, why: 'deadline' };
  }
}

describe('a call with its retries', () => {
  it('ends at most one tick after its deadline', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.record({
          attempts: fc.nat({ max: 20 }),
          backoff: fc.constantFrom('exponential' as const, 'linear' as const, 'constant' as const),
          initialDelay: fc.nat({ max: 2_000 }),
          jitter: fc.boolean(),
        }),
        fc.integer({ min: 1, max: 30_000 }),
        fc.constantFrom(1, 4, 16),
        fc.nat(),
        (options, timeoutMs, tickMs, seed) => {
          const { elapsedMs, attempts, why } = runCall(options, timeoutMs, tickMs, seededRandom(seed));
          ends.set(why, (ends.get(why) ?? 0) + 1);
          expect(elapsedMs).toBeLessThanOrEqual(timeoutMs + tickMs);
          expect(attempts).toBeLessThanOrEqual(options.attempts + 1);
        },
      ),
      { numRuns: 2_000 },
    );
    // It was no row of first attempts.
    expect(ends.get('deadline')).toBeGreaterThan(100);
    expect(ends.get('attempts')).toBeGreaterThan(100);
  });
});
