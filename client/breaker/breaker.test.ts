import { beforeEach, describe, expect, it } from 'vitest';
import { TestRuntime } from '../testing/test-runtime.js';
import { CircuitBreaker, type Permit, type Refusal, refusalError } from './breaker.js';
import { type BreakerConfig, type BreakerOptions, parseBreaker } from './breaker-options.js';
import type { Verdict } from './verdict.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };

/** Time and luck in a test's hands. */
class Clock {
  nowMs = 1_000;
  luck = 0.5;
  now(): number {
    return this.nowMs;
  }
  random(): number {
    return this.luck;
  }
}

let clock: Clock;
let moves: string[];
let breaker: CircuitBreaker;

function make(options: BreakerOptions | true = true): void {
  clock = new Clock();
  moves = [];
  breaker = new CircuitBreaker(parseBreaker(options, 'circuitBreaker') as BreakerConfig, clock, (from, to, reason) => {
    moves.push(`${from} → ${to}: ${reason}`);
  });
}

beforeEach(() => make());

function admitted(): Permit {
  const admission = breaker.admit();
  expect(admission.admitted).toBe(true);
  return admission as Permit;
}

function refused(): Refusal {
  const admission = breaker.admit();
  expect(admission.admitted).toBe(false);
  return admission as Refusal;
}

function callEnds(...verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts) breaker.settle(admitted(), verdict);
}

function times(count: number, verdict: Verdict): Verdict[] {
  return Array.from({ length: count }, () => verdict);
}

function trip(): void {
  callEnds(...times(10, 'failure'));
  expect(breaker.state.kind).toBe('open');
}

describe('a closed breaker', () => {
  it('lets everything through', () => {
    callEnds(...times(1_000, 'success'));
    expect([breaker.state.kind, moves]).toEqual(['closed', []]);
  });

  it('opens at half of ten outcomes, and not at less', () => {
    make({ threshold: 1_000 });
    callEnds(...times(6, 'success'), ...times(4, 'failure'));
    expect(breaker.state.kind).toBe('closed');
    make({ threshold: 1_000 });
    callEnds(...times(5, 'success'), ...times(5, 'failure'));
    expect(moves).toEqual(['closed → open: ratio']);
  });

  it('does not take a ratio of nine outcomes', () => {
    make({ threshold: 1_000 });
    callEnds(...times(9, 'failure'));
    expect(breaker.state.kind).toBe('closed');
    callEnds('success');
    expect(moves).toEqual(['closed → open: ratio']);
  });

  it('takes the ratio of the last twenty outcomes alone', () => {
    make({ threshold: 1_000 });
    callEnds(...times(500, 'success'), ...times(9, 'failure'));
    expect(breaker.state.kind).toBe('closed');
    // The failures slide out of the twenty again.
    callEnds(...times(20, 'success'), ...times(9, 'failure'));
    expect(breaker.state.kind).toBe('closed');
    callEnds('failure');
    expect(breaker.state.kind).toBe('open');
  });

  it('opens at a ratio of its own', () => {
    make({ threshold: 1_000, ratio: 0.55 });
    callEnds(...times(9, 'success'), ...times(10, 'failure'));
    expect(breaker.state.kind).toBe('closed');
    callEnds('failure');
    expect(breaker.state.kind).toBe('open');
  });

  it('opens at the threshold inside the window, however many calls went well', () => {
    make({ threshold: 3, windowTime: 1_000 });
    for (let failures = 0; failures < 3; failures++) {
      expect(breaker.state.kind).toBe('closed');
      callEnds(...times(50, 'success'), 'failure');
      clock.nowMs += 499;
    }
    expect(moves).toEqual(['closed → open: threshold']);
  });

  it('forgets failures that are as old as the window', () => {
    make({ threshold: 3, windowTime: 1_000 });
    for (let failures = 0; failures < 8; failures++) {
      callEnds(...times(3, 'success'), 'failure');
      clock.nowMs += 500;
    }
    expect(breaker.state.kind).toBe('closed');
  });

  it('counts neither for nor against what is ignored', () => {
    callEnds(...times(1_000, 'ignored'), ...times(4, 'failure'), ...times(6, 'success'));
    expect(breaker.state.kind).toBe('closed');
    callEnds(...times(100, 'ignored'), ...times(2, 'failure'));
    expect(breaker.state.kind).toBe('open');
  });

  it('counts a call once, however often it is settled', () => {
    make({ threshold: 2 });
    const permit = admitted();
    for (let i = 0; i < 100; i++) breaker.settle(permit, 'failure');
    expect(breaker.state.kind).toBe('closed');
    callEnds('failure');
    expect(breaker.state.kind).toBe('open');
  });
});

describe('an open breaker', () => {
  beforeEach(trip);

  it('refuses at once and says when to ask again', () => {
    expect(refused().retryAfterMs).toBe(5_000);
    clock.nowMs += 4_999.5;
    expect(refused().retryAfterMs).toBe(0.5);
    clock.nowMs += 0.5;
    admitted();
    expect(moves).toEqual(['closed → open: ratio', 'open → half-open: cooldown']);
  });

  it('refuses with an error of the call that may be tried again', () => {
    expect(refusalError(refused(), PLACE)).toMatchObject({
      code: 'unavailable',
      reason: 'the circuit breaker is open',
      message: '[unavailable] users.get on main: the circuit breaker is open',
      ...PLACE,
      retryAfterMs: 5_000,
      retryable: true,
    });
  });

  it('drops results of calls from before it opened', () => {
    make();
    const late = Array.from({ length: 50 }, admitted);
    trip();
    for (const permit of late.splice(0, 20)) breaker.settle(permit, 'success');
    expect(breaker.state.kind).toBe('open');
    clock.nowMs += 5_000;
    const probe = admitted();
    for (const permit of late.splice(0, 10)) breaker.settle(permit, 'failure');
    expect(breaker.state.kind).toBe('half-open');
    breaker.settle(probe, 'success');
    for (const permit of late) breaker.settle(permit, 'failure');
    expect(breaker.state.kind).toBe('closed');
  });
});

describe('a half-open breaker', () => {
  beforeEach(() => {
    trip();
    clock.nowMs += 5_000;
  });

  it('lets exactly one of 1,000 callers through', () => {
    const admissions = Array.from({ length: 1_000 }, () => breaker.admit());
    expect(admissions.map((one) => one.admitted)).toEqual([true, ...Array.from({ length: 999 }, () => false)]);
    expect(admissions.slice(1)).toEqual(Array.from({ length: 999 }, () => ({ admitted: false, retryAfterMs: 5_000 })));
  });

  it('lets one of each 1,000 through after each probe that was aborted', () => {
    for (let round = 0; round < 10; round++) {
      const probes = Array.from({ length: 1_000 }, () => breaker.admit()).filter((one) => one.admitted);
      expect(probes.length).toBe(1);
      breaker.settle(probes[0] as Permit, 'ignored');
      expect(breaker.state.kind).toBe('half-open');
    }
    expect(moves.length).toBe(2);
  });

  it('closes when the probe succeeds, and remembers no failure', () => {
    callEnds('success');
    expect(moves.at(-1)).toBe('half-open → closed: recovered');
    callEnds(...times(9, 'failure'));
    expect(breaker.state.kind).toBe('closed');
  });

  it('takes the result of a probe once', () => {
    const probe = admitted();
    breaker.settle(probe, 'ignored');
    breaker.settle(probe, 'success');
    expect(breaker.state.kind).toBe('half-open');
    const next = admitted();
    breaker.settle(probe, 'failure');
    expect(refused().retryAfterMs).toBe(5_000);
    breaker.settle(next, 'success');
    expect(breaker.state.kind).toBe('closed');
  });

  it('waits twice as long after each probe that fails, up to 60 s, and half of that is random', () => {
    const waits = [1, 2, 3, 4, 5, 6].map((failures) =>
      [0, 0.5, 1 - 2 ** -53].map((luck) => {
        make();
        trip();
        for (let left = failures; left > 0; left--) {
          clock.nowMs += refused().retryAfterMs;
          clock.luck = left === 1 ? luck : 0;
          callEnds('failure');
        }
        return Math.round(refused().retryAfterMs);
      }),
    );
    expect(waits).toEqual([
      [5_000, 7_500, 10_000],
      [10_000, 15_000, 20_000],
      [20_000, 30_000, 40_000],
      [30_000, 45_000, 60_000],
      [30_000, 45_000, 60_000],
      [30_000, 45_000, 60_000],
    ]);
  });

  it('starts from the cooldown again once it was closed', () => {
    callEnds('failure');
    clock.nowMs += refused().retryAfterMs;
    callEnds('success');
    trip();
    expect(refused().retryAfterMs).toBe(5_000);
  });
});

describe('by hand', () => {
  it('stays open until it is reset', () => {
    breaker.isolate();
    clock.nowMs += 1e9;
    const refusal = refused();
    expect(refusal.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    // No number that somebody could wait for.
    expect(refusalError(refusal, PLACE)).toMatchObject({
      code: 'unavailable',
      retryAfterMs: undefined,
      retryable: true,
    });
    breaker.isolate();
    breaker.reset();
    callEnds('success');
    expect(moves).toEqual(['closed → open: isolated', 'open → closed: reset']);
  });

  it('is isolated over a cooldown and over a probe, whose result is dropped', () => {
    trip();
    clock.nowMs += 5_000;
    const probe = admitted();
    breaker.isolate();
    breaker.settle(probe, 'success');
    expect(breaker.state).toMatchObject({ kind: 'open', reason: 'isolated' });
    make();
    trip();
    breaker.isolate();
    clock.nowMs += 1e9;
    refused();
    expect(moves.at(-1)).toBe('open → open: isolated');
  });

  it('is reset with nothing remembered, and drops what was under way', () => {
    callEnds(...times(9, 'failure'));
    const late = admitted();
    breaker.reset();
    breaker.settle(late, 'failure');
    callEnds(...times(4, 'failure'), ...times(6, 'success'));
    expect(breaker.state.kind).toBe('closed');
    expect(moves).toEqual([]);
  });

  it('needs no listener, and takes its clock and luck from the runtime of the client', () => {
    const runtime = new TestRuntime();
    breaker = new CircuitBreaker(parseBreaker(true, 'circuitBreaker') as BreakerConfig, runtime);
    trip();
    runtime.advance(5_000);
    callEnds('success', 'success');
  });
});
