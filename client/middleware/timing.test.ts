import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchUncaught } from '../pipeline/test-answers.js';
import { compose, type Next } from './middleware.js';
import { layersOf, testContext } from './test-context.js';
import { type Timing, timing } from './timing.js';

/** A call that takes its time on a clock of its own. */
function timed(tookMs: number, outcome: Next): { call: Promise<unknown>; timings: Timing[] } {
  let nowMs = 100;
  const timings: Timing[] = [];
  const layers = layersOf({
    timing: timing({ onTiming: (one) => timings.push(one), now: () => nowMs }),
    within: async (_context, next) => {
      nowMs += 3;
      return next();
    },
  });
  const call = compose(layers, testContext(), async () => {
    await Promise.resolve();
    nowMs += tookMs;
    return outcome();
  });
  return { call, timings };
}

const CALL = { kind: 'query', backend: 'main', service: 'users@1.0.0', method: 'get' };

afterEach(() => vi.restoreAllMocks());

describe('timing', () => {
  it('measures everything further in, the network included', async () => {
    const { call, timings } = timed(12.5, async () => 'result');
    expect(await call).toBe('result');
    expect(timings).toEqual([{ ...CALL, durationMs: 15.5, ok: true }]);
  });

  it('measures failures too, and lets them through', async () => {
    const error = new Error('gone');
    const { call, timings } = timed(7, () => Promise.reject(error));
    await expect(call).rejects.toBe(error);
    expect(timings).toEqual([{ ...CALL, durationMs: 10, ok: false }]);
  });

  it('changes nothing about a call where the listener throws, which is reported', async () => {
    const uncaught = watchUncaught();
    const full = new Error('disk full');
    const onTiming = () => {
      throw full;
    };
    const layers = layersOf({ timing: timing({ onTiming }) });
    const gone = new Error('gone');
    expect(await compose(layers, testContext(), async () => 1)).toBe(1);
    await expect(compose(layers, testContext(), () => Promise.reject(gone))).rejects.toBe(gone);
    expect(uncaught).toEqual([full, full]);
  });

  it('reads the clock of the page by default', async () => {
    const timings: Timing[] = [];
    await compose(layersOf({ timing: timing({ onTiming: (one) => timings.push(one) }) }), testContext(), async () => 1);
    expect(timings[0]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(timings[0]?.durationMs).toBeLessThan(10_000);
  });

  it.each<[unknown, string]>([
    [undefined, ' is undefined (undefined), expected an object'],
    [{}, '.onTiming is undefined (undefined), expected a function'],
    [{ onTiming: 'log' }, '.onTiming is "log" (string), expected a function'],
    [{ onTiming: () => undefined, now: 5 }, '.now is 5 (number), expected a function'],
    [{ onTiming: () => undefined, clock: 5 }, '.clock is 5 (number), expected only onTiming,now'],
  ])('refuses %j', (options, reason) => {
    expect(() => timing(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: `option timing${reason}` }),
    );
    expect(timing({ onTiming: () => undefined })).toBeTypeOf('function');
  });
});
