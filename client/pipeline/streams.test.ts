import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture, Public, Service, Stream } from '../../server-fixture/index.js';
import type { NetronStream } from '../stream/netron-stream.js';
import { outcomeOf } from '../testing/test-watch.js';
import { untilTimers } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();
const never = () => new Promise<never>(() => undefined);
const count = (method: string, args: readonly number[], options = {}) =>
  stage.client.stream('stream@1.0.0', method, args, options) as NetronStream<number>;

async function chunksOf(stream: NetronStream<unknown>): Promise<readonly unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const untilOpen = (streams: number) =>
  vi.waitFor(() => expect(stage.fixture.counters.openStreams).toBe(streams), { interval: 1 });

describe('the opening of a stream inside middleware', () => {
  it('fails at its deadline though a middleware waits on', async () => {
    stage.use({}, stage.fixture.ws);
    const entered = vi.fn(never);
    stage.client.use(entered);
    const read = outcomeOf(count('count', [1], { timeout: 100 }).next());
    await vi.waitFor(() => expect(entered).toHaveBeenCalled(), { interval: 1 });
    stage.runtime.advance(100);
    expect(await read).toMatchObject({ error: { code: 'timeout' } });
    expect(stage.runtime.timers).toBe(0);
  });

  it('has no deadline once it is open, and ends with its reader, though a middleware waits on', async () => {
    stage.use({}, stage.fixture.ws);
    let signal: AbortSignal | undefined;
    stage.client.use(async (context, next) => {
      signal = context.signal;
      await next();
      await never();
    });
    const stream = count('forever', [5], { timeout: 100 });
    await stream.next();
    stage.runtime.advance(100);
    expect(await stream.next()).toMatchObject({ done: false });
    expect(signal?.aborted).toBe(false);
    stream.cancel();
    expect(signal?.aborted).toBe(true);
    await untilOpen(0);
  });

  it('happens once, however often next() is called', async () => {
    stage.use({}, stage.fixture.ws);
    stage.client.use(async (_context, next) => {
      await next();
      return next();
    });
    expect(await chunksOf(count('count', [3, 5]))).toEqual([0, 1, 2]);
    const endless = count('forever', [5]);
    await endless.next();
    await untilOpen(1);
    endless.cancel();
    await untilOpen(0);
  });

  it('that a middleware does not wait for leaves none behind at the server', async () => {
    stage.use({}, stage.fixture.ws);
    let opening: Promise<unknown> = never();
    stage.client.use((_context, next) => {
      opening = next();
      return 'early';
    });
    const read = outcomeOf(count('forever', [5]).next());
    expect(await read).toMatchObject({ error: { code: 'invalid-config' } });
    await opening;
    await untilOpen(0);
  });
});

describe('the opening of a stream', () => {
  @Service('guarded@1.0.0')
  class Guarded {
    @Public({ auth: true })
    @Stream()
    async *count(n: number): AsyncGenerator<number> {
      for (let i = 0; i < n; i++) yield i;
    }
  }
  let guarded: Fixture;
  beforeAll(async () => {
    guarded = await createFixture({ auth: true, services: [new Guarded()] });
  });
  afterAll(() => guarded.close());

  it('that is refused with 401 is asked for once more with a new token', async () => {
    const refresh = vi.fn(() => 't-user');
    stage.use({ auth: { refresh } }, guarded.ws);
    expect(await chunksOf(stage.client.stream('guarded@1.0.0', 'count', [2]))).toEqual([0, 1]);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('is refused by a circuit breaker that is isolated', async () => {
    stage.use({ circuitBreaker: true }, stage.fixture.ws);
    await (await stage.client.backend()).isolate();
    await expect(count('count', [1]).next()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is not tried again, though a default says retry', async () => {
    stage.use({ retry: { attempts: 2, idempotent: true } }, stage.fixture.ws);
    stage.fixture.setFaults([
      { service: 'stream', method: 'count', count: 1, effect: { kind: 'error', code: 503, message: 'busy' } },
    ]);
    await expect(count('count', [1]).next()).rejects.toMatchObject({ status: 503 });
    await untilTimers(stage.runtime, 0);
  });
});
