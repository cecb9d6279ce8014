import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_TIMER_MS } from '../limits.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TurnClock } from '../turn-clock.js';
import type { Cancellation } from './cancellation.js';
import { Deadlines, TIMEOUT } from './deadlines.js';

let runtime: TestRuntime;
let deadlines: Deadlines;

beforeEach(() => {
  runtime = new TestRuntime();
  deadlines = new Deadlines(runtime, new TurnClock(runtime));
});

/** A turn of the event loop ends, so that the clock is read again. */
async function wait(ms: number): Promise<void> {
  runtime.advance(ms);
  await Promise.resolve();
}

describe('deadlines', () => {
  it('take one timer for each timeout in use, however many calls there are', async () => {
    const calls = [50, 50, 80, 50, 80].map((ms) => deadlines.start(ms));
    expect(runtime.timers).toBe(2);
    for (const call of calls) deadlines.end(call);
    expect(runtime.timers).toBe(0);
    expect(runtime.delays).toEqual([50, 80]);
    const next = deadlines.start(50);
    expect(runtime.timers).toBe(1);
    deadlines.end(next);
    expect(runtime.timers).toBe(0);
  });

  it('cancel each call at its own time, and set the timer anew for the rest', async () => {
    const first = deadlines.start(100);
    await wait(30);
    const second = deadlines.start(100);
    await wait(70);
    expect([first.cancelled, second.cancelled]).toEqual(['timeout', undefined]);
    expect(runtime.delays).toEqual([100, 30]);
    await wait(29);
    expect(second.cancelled).toBeUndefined();
    await wait(1);
    expect(second.cancelled).toBe('timeout');
    expect(runtime.timers).toBe(0);
  });

  it('leave the timer where it is when its first call ends early', async () => {
    const first = deadlines.start(100);
    await wait(40);
    const second = deadlines.start(100);
    deadlines.end(first);
    await wait(60);
    expect(second.cancelled).toBeUndefined();
    await wait(40);
    expect([first.cancelled, second.cancelled]).toEqual([undefined, 'timeout']);
    expect(runtime.timers).toBe(0);
  });

  it('cancel all that are due at once when the clock has jumped, as after a sleep', async () => {
    const calls = [];
    for (let i = 0; i < 3; i++) {
      calls.push(deadlines.start(100));
      await wait(10);
    }
    await wait(3_600_000);
    expect(calls.map(({ cancelled }) => cancelled)).toEqual(['timeout', 'timeout', 'timeout']);
    expect(runtime.timers).toBe(0);
  });

  it('do not trust a timer that fires early', () => {
    const call = deadlines.start(100);
    // As `advance` would at 100 ms, but at 99.5.
    runtime.advance(99.5);
    expect(call.cancelled).toBeUndefined();
    runtime.advance(0.5);
    expect(call.cancelled).toBe('timeout');
  });

  it('may be longer than a timer of a browser keeps', async () => {
    const call = deadlines.start(MAX_TIMER_MS * 1.5);
    expect(runtime.delays).toEqual([MAX_TIMER_MS]);
    await wait(MAX_TIMER_MS);
    expect(call.cancelled).toBeUndefined();
    await wait(MAX_TIMER_MS * 0.5);
    expect(call.cancelled).toBe('timeout');
    expect(runtime.timers).toBe(0);
  });

  it('are none where the timeout is infinite', async () => {
    const call = deadlines.start(Number.POSITIVE_INFINITY);
    expect(runtime.timers).toBe(0);
    await wait(1e12);
    expect(call.cancelled).toBeUndefined();
    deadlines.end(call);
  });

  it('leave alone what a call begins and ends in the moment of its timeout', () => {
    const first = deadlines.start(100);
    const others: Cancellation[] = [deadlines.start(100)];
    first.onCancel = () => {
      for (const other of others.splice(0)) deadlines.end(other);
      others.push(deadlines.start(100));
    };
    runtime.advance(100);
    expect(first.cancelled).toBe('timeout');
    expect(runtime.timers).toBe(1);
    for (const other of others) deadlines.end(other);
    expect(runtime.timers).toBe(0);
  });

  it('end with all that is under way when they are closed, whatever its timeout, and with what is begun later', () => {
    const calls = [50, 80, Number.POSITIVE_INFINITY].map((ms) => deadlines.start(ms));
    const told: unknown[] = [];
    for (const call of calls) {
      call.onCancel = () => {
        told.push(call.error({ backend: 'main', service: 'users', method: 'get' }));
        deadlines.end(call);
      };
    }
    deadlines.close();
    expect(told).toEqual(Array(3).fill(expect.objectContaining({ code: 'network', reason: 'the client was closed' })));
    const later = deadlines.start(50);
    expect(later.cancelled).toBe('closed');
    deadlines.end(later);
    expect(runtime.timers).toBe(0);
  });

  it('refuse a signal that is none, and then take a good one', () => {
    for (const signal of [7, null, {}, 'abort']) {
      expect(() => deadlines.start(50, signal as never)).toThrow(
        /option signal is (number|object|string), expected an/,
      );
    }
    expect(runtime.timers).toBe(0);
    const call = deadlines.start(50, new AbortController().signal);
    expect(runtime.timers).toBe(1);
    deadlines.end(call);
    expect(runtime.timers).toBe(0);
  });

  it('refuse a timeout that is no duration', () => {
    for (const timeout of [0, -1, Number.NaN, '5', null]) {
      expect(TIMEOUT(timeout)).toBe('milliseconds above 0');
    }
    for (const timeout of [0.5, Number.POSITIVE_INFINITY]) {
      expect(TIMEOUT(timeout)).toBe('');
    }
  });

  it('cancel exactly those whose time is over and that have not ended, whatever the order of things', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('start' as const), timeoutMs: fc.constantFrom(1, 5, 20, 100) }),
      fc.record({ kind: fc.constant('end' as const), at: fc.nat(50) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const own = new TestRuntime();
        const subject = new Deadlines(own, new TurnClock(own));
        const calls: { call: Cancellation; dueMs: number; ended: boolean }[] = [];
        for (const one of steps) {
          if (one.kind === 'start') {
            calls.push({ call: subject.start(one.timeoutMs), dueMs: own.nowMs + one.timeoutMs, ended: false });
          } else if (one.kind === 'end') {
            const found = calls[one.at % Math.max(1, calls.length)];
            if (found === undefined) continue;
            // What has timed out by now stays so.
            if (found.call.cancelled === undefined) found.ended = true;
            subject.end(found.call);
          } else {
            // Each millisecond by itself, as a timer that is set anew can fire no earlier.
            for (let i = 0; i < one.ms; i++) {
              own.advance(1);
              await Promise.resolve();
            }
          }
          for (const { call, dueMs, ended } of calls) {
            expect(call.cancelled).toBe(!ended && dueMs <= own.nowMs ? 'timeout' : undefined);
          }
        }
        for (const { call } of calls) subject.end(call);
        expect(own.timers).toBe(0);
      }),
    );
  });
});
