import { describe, expect, it } from 'vitest';
import { TestRuntime } from './testing/test-runtime.js';
import { TurnClock } from './turn-clock.js';

const turn = (): Promise<void> => Promise.resolve();

describe('TurnClock', () => {
  it('reads the clock once per turn, however often it is asked', async () => {
    const runtime = new TestRuntime();
    const clock = new TurnClock(runtime);
    expect([clock.now(), clock.now(), clock.nowUs()]).toEqual([1_000, 1_000, 1_000_000]);
    runtime.nowMs += 5;
    expect(clock.now()).toBe(1_000);
    expect(runtime.clockReads).toBe(1);
    await turn();
    expect([clock.now(), clock.nowUs()]).toEqual([1_005, 1_005_000]);
    expect(runtime.clockReads).toBe(2);
  });

  it('reads it again at an edge, for the rest of the turn as well', async () => {
    const runtime = new TestRuntime();
    const clock = new TurnClock(runtime);
    clock.now();
    runtime.nowMs += 5;
    expect(clock.read()).toBe(1_005);
    expect(clock.now()).toBe(1_005);
    await turn();
    runtime.nowMs += 5;
    expect(clock.now()).toBe(1_010);
  });

  it('rounds to whole microseconds', () => {
    const runtime = new TestRuntime();
    runtime.nowMs = 1.000_6;
    expect(new TurnClock(runtime).nowUs()).toBe(1_001);
  });
});
