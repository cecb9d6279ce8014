import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { StandardSchema } from '../request-options.js';
import { observe } from '../testing/test-observer.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { answer, cut, refuse, watchUncaught } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();

afterEach(() => vi.restoreAllMocks());

const get = (options = {}) => stage.client.query('users@1.0.0', 'get', ['u1'], options);
const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['new'], options);
const stored = () => stage.client.peek(stage.client.entry('users@1.0.0', 'get', ['u1']));

/** A schema of another library, with its answer given. */
function schema(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

describe('transform', () => {
  it('makes what is stored and shown', async () => {
    stage.server.answers.push(answer({ at: '2026-01-01T00:00:00.000Z' }));
    const transform = (user: unknown) => ({ at: new Date((user as { at: string }).at) });
    const user = await get({ transform, cache: 60_000 });
    expect(user).toEqual({ at: new Date('2026-01-01') });
    expect(stored()).toBe(user);
    expect(await get({ cache: 60_000 })).toBe(user);
    expect(await create({ transform: (list: unknown) => (list as unknown[]).length })).toBe(1);
    const late = async (list: unknown) => (list as unknown[]).length + 1;
    expect(await create({ transform: late, validate: z.literal(2) })).toBe(2);
  });

  it('keeps what is stored when the server says that it is still right', async () => {
    const sent: unknown[] = [];
    stage.server.answers.push((response, { id }) => {
      response.writeHead(200, { 'Content-Type': 'application/json', ETag: 'W/"1"' });
      response.end(JSON.stringify({ id, success: true, data: { n: 1 } }));
    });
    const transform = vi.fn((value: unknown) => ({ twice: 2 * (value as { n: number }).n }));
    const first = await get({ transform });
    stage.server.answers.push((response, _request, raw) => {
      sent.push(raw.headers['if-none-match']);
      response.writeHead(304).end();
    });
    expect(await get({ transform, validate: z.object({ twice: z.number() }) })).toBe(first);
    expect(first).toEqual({ twice: 2 });
    expect(transform).toHaveBeenCalledTimes(1);
    expect(sent).toEqual(['W/"1"']);
  });

  it('is done again when an entry asks again by itself', async () => {
    stage.server.answers.push(answer(1));
    const options = { transform: (n: unknown) => (n as number) * 10, cache: { maxAge: 60_000, tags: ['n'] } };
    const observer = observe(stage.client, stage.client.entry('users@1.0.0', 'get', ['u1']), options);
    await until(() => observer.data.value === 10);
    stage.server.answers.push(answer(2));
    stage.client.invalidate('n');
    await until(() => observer.data.value === 20);
    observer.stop();
  });

  it('that throws is an error of the answer, and nothing is stored', async () => {
    stage.server.answers.push(answer(1), answer(2));
    expect(await get({ cache: { maxAge: 0 } })).toBe(1);
    const cause = new Error('boom');
    const transform = () => {
      throw cause;
    };
    await expect(get({ transform })).rejects.toMatchObject({
      code: 'invalid-result',
      reason: 'option transform threw: boom',
      backend: 'main',
      method: 'get',
      cause,
    });
    expect(stored()).toBe(1);
    expect(await get()).toEqual(['u1']);
  });
});

describe('validate', () => {
  const User = z.object({ id: z.string(), role: z.string().default('user') });

  it('stores what the schema makes of the answer', async () => {
    stage.server.answers.push(answer({ id: 'u1', secret: 1 }));
    expect(await get({ validate: User })).toEqual({ id: 'u1', role: 'user' });
    expect(stored()).toEqual({ id: 'u1', role: 'user' });
  });

  it('says what is wrong and where, and stores nothing', async () => {
    stage.server.answers.push(answer([{ id: 'u1' }]), answer([{ id: 'u2' }, { id: 3 }, {}]));
    const validate = z.array(User);
    const good = await get({ validate });
    await expect(get({ validate })).rejects.toMatchObject({
      code: 'invalid-result',
      reason: expect.stringMatching(/does not pass validate: .* at 1\.id; .* at 2\.id$/),
      retryable: false,
      cause: [{ path: [1, 'id'] }, { path: [2, 'id'] }],
    });
    expect(stored()).toBe(good);
    stage.server.answers.push(answer([{ id: 'u4' }]));
    expect(await get({ validate })).toEqual([{ id: 'u4', role: 'user' }]);
  });

  it('comes after transform, and may take its time', async () => {
    stage.server.answers.push(answer({ user: { id: 'u1' } }));
    const transform = (body: unknown) => (body as { user: unknown }).user;
    const slow = schema(async (value) => ({ value: { ...(value as object), checked: true } }));
    expect(await get({ transform, validate: slow })).toEqual({ id: 'u1', checked: true });
  });

  it('may be a predicate', async () => {
    const validate = (value: unknown) => Array.isArray(value);
    expect(await get({ validate })).toEqual(['u1']);
    stage.server.answers.push(answer('text'));
    await expect(create({ validate })).rejects.toMatchObject({
      code: 'invalid-result',
      reason: 'the answer does not pass validate: it said no',
    });
    expect(await create({ validate })).toEqual(['new']);
  });

  it('may be a schema that is a function, as those of some libraries are', async () => {
    const validate = Object.assign(
      () => expect.fail('was taken for a predicate'),
      schema((value) => ({ value: [value] })),
    );
    expect(await get({ validate })).toEqual([['u1']]);
  });

  it.each<[string, unknown, string]>([
    ['a predicate that promises', async () => true, 'it gave [object Promise], expected a boolean'],
    ['a predicate that says something else', () => 1, 'it gave 1, expected a boolean'],
    ['a predicate that throws', () => Promise.reject.call(undefined as never, 1), 'called on non-object'],
    ['a schema that gives nothing', schema(() => undefined), 'undefined'],
    ['a schema that gives null', schema(() => null), 'null'],
    ['a schema that rejects', schema(() => Promise.reject(new Error('late'))), 'option validate threw: late'],
    ['a schema with issues of no shape', schema(() => ({ issues: [null] })), 'option validate threw'],
    ['a schema with no issue in its list', schema(() => ({ issues: [] })), 'does not pass validate'],
  ])('is an error of the answer for %s', async (_name, validate, reason) => {
    await expect(get({ validate })).rejects.toMatchObject({
      code: 'invalid-result',
      reason: expect.stringContaining(reason),
    });
    expect(stored()).toBeUndefined();
    expect(await get()).toEqual(['u1']);
    expect(stage.runtime.timers).toBe(0);
  });

  it('that never ends is cut off by the deadline', async () => {
    const checking = vi.fn(() => new Promise(() => undefined));
    const result = outcomeOf(get({ validate: schema(checking), timeout: 50 }));
    await vi.waitFor(() => expect(checking).toHaveBeenCalled(), { interval: 1 });
    stage.runtime.advance(50);
    expect(await result).toMatchObject({ error: { code: 'timeout' } });
    expect(stored()).toBeUndefined();
    expect(stage.runtime.timers).toBe(0);
  });

  it('is neither retried nor held against the backend', async () => {
    stage.use({ circuitBreaker: { threshold: 1 } });
    await expect(get({ validate: () => false, retry: 3 })).rejects.toMatchObject({ code: 'invalid-result' });
    expect(stage.server.requests.length).toBe(1);
    expect(await get()).toEqual(['u1']);
  });
});

describe('metrics', () => {
  it('are told of every call that was sent, whoever shares it', async () => {
    const metrics = vi.fn();
    stage.client.setGlobalOptions({ metrics });
    let open = (): void => undefined;
    stage.server.answers.push((...args) => {
      open = () => answer('there')(...args);
    });
    const calls = [get(), get()];
    await vi.waitFor(() => expect(stage.server.requests.length).toBe(1), { interval: 1 });
    stage.runtime.nowMs += 7;
    open();
    await Promise.all(calls);
    expect(metrics).toHaveBeenCalledTimes(1);
    const [about] = metrics.mock.calls[0] as [{ sizeBytes: number }];
    expect(about).toMatchObject({ durationMs: 7, attempts: 1, error: undefined });
    expect(about.sizeBytes).toBeGreaterThan(20);
    const own = vi.fn();
    await create({ metrics: own });
    expect(own).toHaveBeenCalledTimes(1);
    expect(metrics).toHaveBeenCalledTimes(1);
  });

  it('are told of failures, with the error of the call', async () => {
    const metrics = vi.fn();
    stage.server.answers.push(refuse(404));
    const outcome = await outcomeOf(get({ metrics }));
    expect(metrics.mock.calls[0]?.[0].error).toBe((outcome as { error: unknown }).error);
    await outcomeOf(get({ metrics, validate: () => false }));
    expect(metrics.mock.calls[1]?.[0]).toMatchObject({ attempts: 1, error: { code: 'invalid-result' } });
    const controller = new AbortController();
    const aborted = outcomeOf(get({ metrics, signal: controller.signal }));
    controller.abort();
    expect(await aborted).toMatchObject({ error: { code: 'aborted' } });
    expect(stage.runtime.timers).toBe(0);
  });

  it('that throw are reported as uncaught, and change nothing', async () => {
    const uncaught = watchUncaught();
    const boom = new Error('boom');
    const metrics = () => {
      throw boom;
    };
    expect(await get({ metrics })).toEqual(['u1']);
    stage.server.answers.push(refuse(404));
    await expect(get({ metrics })).rejects.toMatchObject({ status: 404 });
    expect(uncaught).toEqual([boom, boom]);
  });
});

describe('fallback', () => {
  it('stands for a call that failed, and is not stored', async () => {
    stage.server.answers.push(refuse(503), cut, refuse(404));
    expect(await get({ fallback: 'none', cache: 60_000 })).toBe('none');
    expect(stored()).toBeUndefined();
    expect(await create({ fallback: (error: { code: string }) => error.code })).toBe('network');
    expect(await get({ fallback: null })).toBeNull();
    expect(await get({ fallback: 'none' })).toEqual(['u1']);
  });

  it('does not hide what the caller did wrong, or gave up', async () => {
    const fallback = 'none';
    await expect(get({ fallback, retry: 'often' })).rejects.toMatchObject({ code: 'invalid-argument' });
    const signal = AbortSignal.abort();
    await expect(get({ fallback, signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(await get({ fallback })).toEqual(['u1']);
  });
});
