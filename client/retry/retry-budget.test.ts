import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetronError } from '../netron-error.js';
import { RetryBudget } from './retry-budget.js';
import { decideRetry } from './retry-decision.js';
import { parseRetry, type RetryPolicy } from './retry-policy.js';

const POLICY = parseRetry(3, 'retry') as RetryPolicy;

/** One call whose first `failures` attempts fail. Gives its retries. */
function call(budget: RetryBudget, failures: number): number {
  budget.deposit();
  for (let attempt = 1; attempt <= failures; attempt++) {
    const decision = decideRetry({
      policy: POLICY,
      error: new NetronError('remote', 'down', { status: 503, retryable: true }),
      attempt,
      mayRepeat: true,
      elapsedMs: 0,
      timeoutMs: 30_000,
      random: 0.5,
      budgetAllows: budget.allows,
    });
    budget.settle(decision);
    if (decision.kind === 'give-up') return attempt - 1;
  }
  return failures;
}

function callMany(budget: RetryBudget, count: number, failures: number): number {
  let retries = 0;
  for (let i = 0; i < count; i++) retries += call(budget, failures);
  return retries;
}

describe('the retry budget', () => {
  it('lets the first ten retries of a quiet client through, and no more', () => {
    const budget = new RetryBudget();
    expect([1, 2, 3, 4, 5].map(() => call(budget, 9))).toEqual([3, 3, 3, 1, 0]);
    expect(budget.refused).toBe(2);
  });

  it('holds retries to 20 % of 10,000 calls that all fail', () => {
    const budget = new RetryBudget();
    const retries = callMany(budget, 10_000, 9);
    expect(retries).toBeLessThanOrEqual(2_000);
    expect(retries).toBeGreaterThan(1_990);
  });

  it('holds them to 20 % when the failures come after 10,000 good calls, but for the reserve', () => {
    const budget = new RetryBudget();
    expect(callMany(budget, 10_000, 0)).toBe(0);
    // The deposit of the first call finds the budget full.
    expect(callMany(budget, 1_000, 9)).toBe(10 + 199);
  });

  it('fills again, a retry for every five calls', () => {
    const budget = new RetryBudget();
    // The first fifty calls pay back what the budget began with.
    callMany(budget, 50, 1);
    expect(budget.allows).toBe(false);
    callMany(budget, 4, 0);
    expect(budget.allows).toBe(false);
    callMany(budget, 1, 0);
    expect(budget.allows).toBe(true);
  });

  it('counts what it refused, and not what another reason ended', () => {
    const budget = new RetryBudget();
    budget.settle({ kind: 'give-up', why: 'attempts' });
    budget.settle({ kind: 'give-up', why: 'not-retryable' });
    expect(budget.refused).toBe(0);
    callMany(budget, 20, 9);
    // 3 + 3 + 3 + 1 retries; the fourth call and the sixteen after it were refused one each.
    expect(budget.refused).toBe(17);
  });

  it('never allows more than the larger of ten and a fifth of the calls, in any order of calls', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 400 }), (failures) => {
        const budget = new RetryBudget();
        let retries = 0;
        failures.forEach((count, index) => {
          retries += call(budget, count);
          expect(retries).toBeLessThanOrEqual(Math.max(10, (index + 1) / 5));
        });
      }),
      { numRuns: 300 },
    );
  });
});
