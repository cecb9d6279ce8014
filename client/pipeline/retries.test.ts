import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { layer } from '../cache/layer.js';
import type { NetronError } from '../netron-error.js';
import { outcomeOf } from '../testing/test-watch.js';
import { answer, cut, refuse, untilTimers } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();

/** Delays that can be told apart. */
const TWICE = { attempts: 2, initialDelay: 100, jitter: false } as const;
const get = (options = {}) => stage.client.query('users@1.0.0', 'get', ['u1'], options);
const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['new'], options);

describe('a query that fails', () => {
  it('is sent again after each pause, and told on the tap', async () => {
    stage.server.answers.push(refuse(503), cut, answer('there'));
    const metrics = vi.fn();
    const result = get({ retry: TWICE, metrics });
    await untilTimers(stage.runtime, 2);
    expect(stage.server.requests.length).toBe(1);
    stage.runtime.advance(99);
    await nextTurn();
    expect(stage.server.requests.length).toBe(1);
    stage.runtime.advance(1);
    await vi.waitFor(() => expect(stage.runtime.delays).toContain(200), { interval: 1 });
    expect(stage.server.requests.length).toBe(2);
    stage.runtime.advance(200);
    expect(await result).toBe('there');
    expect(stage.log.all('callAttempt')).toMatchObject([
      { cause: stage.log.one('callStart').seq, reason: 'retry', a: { status: 503 }, b: 100 },
      { reason: 'retry', a: { code: 'network' }, b: 200 },
    ]);
    expect(stage.log.all('callEnd').length).toBe(1);
    expect(metrics.mock.calls).toEqual([
      [{ durationMs: 300, attempts: 3, sizeBytes: expect.any(Number), error: undefined }],
    ]);
    expect(stage.runtime.timers).toBe(0);
  });

  it('fails with the last error when no retry is left', async () => {
    stage.server.answers.push(refuse(503), refuse(500), refuse(502));
    const metrics = vi.fn();
    const result = outcomeOf(get({ retry: TWICE, metrics }));
    for (const ms of [100, 200]) {
      await untilTimers(stage.runtime, 2);
      stage.runtime.advance(ms);
      await untilTimers(stage.runtime, 1);
    }
    const outcome = await result;
    expect(outcome).toMatchObject({ error: { code: 'remote', status: 502 } });
    expect(metrics).toHaveBeenCalledWith({
      durationMs: 300,
      attempts: 3,
      sizeBytes: 0,
      error: (outcome as { error: unknown }).error,
    });
    expect(stage.server.requests.length).toBe(3);
    expect(stage.runtime.timers).toBe(0);
  });

  it.each([400, 401, 403, 404, 409, 422])('with status %d is not sent again', async (status) => {
    stage.server.answers.push(refuse(status));
    await expect(get({ retry: TWICE })).rejects.toMatchObject({ status });
    expect(stage.server.requests.length).toBe(1);
    expect(await get({ retry: TWICE })).toEqual(['u1']);
  });

  it('waits as long as the server asks, and the pause of the policy after it', async () => {
    stage.server.answers.push(refuse(429, { retryAfter: 2 }), answer('there'));
    const result = get({ retry: TWICE });
    await untilTimers(stage.runtime, 2);
    expect(stage.runtime.delays).toContain(2_100);
    stage.runtime.advance(2_100);
    expect(await result).toBe('there');
  });

  it('is not sent again where its deadline would be over by then', async () => {
    stage.server.answers.push(refuse(429, { retryAfter: 2 }));
    await expect(get({ retry: TWICE, timeout: 2_000 })).rejects.toMatchObject({ status: 429, retryAfterMs: 2_000 });
    expect(stage.runtime.timers).toBe(0);
    expect(await get()).toEqual(['u1']);
  });

  it('is not sent again either where that would be so only after another attempt', async () => {
    stage.server.answers.push(refuse(503), refuse(502));
    const result = outcomeOf(get({ retry: TWICE, timeout: 250 }));
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    expect(await result).toMatchObject({ error: { status: 502 } });
    expect(stage.runtime.timers).toBe(0);
  });

  it('does not ask shouldRetry about its own deadline', async () => {
    stage.server.answers.push(() => undefined);
    const shouldRetry = vi.fn(() => true);
    const result = outcomeOf(get({ retry: { ...TWICE, shouldRetry }, timeout: 50 }));
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(1), { interval: 1 });
    stage.runtime.advance(50);
    expect(await result).toMatchObject({ error: { code: 'timeout' } });
    expect(shouldRetry).not.toHaveBeenCalled();
  });

  it('has one deadline for all its attempts and pauses', async () => {
    stage.server.answers.push(refuse(503), () => undefined);
    const result = outcomeOf(get({ retry: TWICE, timeout: 150 }));
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(2), { interval: 1 });
    // The server is told how much is left.
    const [first = 0, second = 0] = stage.server.requests.map(({ hints }) => hints?.timeout);
    expect(first - second).toBe(100);
    stage.runtime.advance(50);
    expect(await result).toMatchObject({ error: { code: 'timeout', reason: 'no answer within 150 ms' } });
    expect(stage.runtime.timers).toBe(0);
  });

  it('stops waiting for its next attempt at once when nobody wants it any more', async () => {
    stage.server.answers.push(refuse(503));
    const controllers = [new AbortController(), new AbortController()];
    const results = controllers.map(({ signal }) => outcomeOf(get({ retry: TWICE, signal })));
    await untilTimers(stage.runtime, 2);
    controllers[0]?.abort();
    expect(await results[0]).toMatchObject({ error: { code: 'aborted' } });
    expect(stage.runtime.timers).toBe(2);
    controllers[1]?.abort();
    expect(stage.runtime.timers).toBe(1);
    expect(await results[1]).toMatchObject({ error: { code: 'aborted' } });
    await untilTimers(stage.runtime, 0);
    expect(stage.server.requests.length).toBe(1);
  });

  it('is retried once for all who share it', async () => {
    stage.server.answers.push(refuse(503), answer('there'));
    const results = Array.from({ length: 100 }, () => get({ retry: TWICE }));
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    expect(new Set(await Promise.all(results))).toEqual(new Set(['there']));
    expect(stage.server.requests.length).toBe(2);
  });

  it('asks shouldRetry, and fails with what it throws', async () => {
    const asked: unknown[] = [];
    const shouldRetry = ({ status }: NetronError, attempt: number) => {
      asked.push([status, attempt]);
      return status === 404;
    };
    stage.server.answers.push(refuse(404), refuse(503));
    const result = outcomeOf(get({ retry: { ...TWICE, shouldRetry } }));
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    expect(await result).toMatchObject({ error: { status: 503 } });
    expect(asked).toEqual([
      [404, 1],
      [503, 2],
    ]);
    const boom = new Error('boom');
    stage.server.answers.push(refuse(503));
    const broken = () => {
      throw boom;
    };
    await expect(get({ retry: { shouldRetry: broken } })).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: 'option retry.shouldRetry: boom',
      method: 'get',
      cause: boom,
    });
    expect(await get()).toEqual(['u1']);
    expect(stage.runtime.timers).toBe(0);
  });

  it('takes the policy of its backend, unless it has one of its own', async () => {
    stage.use({ retry: { ...TWICE, attempts: 1 } });
    stage.server.answers.push(refuse(503), answer('there'), refuse(503));
    const result = get();
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    expect(await result).toBe('there');
    await expect(get({ retry: false })).rejects.toMatchObject({ status: 503 });
    stage.client.setGlobalOptions({ retry: false });
    stage.server.answers.push(refuse(503), answer('again'));
    const again = get();
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    expect(await again).toBe('again');
  });

  it('gets its answer from a server that comes back', async () => {
    const own = stage.make({ retry: TWICE }, stage.fixture.http);
    stage.fixture.setFaults([
      { service: 'users', method: 'list', count: 1, effect: { kind: 'close' } },
      { service: 'users', method: 'list', count: 1, effect: { kind: 'error', code: 503, message: 'busy' } },
    ]);
    const list = own.query('users@1.0.0', 'list', []);
    for (const ms of [100, 200]) {
      await vi.waitFor(() => expect(stage.runtime.delays).toContain(ms), { interval: 1 });
      stage.runtime.advance(ms);
    }
    expect(await list).toMatchObject([{ id: 'u1' }, { id: 'u2' }]);
    own.close();
  });
});

describe('all calls of a backend together', () => {
  it('have a fifth of them retried at most, beyond the first ten', async () => {
    const calls = 200;
    stage.server.answers.push(...Array.from({ length: 3 * calls }, () => refuse(503)));
    for (let i = 0; i < calls; i++) {
      const failed = outcomeOf(create({ retry: { attempts: 1, initialDelay: 0, jitter: false }, idempotent: true }));
      const settled = failed.then(() => true);
      while (!(await Promise.race([settled, nextTurn(false)]))) stage.runtime.advance(0);
    }
    expect(stage.server.requests.length - calls).toBe(calls / 5);
    expect(stage.runtime.timers).toBe(0);
  });
});

describe('shouldRetry', () => {
  it('that gives the call up ends it at once', async () => {
    const controller = new AbortController();
    const shouldRetry = () => {
      controller.abort();
      return true;
    };
    stage.server.answers.push(refuse(503));
    await expect(get({ signal: controller.signal, retry: { ...TWICE, shouldRetry } })).rejects.toMatchObject({
      code: 'aborted',
    });
    await untilTimers(stage.runtime, 0);
    expect(stage.server.requests.length).toBe(1);
  });

  it('decides for each attempt that a circuit breaker refuses, and the last request is what became of the call', async () => {
    stage.use({ circuitBreaker: { threshold: 1, cooldownTime: 1_000 } });
    const shouldRetry = vi.fn(() => true);
    stage.server.answers.push(refuse(503));
    const result = outcomeOf(get({ retry: { ...TWICE, backoff: 'constant', shouldRetry } }));
    await untilTimers(stage.runtime, 2);
    stage.runtime.advance(100);
    await vi.waitFor(() => expect(shouldRetry).toHaveBeenCalledTimes(2), { interval: 1 });
    await (await stage.client.backend()).isolate();
    stage.runtime.advance(1_100);
    expect(await result).toMatchObject({ error: { status: 503 } });
    expect(shouldRetry.mock.calls).toMatchObject([
      [{ status: 503 }, 1],
      [{ code: 'unavailable' }, 2],
    ]);
  });
});

describe('a mutation that fails', () => {
  it('is sent once, though a default says retry', async () => {
    stage.client.setGlobalOptions({ retry: TWICE });
    stage.server.answers.push(cut);
    await expect(create()).rejects.toMatchObject({ code: 'network' });
    expect(stage.server.requests.length).toBe(1);
    expect(stage.runtime.timers).toBe(0);
  });

  it.each([{ retry: TWICE, idempotent: true }, { retry: { ...TWICE, idempotent: true } }])(
    'is sent again where it may be, and keeps its layers meanwhile: %j',
    async (options) => {
      stage.server.answers.push(answer(['a']));
      const entry = stage.client.entry('users@1.0.0', 'list', []);
      await stage.client.query('users@1.0.0', 'list', []);
      const seen: unknown[] = [];
      const stop = stage.client.watch(entry, (data) => seen.push(data));
      const optimistic = layer(entry as never, (names: string[]) => [...names, 'new']) as never;
      stage.server.answers.push(refuse(503), answer('ok'));
      const result = create({ ...options, optimistic });
      await untilTimers(stage.runtime, 2);
      expect(stage.client.peek(entry)).toEqual(['a', 'new']);
      stage.runtime.advance(100);
      expect(await result).toBe('ok');
      expect(seen).toEqual([['a', 'new']]);
      stop();
    },
  );

  it('is sent once where it says that it must be, whatever the default says', async () => {
    stage.use({ retry: { ...TWICE, idempotent: true } });
    stage.server.answers.push(cut);
    await expect(create({ idempotent: false })).rejects.toMatchObject({ code: 'network' });
    expect(stage.server.requests.length).toBe(1);
    expect(stage.runtime.timers).toBe(0);
  });

  it('takes its layers back when the last attempt has failed', async () => {
    stage.server.answers.push(answer(['a']));
    const entry = stage.client.entry('users@1.0.0', 'list', []);
    await stage.client.query('users@1.0.0', 'list', []);
    const optimistic = layer(entry as never, (names: string[]) => [...names, 'new']) as never;
    stage.server.answers.push(refuse(503), refuse(503));
    const result = outcomeOf(create({ retry: { ...TWICE, attempts: 1 }, idempotent: true, optimistic }));
    await untilTimers(stage.runtime, 2);
    expect(stage.client.peek(entry)).toEqual(['a', 'new']);
    stage.runtime.advance(100);
    expect(await result).toMatchObject({ error: { status: 503 } });
    expect(stage.client.peek(entry)).toEqual(['a']);
  });

  it('over WebSocket is not sent again where its upload has been read already', async () => {
    const own = stage.make({ retry: TWICE }, stage.fixture.ws);
    stage.fixture.setFaults([
      { service: 'stream', method: 'consume', count: 1, effect: { kind: 'error', code: 503, message: 'busy' } },
    ]);
    async function* items() {
      yield 1;
      yield 2;
    }
    await expect(own.mutate('stream@1.0.0', 'consume', [items()], { idempotent: true })).rejects.toMatchObject({
      status: 503,
    });
    expect(stage.runtime.timers).toBe(0);
    expect(await own.mutate('stream@1.0.0', 'consume', [items()], { idempotent: true })).toEqual([1, 2]);
    own.close();
  });
});
