import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RETRY_DELAY_MS } from '../resilience-limits.js';
import { type Backoff, delayMs } from './backoff.js';
import { parseRetry, type RetryOptions, type RetryPolicy } from './retry-policy.js';
import { seededRandom } from './test-random.js';

const ALMOST_ONE = 1 - 2 ** -53;

function policyOf(options: RetryOptions): RetryPolicy {
  return parseRetry(options, 'retry') as RetryPolicy;
}

/** Kolmogorov and Smirnov's distance between draws and the uniform distribution on [0, cap]. */
function distanceFromUniform(draws: readonly number[], cap: number): number {
  const sorted = [...draws].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((draw, i) => Math.max((i + 1) / sorted.length - draw / cap, draw / cap - i / sorted.length)),
  );
}

describe('the delay before a retry', () => {
  it.each<[Backoff, number[]]>([
    ['exponential', [100, 300, 900, 1_000, 1_000]],
    ['linear', [100, 200, 300, 400, 500]],
    ['constant', [100, 100, 100, 100, 100]],
  ])('grows as %s up to maxDelay', (backoff, delays) => {
    const policy = policyOf({ backoff, initialDelay: 100, maxDelay: 1_000, factor: 3, jitter: false });
    expect([1, 2, 3, 4, 5].map((attempt) => delayMs(policy, attempt, 0.5))).toEqual(delays);
    expect(delayMs(policy, 90, 0.5)).toBe(backoff === 'constant' ? 100 : 1_000);
  });

  it('starts at nothing and ends short of the cap', () => {
    const policy = policyOf({ initialDelay: 100, maxDelay: 1_000 });
    expect(delayMs(policy, 1, 0)).toBe(0);
    expect(delayMs(policy, 2, 0.5)).toBe(100);
    expect(delayMs(policy, 1, ALMOST_ONE)).toBeLessThan(100);
    expect(delayMs(policy, 1, ALMOST_ONE)).toBeGreaterThan(99.9);
  });

  // 1.63 / √n is what one in a hundred samples of a uniform source exceeds; the seed is fixed.
  it.each<[Backoff, number, number]>([
    ['exponential', 1, 300],
    ['exponential', 3, 1_200],
    ['exponential', 50, 30_000],
    ['linear', 4, 1_200],
    ['constant', 9, 300],
  ])('is uniform in [0, cap] over 10,000 draws: %s, attempt %d', (backoff, attempt, cap) => {
    const random = seededRandom(attempt);
    const policy = policyOf({ backoff });
    const draws = Array.from({ length: 10_000 }, () => delayMs(policy, attempt, random()));
    expect(distanceFromUniform(draws, cap)).toBeLessThan(1.63 / Math.sqrt(draws.length));
  });

  it('would not pass that test with half the jitter, or with a cap a twentieth off', () => {
    const random = seededRandom(1);
    const draws = Array.from({ length: 10_000 }, () => delayMs(policyOf({}), 1, random()));
    expect(distanceFromUniform(draws, 300 * 1.05)).toBeGreaterThan(1.63 / Math.sqrt(draws.length));
    const halves = draws.map((draw) => 150 + draw / 2);
    expect(distanceFromUniform(halves, 300)).toBeGreaterThan(1.63 / Math.sqrt(draws.length));
  });

  it('is finite and within maxDelay for any attempt and any policy', () => {
    const delay = fc.double({ min: 0, max: MAX_RETRY_DELAY_MS, noNaN: true });
    const options: fc.Arbitrary<RetryOptions> = fc.record({
      backoff: fc.constantFrom<Backoff>('exponential', 'linear', 'constant'),
      initialDelay: fc.oneof(fc.constant(0), delay),
      maxDelay: delay,
      factor: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 100, noNaN: true })),
      jitter: fc.boolean(),
    });
    const attempt = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(Number.MAX_VALUE, Number.POSITIVE_INFINITY));
    fc.assert(
      fc.property(options, attempt, fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }), (given, at, random) => {
        const policy = policyOf(given);
        const waitMs = delayMs(policy, at, random);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(policy.maxDelay);
      }),
      { numRuns: 2_000 },
    );
  });
});
