import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

vi.mock('webextension-polyfill', () => ({ default: {} }));
const { FrameEvaluator } = await import('./frame-evaluator.js');

/** A frame of the panel. What it evaluates with is put there by its own script, before it has loaded. */
class FakeFrame extends EventTarget {
  hidden = false;
  src = '';
  removed = false;
  readonly contentWindow: { netronEvaluate?: (expression: string) => Promise<unknown> } = {};
  remove(): void {
    this.removed = true;
  }
  load(evaluate: (expression: string) => Promise<unknown>): void {
    this.contentWindow.netronEvaluate = evaluate;
    this.dispatchEvent(new Event('load'));
  }
}

let frames: FakeFrame[];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('document', {
    createElement: () => new FakeFrame(),
    body: { append: (frame: FakeFrame) => frames.push(frame) },
  });
});
afterEach(() => vi.unstubAllGlobals());

const lost = (): Promise<unknown> =>
  Promise.resolve([undefined, { isError: true, description: 'An unexpected error occurred' }]);
const works = (expression: string): Promise<unknown> => Promise.resolve([`of ${expression}`, undefined]);

describe('FrameEvaluator', () => {
  it('opens one hidden frame, waits for it, and evaluates there', async () => {
    const evaluator = new FrameEvaluator();
    const first = evaluator.evaluate('a');
    frames[0]?.load(works);
    expect(await first).toEqual({ kind: 'value', value: 'of a' });
    expect(await evaluator.evaluate('b')).toEqual({ kind: 'value', value: 'of b' });
    expect(frames.map(({ hidden, src, removed }) => [hidden, src, removed])).toEqual([
      [true, '/extension/frame.html', false],
    ]);
  });

  it('replaces a frame that has lost its target twice in a row', async () => {
    const evaluator = new FrameEvaluator();
    const first = evaluator.evaluate('a');
    frames[0]?.load(lost);
    expect(await first).toMatchObject({ kind: 'retry' });
    expect(frames[0]?.removed).toBe(false);
    expect(await evaluator.evaluate('b')).toMatchObject({ kind: 'retry' });
    expect(frames[0]?.removed).toBe(true);
    const third = evaluator.evaluate('c');
    frames[1]?.load(works);
    expect(await third).toEqual({ kind: 'value', value: 'of c' });
    expect(frames).toHaveLength(2);
  });

  it('keeps a frame that failed once', async () => {
    const evaluator = new FrameEvaluator();
    let answer = lost as (expression: string) => Promise<unknown>;
    const first = evaluator.evaluate('a');
    frames[0]?.load((expression) => answer(expression));
    await first;
    answer = works;
    await evaluator.evaluate('b');
    answer = lost;
    await evaluator.evaluate('c');
    expect(frames.map(({ removed }) => removed)).toEqual([false]);
  });

  it('settles what waits for a frame that is taken away', async () => {
    const evaluator = new FrameEvaluator();
    const waiting = evaluator.evaluate('a');
    frames[0]?.load(() => new Promise(() => undefined));
    evaluator.replace();
    expect(await waiting).toEqual({ kind: 'retry', message: 'the evaluation frame was replaced' });
    const next = evaluator.evaluate('b');
    frames[1]?.load(works);
    expect(await next).toMatchObject({ kind: 'value' });
  });

  it.each([
    [
      'a rejection',
      () => Promise.reject(new Error('Permission denied')),
      { kind: 'denied', message: 'Permission denied' },
    ],
    [
      'a throw',
      () => {
        throw new Error('gone');
      },
      { kind: 'retry', message: 'gone' },
    ],
    [
      'an exception of the page',
      () => Promise.resolve([undefined, { isException: true, value: 'x' }]),
      { kind: 'threw', message: 'x' },
    ],
  ])('settles on %s', async (_, evaluate, outcome) => {
    const evaluator = new FrameEvaluator();
    const asked = evaluator.evaluate('a');
    frames[0]?.load(evaluate);
    expect(await asked).toEqual(outcome);
  });
});
