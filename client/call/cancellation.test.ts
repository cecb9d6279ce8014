import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { outcomeOf } from '../testing/test-watch.js';
import { Cancellation } from './cancellation.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };
const never = new Promise<never>(() => undefined);

function cancellation(signal?: AbortSignal): Cancellation {
  return new Cancellation(50, 1_050, signal);
}

describe('a cancellation', () => {
  it('happens once, with its first reason', () => {
    const subject = cancellation();
    const told = vi.fn();
    subject.onCancel = told;
    subject.check(PLACE);
    subject.cancel('timeout');
    subject.cancel('aborted');
    expect(subject.cancelled).toBe('timeout');
    expect(told).toHaveBeenCalledTimes(1);
    expect(() => subject.check(PLACE)).toThrow('[timeout] users.get on main: no answer within 50 ms');
    expect(subject.error(PLACE)).toMatchObject({ ...PLACE, code: 'timeout', retryable: true });
  });

  it('follows the signal of the caller until the work is done', () => {
    const controller = new AbortController();
    const subject = cancellation(controller.signal);
    const other = cancellation(controller.signal);
    other.end();
    controller.abort();
    expect(subject.cancelled).toBe('aborted');
    expect(subject.error(PLACE)).toMatchObject({ code: 'aborted', retryable: false });
    expect(other.cancelled).toBeUndefined();
    subject.end();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('has happened already where the signal was aborted before', async () => {
    const subject = cancellation(AbortSignal.abort());
    expect(subject.cancelled).toBe('aborted');
    expect(subject.signal.aborted).toBe(true);
    expect(await outcomeOf(subject.race(never, PLACE))).toMatchObject({ error: { code: 'aborted' } });
  });

  it('reaches whoever asks for a signal, before and after it has happened', () => {
    const subject = cancellation();
    const { signal } = subject;
    expect(subject.signal).toBe(signal);
    expect(signal.aborted).toBe(false);
    subject.cancel('timeout');
    expect(signal.aborted).toBe(true);
    expect(subject.signal).toBe(signal);
  });

  it('ends a race, and what comes later changes nothing', async () => {
    const subject = cancellation();
    let finish: (value: number) => void = () => undefined;
    const work = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const outcome = outcomeOf(subject.race(work, PLACE));
    subject.cancel('aborted');
    finish(7);
    expect(await outcome).toMatchObject({ error: { code: 'aborted', ...PLACE } });
    expect(await cancellation().race(work, PLACE)).toBe(7);
  });

  it('takes the failure of work that nobody waits for any more', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const subject = cancellation();
    subject.cancel('timeout');
    expect(await outcomeOf(subject.race(Promise.reject(new Error('late')), PLACE))).toMatchObject({
      error: { code: 'timeout' },
    });
    // Node tells after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('happens before anything is sent in a session that is over', async () => {
    const session = { isOver: false };
    const subject = new Cancellation(50, 1_050, undefined, undefined, session);
    subject.check(PLACE);
    expect(subject.isWanted()).toBe(true);
    const outcome = outcomeOf(subject.race(never, PLACE));
    session.isOver = true;
    expect(subject.cancelled).toBeUndefined();
    const left = { code: 'aborted', reason: 'whoever began it has signed out', ...PLACE };
    expect(() => subject.check(PLACE)).toThrow(expect.objectContaining(left));
    expect(subject.isWanted()).toBe(false);
    expect(await outcome).toMatchObject({ error: left });
  });
});
