import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallContext, Middleware } from '../middleware/middleware.js';
import { outcomeOf } from '../testing/test-watch.js';
import { answer, refuse, untilTimers } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();

const get = (options = {}) => stage.client.query('users@1.0.0', 'get', ['u1'], options);
const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['new'], options);
/** Marks the way in and out. */
const marks =
  (steps: string[], name: string): Middleware =>
  async (_context, next) => {
    steps.push(`${name} in`);
    const value = await next();
    steps.push(`${name} out`);
    return value;
  };

describe('middleware around calls', () => {
  it('sees what the call is, of queries and mutations', async () => {
    const seen: unknown[] = [];
    stage.client.use(({ kind, backend, service, method, args, headers, signal }, next) => {
      seen.push([kind, backend, service, method, args, headers, signal.aborted]);
      return next();
    });
    await get();
    await create();
    expect(seen).toEqual([
      ['query', 'main', 'users@1.0.0', 'get', ['u1'], {}, false],
      ['mutation', 'main', 'users@1.0.0', 'create', ['new'], {}, false],
    ]);
  });

  it('puts arguments and headers in the place of those of the call, and a result in that of the answer', async () => {
    const headers: unknown[] = [];
    stage.server.answers.push((response, request, raw) => {
      headers.push(raw.headers.traceparent);
      answer(request.input)(response, request, raw);
    });
    stage.client.use(async (context, next) => {
      context.args = [...context.args, 'more'];
      context.headers.traceparent = '00-1-2-01';
      return { wrapped: await next() };
    });
    expect(await get({ cache: 60_000 })).toEqual({ wrapped: ['u1', 'more'] });
    expect(headers).toEqual(['00-1-2-01']);
    // It is the entry of what was asked for, and not of what was sent.
    expect(stage.client.peek(stage.client.entry('users@1.0.0', 'get', ['u1']))).toEqual({ wrapped: ['u1', 'more'] });
  });

  it('refuses arguments that are no list, for this call alone', async () => {
    const stop = stage.client.use((context, next) => {
      context.args = 'u2' as never;
      return next();
    });
    await expect(get()).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: 'middleware made args "u2", expected a list',
    });
    stop();
    expect(await get()).toEqual(['u1']);
    expect(stage.server.requests.length).toBe(1);
  });

  it('answers by itself, and nothing is sent', async () => {
    const metrics = vi.fn();
    stage.client.use(() => 'from elsewhere');
    expect(await get({ metrics, cache: 60_000 })).toBe('from elsewhere');
    expect(stage.server.requests).toEqual([]);
    expect(metrics).toHaveBeenCalledWith({ durationMs: 0, attempts: 0, sizeBytes: 0, error: undefined });
    expect(stage.client.getCacheStats()).toMatchObject({ entries: 1, sizeBytes: 0 });
    expect(stage.runtime.timers).toBe(0);
  });

  it('puts another error in the place of that of the call, or none', async () => {
    stage.server.answers.push(refuse(503), refuse(404), refuse(500));
    const stop = stage.client.use(async (_context, next) => {
      try {
        return await next();
      } catch (error) {
        if ((error as { status: number }).status === 404) return null;
        throw Object.assign(new Error('translated'), { cause: error });
      }
    });
    await expect(get()).rejects.toMatchObject({
      code: 'invalid-config',
      reason: expect.stringContaining('translated'),
      cause: { cause: { status: 503 } },
    });
    expect(await get()).toBeNull();
    stop();
    await expect(get()).rejects.toMatchObject({ code: 'remote', status: 500 });
  });

  it('sends the call anew with a second next(), each with retries of its own', async () => {
    const metrics = vi.fn();
    stage.server.answers.push(refuse(503), refuse(404), refuse(503), answer('there'));
    stage.client.use(async (_context, next) => {
      await outcomeOf(next());
      return next();
    });
    const result = get({ retry: { attempts: 1, initialDelay: 100, jitter: false }, metrics });
    for (let i = 0; i < 2; i++) {
      await untilTimers(stage.runtime, 2);
      stage.runtime.advance(100);
      await vi.waitFor(() => expect(stage.runtime.timers).not.toBe(2), { interval: 1 });
    }
    expect(await result).toBe('there');
    expect(metrics).toHaveBeenCalledWith(expect.objectContaining({ attempts: 4 }));
  });

  it('is outermost by its priority, and that of the backend inside all of the client', async () => {
    const steps: string[] = [];
    stage.use({ middleware: [marks(steps, 'backend a'), marks(steps, 'backend b')] });
    stage.client.use(marks(steps, 'low'), { priority: -1_000_000 });
    stage.client.use(marks(steps, 'plain'));
    stage.client.use(marks(steps, 'high'), { priority: 1 });
    await get();
    const inwards = ['high', 'plain', 'low', 'backend a', 'backend b'];
    expect(steps).toEqual([
      ...inwards.map((name) => `${name} in`),
      ...inwards.toReversed().map((name) => `${name} out`),
    ]);
  });

  it('is only for the calls that its patterns name', async () => {
    const steps: string[] = [];
    stage.client.use(marks(steps, 'users'), { service: 'users', method: ['get', 'li*'] });
    stage.client.use(marks(steps, 'elsewhere'), { backend: 'other' });
    await get();
    await create();
    expect(steps).toEqual(['users in', 'users out']);
  });

  it('that is added or removed while calls run is for those that begin after', async () => {
    const steps: string[] = [];
    const stop = stage.client.use(marks(steps, 'first'));
    let open = (): void => undefined;
    stage.server.answers.push((...args) => {
      open = () => answer('held')(...args);
    });
    const held = get();
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(1), { interval: 1 });
    stop();
    stage.client.use(marks(steps, 'second'));
    await create();
    expect(steps).toEqual(['first in', 'second in', 'second out']);
    open();
    expect(await held).toBe('held');
    expect(steps.at(-1)).toBe('first out');
  });

  it('is not there for long: a call fails at its deadline though a middleware waits on', async () => {
    let release = (_: unknown): void => undefined;
    const contexts: CallContext[] = [];
    const stop = stage.client.use(async (context, next) => {
      contexts.push(context);
      const value = await next();
      await new Promise((resolve) => {
        release = resolve;
      });
      return value;
    });
    const result = outcomeOf(get({ timeout: 100 }));
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(1), { interval: 1 });
    stage.runtime.advance(100);
    expect(await result).toMatchObject({ error: { code: 'timeout' } });
    expect(contexts[0]?.signal.aborted).toBe(true);
    release(undefined);
    stop();
    expect(await get()).toEqual(['u1']);
    expect(stage.runtime.timers).toBe(0);
  });

  it('sends nothing any more once the call was given up', async () => {
    let goOn = (): void => undefined;
    const passed = vi.fn();
    stage.client.use(async (_context, next) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return next().finally(passed);
    });
    const controller = new AbortController();
    const result = outcomeOf(get({ signal: controller.signal }));
    await nextTurn();
    controller.abort();
    expect(await result).toMatchObject({ error: { code: 'aborted' } });
    goOn();
    await vi.waitFor(() => expect(passed).toHaveBeenCalled(), { interval: 1 });
    expect(stage.server.requests).toEqual([]);
    expect(stage.runtime.timers).toBe(0);
  });

  it('is not waited for by a call that is given up, at whatever moment', async () => {
    // So that all is loaded, and each moment of a call is near its start.
    const stop = stage.client.use((_context, next) => next());
    await create();
    stop();
    stage.client.use(() => new Promise(() => undefined));
    for (let turns = 0; turns < 20; turns++) {
      const controller = new AbortController();
      const result = outcomeOf(create({ signal: controller.signal }));
      for (let i = 0; i < turns; i++) await Promise.resolve();
      controller.abort();
      expect(await result).toMatchObject({ error: { code: 'aborted' } });
    }
    expect(stage.server.requests.length).toBe(1);
    expect(stage.runtime.timers).toBe(0);
  });

  it('that answers or fails without waiting for next() ends what is under way with the call', async () => {
    const closed: unknown[] = [];
    const hold = () =>
      stage.server.answers.push((_response, _request, raw) => {
        raw.socket.once('close', () => closed.push(raw.method));
      });
    let release = (): void => undefined;
    stage.client.use(async ({ method }, next) => {
      const sent = outcomeOf(next());
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (method === 'create') throw new Error('early');
      void sent;
      return 'early';
    });
    hold();
    const held = get({ transform: String });
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(1), { interval: 1 });
    release();
    expect(await held).toBe('early');
    await vi.waitFor(() => expect(closed.length).toBe(1), { interval: 1 });
    // And between two attempts.
    stage.server.answers.push(refuse(503));
    const failing = outcomeOf(create({ retry: { initialDelay: 100, jitter: false }, idempotent: true }));
    await untilTimers(stage.runtime, 2);
    release();
    expect(await failing).toMatchObject({
      error: { code: 'invalid-config', reason: expect.stringContaining('early') },
    });
    await untilTimers(stage.runtime, 0);
  });

  it('that throws is named, and that calls next() twice at once as well', async () => {
    const stops = [
      stage.client.use(
        () => {
          throw new Error('boom');
        },
        { name: 'the broken one' },
      ),
    ];
    await expect(get()).rejects.toMatchObject({
      code: 'invalid-config',
      reason: 'middleware the broken one threw: boom',
      service: 'users@1.0.0',
    });
    for (const stop of stops.splice(0)) stop();
    stops.push(
      stage.client.use(async function hasty(_context, next) {
        return Promise.all([next(), next()]);
      }),
    );
    await expect(get()).rejects.toMatchObject({ code: 'invalid-config', reason: expect.stringContaining('hasty') });
    for (const stop of stops.splice(0)) stop();
    expect(await get()).toEqual(['u1']);
    await untilTimers(stage.runtime, 0);
  });

  it('with a wrong option fails the calls that it is for until it is removed', async () => {
    const stop = stage.client.use((_context, next) => next(), { priority: 'first' as never });
    await expect(get()).rejects.toMatchObject({
      code: 'invalid-config',
      reason: expect.stringContaining('option middleware.priority is "first" (string), expected a number'),
    });
    stop();
    expect(await get()).toEqual(['u1']);
  });

  it('is refused as the 101st at a time, and calls go on', async () => {
    const pass: Middleware = (_context, next) => next();
    const removers = Array.from({ length: 100 }, () => stage.client.use(pass));
    expect(() => stage.client.use(pass)).toThrow(
      expect.objectContaining({
        code: 'invalid-config',
        reason: 'option middleware in use is 101 (number), expected a whole number from 1 to 100',
      }),
    );
    expect(await outcomeOf(get())).toHaveProperty('value');
    removers[0]?.();
    stage.client.use(pass);
    expect(await outcomeOf(get())).toHaveProperty('value');
  });

  it('with a wrong option leaves the calls alone that it is not for', async () => {
    stage.client.use((_context, next) => next(), { service: 'orders', priority: Number.NaN });
    expect(await get()).toEqual(['u1']);
    await expect(stage.client.query('orders@1.0.0', 'get', [])).rejects.toMatchObject({
      code: 'invalid-config',
      reason: expect.stringContaining('option middleware.priority'),
    });
  });

  it('neither sends a validator nor keeps one, since the answer is not the one that it is of', async () => {
    const sent: unknown[] = [];
    const tagged = (data: unknown) =>
      stage.server.answers.push((response, { id }, raw) => {
        sent.push(raw.headers['if-none-match']);
        response.writeHead(200, { 'Content-Type': 'application/json', ETag: 'W/"1"' });
        response.end(JSON.stringify({ id, success: true, data }));
      });
    tagged('plain');
    expect(await get()).toBe('plain');
    const stop = stage.client.use(async (_context, next) => `shouted ${await next()}`);
    tagged('plain');
    expect(await get()).toBe('shouted plain');
    stop();
    tagged('plain');
    expect(await get()).toBe('plain');
    tagged('plain');
    await get();
    expect(sent).toEqual([undefined, undefined, undefined, 'W/"1"']);
  });

  it('is around calls over WebSocket and properties too', async () => {
    stage.use({}, stage.fixture.ws);
    const seen: unknown[] = [];
    stage.client.use(async ({ kind, method }, next) => {
      const value = await next();
      seen.push([kind, method, value]);
      return value;
    });
    expect(await stage.client.mutate('calculator@1.0.0', 'add', [2, 3])).toBe(5);
    const backend = await stage.client.backend();
    expect(await backend.get('factory@1.0.0', 'title')).toBe('factory-title');
    expect(seen).toEqual([
      ['mutation', 'add', 5],
      ['query', 'title', 'factory-title'],
    ]);
  });
});

describe('middleware around streams', () => {
  beforeEach(() => {
    stage.use({}, stage.fixture.ws);
  });
  const read = async (n: number): Promise<unknown[]> => {
    const chunks: unknown[] = [];
    for await (const chunk of stage.client.stream('stream@1.0.0', 'count', [n])) chunks.push(chunk);
    return chunks;
  };

  it('wraps their opening, and may change what is asked for', async () => {
    const kinds: string[] = [];
    const remove = stage.client.use(async (context, next) => {
      kinds.push(context.kind);
      context.args = [2];
      await next();
      kinds.push('open');
      return 'is not looked at';
    });
    expect(await read(5)).toEqual([0, 1]);
    expect(kinds).toEqual(['stream', 'open']);
    remove();
    expect(await read(3)).toEqual([0, 1, 2]);
  });

  it('fails the stream where it throws or does not go on, and the next one opens', async () => {
    const before = stage.client.use(() => {
      throw new Error('not now');
    });
    await expect(read(1)).rejects.toMatchObject({ code: 'invalid-config', method: 'count' });
    before();
    const skips = stage.client.use(() => 'nothing');
    await expect(read(1)).rejects.toMatchObject({ code: 'invalid-config', reason: 'no middleware called next()' });
    skips();
    const after = stage.client.use(async (_context, next) => {
      await next();
      throw new Error('too late');
    });
    const late = stage.client.stream('stream@1.0.0', 'forever', [1]);
    const reading = (async () => {
      for await (const _ of late);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'invalid-config' });
    after();
    expect(await read(1)).toEqual([0]);
  });
});
