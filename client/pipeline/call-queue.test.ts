import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cancellation } from '../call/cancellation.js';
import { MAX_QUEUED_CALLS } from '../resilience-limits.js';
import { outcomeOf } from '../testing/test-watch.js';
import { CallQueue, type Priority } from './call-queue.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };

function cancellation(): Cancellation {
  return new Cancellation(1_000, 2_000, undefined);
}

function enter(queue: CallQueue, priority: Priority = 'normal', own = cancellation()): Promise<void> {
  return queue.enter(priority, own, PLACE);
}

describe('the queue', () => {
  it('lets the highest priority go first, and in each the oldest', async () => {
    const queue = new CallQueue(1, 'maxConcurrent');
    await enter(queue);
    const order: string[] = [];
    const calls = (['low', 'normal', 'high', 'low', 'high', 'normal'] as const).map((priority, i) =>
      enter(queue, priority).then(() => {
        order.push(`${priority} ${i}`);
        queue.leave();
      }),
    );
    expect(queue.waiting).toBe(6);
    queue.leave();
    await Promise.all(calls);
    expect(order).toEqual(['high 2', 'high 4', 'normal 1', 'normal 5', 'low 0', 'low 3']);
    expect(queue.waiting).toBe(0);
  });

  it('lets go of a call that is cancelled while it waits, and keeps its place for nobody', async () => {
    const queue = new CallQueue(1, 'maxConcurrent');
    await enter(queue);
    const gone = cancellation();
    const waiting = [outcomeOf(enter(queue, 'high', gone)), outcomeOf(enter(queue, 'low'))];
    gone.cancel('aborted');
    expect(await waiting[0]).toMatchObject({ error: { code: 'aborted', ...PLACE } });
    queue.leave();
    expect(await waiting[1]).toEqual({ value: undefined });
    queue.leave();
    await enter(queue);
    expect(queue.waiting).toBe(0);
  });

  it('gives the turn to a call that is cancelled in the same moment, which must leave as well', async () => {
    const queue = new CallQueue(1, 'maxConcurrent');
    await enter(queue);
    const late = cancellation();
    const call = outcomeOf(enter(queue, 'normal', late));
    queue.leave();
    late.cancel('timeout');
    expect(await call).toEqual({ value: undefined });
    const next = outcomeOf(enter(queue));
    expect(queue.waiting).toBe(1);
    queue.leave();
    expect(await next).toEqual({ value: undefined });
  });

  it('takes nobody who was cancelled before', async () => {
    const queue = new CallQueue(1, 'maxConcurrent');
    const gone = cancellation();
    gone.cancel('timeout');
    expect(await outcomeOf(enter(queue, 'normal', gone))).toMatchObject({ error: { code: 'timeout' } });
    await enter(queue);
    expect(await outcomeOf(enter(queue, 'normal', gone))).toMatchObject({ error: { code: 'timeout' } });
    expect(queue.waiting).toBe(0);
  });

  it('turns away more than it may hold, counts them, and takes the next when there is room', async () => {
    const queue = new CallQueue(1, 'maxConcurrent');
    await enter(queue);
    const last = cancellation();
    const held = Array.from({ length: MAX_QUEUED_CALLS - 1 }, () => enter(queue, 'low'));
    const leaves = outcomeOf(enter(queue, 'high', last));
    expect(await outcomeOf(enter(queue, 'high'))).toMatchObject({ error: { code: 'unavailable', ...PLACE } });
    expect(queue.refused).toBe(1);
    last.cancel('aborted');
    await leaves;
    const taken = enter(queue, 'high');
    queue.leave();
    await taken;
    expect(queue.refused).toBe(1);
    expect(queue.waiting).toBe(held.length);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4', null, {}])('refuses %s as its size', (size) => {
    expect(() => new CallQueue(size, 'backends.main.maxConcurrent')).toThrow(
      /^\[invalid-config\] option backends\.main\.maxConcurrent is .*expected a whole number from 1/,
    );
  });

  it('never lets more go than it may, keeps the order, and loses nobody, in any schedule', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<Priority>('high', 'normal', 'low') },
      { weight: 2, arbitrary: fc.constant('leave' as const) },
      { weight: 1, arbitrary: fc.record({ cancel: fc.nat(40) }) },
    );
    const rank = { high: 0, normal: 1, low: 2 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (size, steps) => {
        const queue = new CallQueue(size, 'maxConcurrent');
        const calls: { readonly priority: Priority; readonly own: Cancellation; state: string }[] = [];
        const count = (state: string): number => calls.filter((call) => call.state === state).length;
        const settle = async (): Promise<void> => {
          for (let i = 0; i < 4; i++) await Promise.resolve();
        };
        const leave = async (): Promise<void> => {
          const running = calls.find(({ state }) => state === 'running');
          if (running === undefined) return;
          // By the model: the best of those that wait.
          const [expected] = calls
            .filter(({ state }) => state === 'waiting')
            .sort((a, b) => rank[a.priority] - rank[b.priority]);
          running.state = 'done';
          queue.leave();
          await settle();
          if (expected !== undefined) expect(expected.state).toBe('running');
        };
        for (const one of steps) {
          if (one === 'leave') await leave();
          else if (typeof one === 'string') {
            const call = { priority: one, own: cancellation(), state: 'waiting' };
            calls.push(call);
            enter(queue, one, call.own).then(
              () => {
                call.state = 'running';
              },
              () => {
                call.state = 'gone';
              },
            );
            await settle();
          } else {
            const found = calls[one.cancel % Math.max(1, calls.length)];
            const before = found?.state;
            found?.own.cancel('aborted');
            await settle();
            if (found !== undefined) expect(found.state).toBe(before === 'waiting' ? 'gone' : before);
          }
          expect(count('running')).toBeLessThanOrEqual(size);
          // Nobody waits while there is room.
          if (count('waiting') > 0) expect(count('running')).toBe(size);
          expect(queue.waiting).toBe(count('waiting'));
        }
        while (count('running') > 0) await leave();
        expect(count('waiting')).toBe(0);
        expect(count('done') + count('gone')).toBe(calls.length);
      }),
    );
  });
});
