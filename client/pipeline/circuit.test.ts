import { describe, expect, it, vi } from 'vitest';
import { MAX_BREAKERS } from '../resilience-limits.js';
import { outcomeOf } from '../testing/test-watch.js';
import { cut, refuse } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set({ circuitBreaker: { threshold: 3, cooldownTime: 1_000 } });

const call = (options = {}, service = 'users@1.0.0') => stage.client.mutate(service, 'get', ['u1'], options);

async function fail(times: number, service?: string): Promise<void> {
  for (let i = 0; i < times; i++) {
    stage.server.answers.push(refuse(503));
    await expect(call({}, service)).rejects.toMatchObject({ status: 503 });
  }
}

const untilHeld = (held: unknown[]) => vi.waitFor(() => expect(held.length).toBe(1), { interval: 1 });

async function timeOut(): Promise<void> {
  const held = stage.hold();
  const late = outcomeOf(call({ timeout: 50 }));
  await untilHeld(held);
  stage.runtime.advance(50);
  expect(await late).toMatchObject({ error: { code: 'timeout' } });
}

describe('a circuit breaker around calls', () => {
  it('sends nothing while it is open, and says when to ask again', async () => {
    await fail(3);
    stage.runtime.nowMs += 400;
    await expect(call()).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'the circuit breaker is open',
      service: 'users@1.0.0',
      method: 'get',
      retryAfterMs: 600,
    });
    expect(stage.server.requests.length).toBe(3);
    expect(stage.states).toEqual(['open: threshold']);
    expect(stage.log.one('breakerState').ref).toEqual({ name: 'main', service: '' });
    expect(stage.runtime.timers).toBe(0);
  });

  it('lets exactly one of a thousand callers probe, and all after its success', async () => {
    await fail(3);
    stage.runtime.nowMs += 1_000;
    const held = stage.hold();
    const outcomes = Promise.all(Array.from({ length: 1_000 }, () => outcomeOf(call())));
    await untilHeld(held);
    held[0]?.();
    const values = (await outcomes).map((outcome) => ('value' in outcome ? 'there' : 'refused'));
    expect(values.filter((value) => value === 'there').length).toBe(1);
    expect(stage.server.requests.length).toBe(4);
    expect(await call()).toEqual(['u1']);
    expect(stage.states).toEqual(['open: threshold', 'half-open: cooldown', 'closed: recovered']);
  });

  it('opens for longer when its probe fails', async () => {
    await fail(3);
    stage.runtime.nowMs += 1_000;
    await fail(1);
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    expect(stage.states.at(-1)).toBe('open: probe-failed');
    stage.runtime.nowMs += 2_000;
    expect(await call()).toEqual(['u1']);
  });

  it('takes the next call for its probe when the one before was aborted', async () => {
    await fail(3);
    stage.runtime.nowMs += 1_000;
    const controller = new AbortController();
    const held = stage.hold();
    const probe = outcomeOf(call({ signal: controller.signal }));
    await untilHeld(held);
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    controller.abort();
    expect(await probe).toMatchObject({ error: { code: 'aborted' } });
    expect(await call()).toEqual(['u1']);
    expect(stage.states.at(-1)).toBe('closed: recovered');
  });

  it('counts a timeout and a lost connection, but nothing that is the caller’s own fault', async () => {
    for (const status of [400, 401, 403, 404, 409, 422, 400, 404, 404, 404]) {
      stage.server.answers.push(refuse(status));
      await expect(call()).rejects.toMatchObject({ status });
    }
    await expect(stage.client.mutate('users@1.0.0', 'get', [new Date()])).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    const controller = new AbortController();
    const aborted = outcomeOf(call({ signal: controller.signal }));
    controller.abort();
    await aborted;
    expect(stage.states).toEqual([]);
    stage.server.answers.push(cut, cut);
    await expect(call()).rejects.toMatchObject({ code: 'network' });
    await expect(call()).rejects.toMatchObject({ code: 'network' });
    await timeOut();
    expect(stage.states).toEqual(['open: threshold']);
  });

  it('does not count a token that cannot be had, nor a header that cannot be sent', async () => {
    let isSignedIn = false;
    const token = () => {
      if (!isSignedIn) throw new Error('no session');
      return 't';
    };
    stage.use({ circuitBreaker: { threshold: 1 }, token });
    await expect(call()).rejects.toMatchObject({ code: 'unavailable', reason: expect.stringContaining('no session') });
    isSignedIn = true;
    const stop = stage.client.use((context, next) => {
      context.headers['X-User'] = 'Ада';
      return next();
    });
    await expect(call()).rejects.toMatchObject({ code: 'invalid-argument' });
    stop();
    expect(await call()).toEqual(['u1']);
    expect(stage.states).toEqual([]);
  });

  it('takes the next call for its probe when the one before was given up before its token came', async () => {
    let isLost = false;
    const token = vi.fn(() => (isLost ? new Promise<never>(() => undefined) : undefined));
    stage.use({ circuitBreaker: { threshold: 1, cooldownTime: 1_000 }, maxConcurrent: 1, token });
    await fail(1);
    stage.runtime.nowMs += 1_000;
    isLost = true;
    const controller = new AbortController();
    const probe = outcomeOf(call({ signal: controller.signal }));
    await vi.waitFor(() => expect(token).toHaveBeenCalledTimes(2), { interval: 1 });
    controller.abort();
    expect(await probe).toMatchObject({ error: { code: 'aborted' } });
    isLost = false;
    expect(await call()).toEqual(['u1']);
  });

  it('refuses a call with a renewed token as what it is, and not as the 401 before', async () => {
    let renew = (_: string): void => undefined;
    const refresh = vi.fn(
      () =>
        new Promise<string>((resolve) => {
          renew = resolve;
        }),
    );
    stage.use({ circuitBreaker: { threshold: 1 }, auth: { refresh } });
    stage.server.answers.push(refuse(401));
    const result = outcomeOf(call());
    await vi.waitFor(() => expect(refresh).toHaveBeenCalled(), { interval: 1 });
    await fail(1);
    renew('new');
    expect(await result).toMatchObject({ error: { code: 'unavailable' } });
  });

  it('counts a timeout under a middleware too', async () => {
    stage.client.use((_context, next) => next());
    for (let i = 0; i < 3; i++) await timeOut();
    expect(stage.states).toEqual(['open: threshold']);
  });

  it('drops the result of a call from before it opened', async () => {
    const held = stage.hold();
    const early = call();
    await untilHeld(held);
    await fail(3);
    held[0]?.();
    expect(await early).toBe('there');
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    expect(stage.states).toEqual(['open: threshold']);
  });

  it('ends the retries of a call when it opens, without waiting, with what they failed with', async () => {
    stage.server.answers.push(refuse(503), refuse(503), refuse(503));
    const retry = { attempts: 9, initialDelay: 100, backoff: 'constant', jitter: false } as const;
    const result = outcomeOf(call({ retry, idempotent: true }));
    for (let i = 0; i < 3; i++) {
      await vi.waitFor(() => expect(stage.runtime.delays.filter((ms) => ms === 100).length).toBe(i + 1), {
        interval: 1,
      });
      stage.runtime.advance(100);
    }
    expect(await result).toMatchObject({ error: { code: 'remote', status: 503 } });
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    expect(stage.server.requests.length).toBe(3);
    expect(stage.runtime.timers).toBe(0);
  });

  it('is one for the backend, or one for each service', async () => {
    await fail(3);
    await expect(call({}, 'orders@1.0.0')).rejects.toMatchObject({ code: 'unavailable' });
    stage.use({ circuitBreaker: { threshold: 3, perService: true } });
    await fail(3);
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await call({}, 'orders@1.0.0')).toEqual(['u1']);
    expect(stage.log.one('breakerState').ref).toEqual({ name: 'main', service: 'users@1.0.0' });
  });

  it('guards calls over WebSocket as well', async () => {
    stage.use({ circuitBreaker: { threshold: 2 } }, stage.fixture.ws);
    for (let i = 0; i < 2; i++) {
      await expect(stage.client.mutate('echo@1.0.0', 'fail', ['unavailable'])).rejects.toMatchObject({ status: 503 });
    }
    await expect(stage.client.mutate('echo@1.0.0', 'echo', [1])).rejects.toMatchObject({ code: 'unavailable' });
    await (await stage.client.backend()).resetBreaker();
    expect(await stage.client.mutate('echo@1.0.0', 'echo', [1])).toBe(1);
  });
});

describe('a circuit breaker by hand', () => {
  it('stays open whatever happens, until it is reset', async () => {
    const backend = await stage.client.backend();
    const held = stage.hold();
    const early = call();
    await untilHeld(held);
    await backend.isolate();
    held[0]?.();
    expect(await early).toBe('there');
    stage.runtime.nowMs += 1e9;
    const refused = await outcomeOf(call());
    expect(refused).toMatchObject({ error: { code: 'unavailable', retryAfterMs: undefined } });
    await backend.resetBreaker();
    expect(await call()).toEqual(['u1']);
    expect(stage.states).toEqual(['open: isolated', 'closed: reset']);
  });

  it('is of one service, or of all, those included that are called later', async () => {
    stage.use({ circuitBreaker: { perService: true } });
    const backend = await stage.client.backend();
    await backend.isolate('users@1.0.0');
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await call({}, 'orders@1.0.0')).toEqual(['u1']);
    await backend.isolate();
    for (const service of ['users@1.0.0', 'orders@1.0.0', 'new@1.0.0']) {
      await expect(call({}, service)).rejects.toMatchObject({ code: 'unavailable', service });
    }
    await backend.resetBreaker('users@1.0.0');
    expect(await call()).toEqual(['u1']);
    await expect(call({}, 'newer@1.0.0')).rejects.toMatchObject({ code: 'unavailable' });
    await backend.resetBreaker();
    for (const service of ['orders@1.0.0', 'new@1.0.0', 'newest@1.0.0']) {
      expect(await call({}, service)).toEqual(['u1']);
    }
  });

  it('holds however many other services are called', async () => {
    stage.use({ circuitBreaker: { perService: true } });
    const backend = await stage.client.backend();
    await backend.isolate('users@1.0.0');
    const { breakers } = await stage.client.parts.backend('main').pipeline();
    for (let i = 0; i <= MAX_BREAKERS; i++) breakers?.for(`other${i}@1.0.0`);
    expect(breakers?.dropped).toBe(2);
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is refused where there is none, or none for a service', async () => {
    const backend = await stage.client.backend();
    await expect(backend.isolate('users@1.0.0')).rejects.toMatchObject({
      code: 'invalid-config',
      reason: 'option backends.main.circuitBreaker.perService is false (boolean), expected true, to name a service',
    });
    expect(await call()).toEqual(['u1']);
    await backend.isolate();
    await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
    stage.use({});
    const plain = await stage.client.backend();
    for (const attempt of [plain.isolate(), plain.resetBreaker('users@1.0.0')]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'invalid-config',
        reason: 'option backends.main.circuitBreaker is undefined (undefined), expected true or an object',
      });
    }
    expect(await call()).toEqual(['u1']);
  });
});
