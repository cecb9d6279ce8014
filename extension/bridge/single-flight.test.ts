import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EvalOutcome, Evaluator } from './evaluator.js';
import { BUSY_AFTER_MS } from './limits.js';
import { SingleFlight } from './single-flight.js';

/** Evaluates nothing until the test answers. */
class HeldEvaluator implements Evaluator {
  readonly sent: string[] = [];
  readonly #answers: ((outcome: EvalOutcome) => void)[] = [];

  evaluate(expression: string): Promise<EvalOutcome> {
    this.sent.push(expression);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  async answer(at: number, value: unknown): Promise<void> {
    this.#answers[at]?.({ kind: 'value', value });
    await vi.advanceTimersByTimeAsync(0);
  }
}

let evaluator: HeldEvaluator;
let busy: boolean[];
let flight: SingleFlight;

beforeEach(() => {
  vi.useFakeTimers();
  evaluator = new HeldEvaluator();
  busy = [];
  flight = new SingleFlight(evaluator, (now) => {
    if (now !== (busy.at(-1) ?? false)) busy.push(now);
  });
});
afterEach(() => vi.useRealTimers());

describe('SingleFlight', () => {
  it('has one evaluation in flight, and sends the others in their order', async () => {
    const settled: unknown[] = [];
    for (const name of ['a', 'b', 'c']) flight.run(() => name).then((outcome) => settled.push([name, outcome]));
    expect([evaluator.sent, flight.idle]).toEqual([['a'], false]);
    await evaluator.answer(0, 1);
    expect(evaluator.sent).toEqual(['a', 'b']);
    await evaluator.answer(1, 2);
    await evaluator.answer(2, 3);
    expect(settled).toEqual([
      ['a', { kind: 'value', value: 1 }],
      ['b', { kind: 'value', value: 2 }],
      ['c', { kind: 'value', value: 3 }],
    ]);
    expect([evaluator.sent, flight.idle]).toEqual([['a', 'b', 'c'], true]);
  });

  it('makes an expression when its turn comes', async () => {
    let cursor = 1;
    flight.run(() => 'first');
    flight.run(() => `drain ${cursor}`);
    cursor = 7;
    await evaluator.answer(0, '');
    expect(evaluator.sent[1]).toBe('drain 7');
  });

  it('says that the page is busy after four seconds, sends nothing meanwhile, and takes the late answer', async () => {
    const outcome = flight.run(() => 'a');
    flight.run(() => 'b');
    await vi.advanceTimersByTimeAsync(BUSY_AFTER_MS - 1);
    expect(busy).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(busy).toEqual([true]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(evaluator.sent).toEqual(['a']);
    await evaluator.answer(0, 'late');
    expect(await outcome).toEqual({ kind: 'value', value: 'late' });
    expect([busy, evaluator.sent]).toEqual([
      [true, false],
      ['a', 'b'],
    ]);
    await vi.advanceTimersByTimeAsync(BUSY_AFTER_MS);
    expect(busy).toEqual([true, false, true]);
  });

  it('lets go of what a navigation has overtaken, and does not mix up its late answer', async () => {
    const old = flight.run(() => 'old');
    const next = flight.run(() => 'next');
    await vi.advanceTimersByTimeAsync(BUSY_AFTER_MS);
    flight.abandon();
    expect(await old).toEqual({ kind: 'retry', message: 'navigated' });
    expect([evaluator.sent, busy]).toEqual([
      ['old', 'next'],
      [true, false],
    ]);
    await evaluator.answer(0, 'of the old page');
    expect(flight.idle).toBe(false);
    await evaluator.answer(1, 'of the new page');
    expect(await next).toEqual({ kind: 'value', value: 'of the new page' });
    expect(flight.idle).toBe(true);
  });

  it('has nothing to let go of when it is idle', async () => {
    flight.abandon();
    flight.abandon();
    const outcome = flight.run(() => 'a');
    await evaluator.answer(0, 1);
    expect(await outcome).toEqual({ kind: 'value', value: 1 });
    expect([busy, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
