import { describe, expect, it, vi } from 'vitest';
import { outcomeOf } from '../testing/test-watch.js';
import { refuse } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();

const call = (options = {}) => stage.client.mutate('users@1.0.0', 'get', ['u1'], options);

async function fail(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    stage.server.answers.push(refuse(503));
    await expect(call()).rejects.toMatchObject({ status: 503 });
  }
}

const untilHeld = (held: unknown[]) => vi.waitFor(() => expect(held.length).toBe(1), { interval: 1 });

describe('a backend with maxConcurrent', () => {
  const untilSent = (count: number) =>
    vi.waitFor(() => expect(stage.server.requests.length).toBe(count), { interval: 1 });

  it('has so many requests at a time, and the others by their priority', async () => {
    stage.use({ maxConcurrent: 2 });
    const first = stage.hold();
    const second = stage.hold();
    const calls = [call(), call()];
    await untilSent(2);
    for (const priority of ['low', 'normal', 'high'] as const) {
      calls.push(stage.client.mutate('users@1.0.0', 'get', [priority], { priority }));
    }
    first[0]?.();
    second[0]?.();
    await Promise.all(calls);
    expect(stage.server.requests.slice(2).map(({ input }) => (input as string[])[0])).toEqual([
      'high',
      'normal',
      'low',
    ]);
    expect(stage.runtime.timers).toBe(0);
  });

  it('takes the priority of the backend where a call has none', async () => {
    stage.use({ maxConcurrent: 1, priority: 'low' });
    const held = stage.hold();
    const calls = [call()];
    await untilSent(1);
    calls.push(stage.client.mutate('users@1.0.0', 'get', ['default']));
    calls.push(stage.client.mutate('users@1.0.0', 'get', ['normal'], { priority: 'normal' }));
    held[0]?.();
    await Promise.all(calls);
    expect(stage.server.requests.slice(1).map(({ input }) => (input as string[])[0])).toEqual(['normal', 'default']);
  });

  it('loses no slot to calls that are given up, while they wait or run', async () => {
    stage.use({ maxConcurrent: 1 });
    for (let i = 0; i < 3; i++) {
      const held = stage.hold();
      const controllers = [new AbortController(), new AbortController()];
      const running = outcomeOf(call({ signal: controllers[0]?.signal }));
      await untilHeld(held);
      const waiting = outcomeOf(call({ signal: controllers[1]?.signal }));
      const late = outcomeOf(call({ timeout: 50 }));
      stage.runtime.advance(50);
      expect(await late).toMatchObject({ error: { code: 'timeout' } });
      controllers[1]?.abort();
      expect(await waiting).toMatchObject({ error: { code: 'aborted' } });
      controllers[0]?.abort();
      expect(await running).toMatchObject({ error: { code: 'aborted' } });
    }
    expect(await Promise.all([call(), call()])).toEqual([['u1'], ['u1']]);
    expect(stage.server.requests.length).toBe(5);
    expect(stage.runtime.timers).toBe(0);
  });

  it('gives its slot to others while a call waits for its next attempt', async () => {
    stage.use({ maxConcurrent: 1 });
    stage.server.answers.push(refuse(503));
    const retried = call({ retry: { initialDelay: 100, jitter: false }, idempotent: true });
    await vi.waitFor(() => expect(stage.runtime.delays).toContain(100), { interval: 1 });
    expect(await stage.client.mutate('users@1.0.0', 'get', ['other'])).toEqual(['other']);
    stage.runtime.advance(100);
    expect(await retried).toEqual(['u1']);
  });

  it('does not blame the backend for what timed out in the queue, and does not send on what waits once it is open', async () => {
    stage.use({ maxConcurrent: 1, circuitBreaker: { threshold: 2 } });
    const held = stage.hold();
    const running = outcomeOf(call({ timeout: 1_000 }));
    await untilHeld(held);
    const late = Promise.all([1, 2, 3].map(() => outcomeOf(call({ timeout: 50 }))));
    stage.runtime.advance(50);
    for (const outcome of await late) expect(outcome).toMatchObject({ error: { code: 'timeout' } });
    expect(stage.states).toEqual([]);
    stage.server.answers.push(refuse(503));
    const waiting = Promise.all([1, 2, 3].map(() => outcomeOf(call({ timeout: 5_000 }))));
    stage.runtime.advance(950);
    expect(await running).toMatchObject({ error: { code: 'timeout' } });
    expect(await waiting).toMatchObject([
      { error: { status: 503 } },
      { error: { code: 'unavailable' } },
      { error: { code: 'unavailable' } },
    ]);
    expect(stage.server.requests.length).toBe(2);
    expect(stage.runtime.timers).toBe(0);
  });

  it('has its one probe too, when the breaker was open for long enough', async () => {
    stage.use({ maxConcurrent: 2, circuitBreaker: { threshold: 3, cooldownTime: 1_000 } });
    await fail(3);
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    stage.runtime.nowMs += 1_000;
    expect(await call()).toEqual(['u1']);
    expect(stage.states.at(-1)).toBe('closed: recovered');
  });

  it('refuses at once while the breaker is open, though all slots are taken', async () => {
    stage.use({ maxConcurrent: 1, circuitBreaker: true });
    const held = stage.hold();
    const running = call();
    await untilHeld(held);
    await (await stage.client.backend()).isolate();
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    held[0]?.();
    expect(await running).toBe('there');
  });
});
