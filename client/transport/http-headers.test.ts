import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { layer } from '../cache/layer.js';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import { answerJson, type TestAnswer, TestHttpServer } from '../testing/test-http-server.js';
import { entriesOf } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';

let server: TestHttpServer;
let fixture: Fixture;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  server = await TestHttpServer.open();
  fixture = await createFixture({ auth: true });
});
afterAll(async () => {
  await server.close();
  await fixture.close();
});
beforeEach(() => {
  runtime = new TestRuntime();
  runtime.origin = server.url;
  server.requests.length = 0;
  server.answers.length = 0;
  client = make(server.url);
});
afterEach(() => client.close());

function make(url: string, options: Omit<BackendOptions, 'url'> = {}): NetronClient {
  return new NetronClient({ backends: { main: { url, ...options } }, runtime });
}

describe('tokens over HTTP', () => {
  it('are asked for before each call, and go in the header alone', async () => {
    const headers: unknown[] = [];
    const tokens = ['one', undefined, 'three'];
    const own = make(server.url, { token: async () => tokens.shift() });
    for (let i = 0; i < 3; i++) {
      server.answers.push((response, { id }, raw) => {
        headers.push([raw.headers.authorization, raw.url]);
        answerJson(response, 200, { id, success: true });
      });
      await own.mutate('echo', 'echo', []);
    }
    expect(headers).toEqual([
      ['Bearer one', '/netron/invoke'],
      [undefined, '/netron/invoke'],
      ['Bearer three', '/netron/invoke'],
    ]);
    own.close();
  });

  it('that cannot be had fail their call before it is sent', async () => {
    const own = make(server.url, {
      token: () => {
        throw new Error('signed out');
      },
    });
    await expect(own.mutate('echo', 'echo', [])).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'option backends.main.token threw: signed out',
    });
    expect(runtime.requests).toEqual([]);
    own.close();
  });

  it.each([null, undefined, ''])('that are none go in no header: %j', async (token) => {
    const own = make(server.url, { token: () => token as never });
    let sent: unknown = 'nothing';
    server.answers.push((response, { id }, raw) => {
      sent = raw.headers.authorization;
      answerJson(response, 200, { id, success: true });
    });
    await own.mutate('echo', 'echo', []);
    expect(sent).toBeUndefined();
    own.close();
  });

  it.each([[7], [{}], [['t']]])('that are no text are refused: %j', async (token) => {
    const own = make(server.url, { token: () => token as never });
    await expect(own.mutate('echo', 'echo', [])).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('option backends.main.token is'),
    });
    expect(runtime.requests).toEqual([]);
    own.close();
  });

  it('that never come leave the call to its deadline and its signal', async () => {
    const token = vi.fn(() => new Promise<never>(() => undefined));
    const own = make(server.url, { token });
    const controller = new AbortController();
    const calls = [{ timeout: 100 }, { signal: controller.signal }].map((options) =>
      outcomeOf(own.mutate('echo', 'echo', [], options)),
    );
    await vi.waitFor(() => expect(token).toHaveBeenCalledTimes(2), { interval: 1 });
    controller.abort();
    expect(await calls[1]).toMatchObject({ error: { code: 'aborted' } });
    runtime.advance(100);
    expect(await calls[0]).toMatchObject({ error: { code: 'timeout' } });
    expect(runtime.timers).toBe(0);
    own.close();
  });

  it('that no header can carry fail their call, and are not in its error', async () => {
    const own = make(server.url, { token: () => 's3cret\nX' });
    const outcome = await outcomeOf(own.mutate('echo', 'echo', []));
    expect(outcome).toMatchObject({
      error: { code: 'invalid-argument', reason: expect.stringContaining('header Authorization') },
    });
    expect((outcome as { error: Error }).error.cause).toBeUndefined();
    expect(runtime.requests).toEqual([]);
    own.close();
  });

  it.each([
    [undefined, { status: 401, reason: 'Authentication required', retryable: false }],
    ['t-user', { status: 403, reason: 'Missing required role', details: { missingRoles: ['admin'] } }],
    ['expired', { status: 401, reason: 'Authentication required' }],
  ])('of a server that says no tell why: %s', async (token, fields) => {
    const own = make(fixture.http, { token: () => token });
    await expect(own.mutate('admin@1.0.0', 'secret', [])).rejects.toMatchObject({ code: 'remote', ...fields });
    expect(await own.mutate('admin@1.0.0', 'open', [])).toBe('open');
    own.close();
  });

  it('that are right open the door', async () => {
    const own = make(fixture.http, { token: () => 't-admin' });
    expect(await own.mutate('admin@1.0.0', 'secret', [])).toBe('top-secret');
    own.close();
  });
});

describe('headers over HTTP', () => {
  it('take the place of one another however they are written: ours, the backend’s, the token, the middleware’s', async () => {
    let sent: unknown;
    const own = make(server.url, {
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: 'Basic x', 'x-tenant': 'a' },
      token: () => 'kept',
    });
    const call = async () => {
      server.answers.push((response, { id }, { headers }) => {
        sent = [headers.authorization, headers['content-type'], headers['x-tenant']];
        answerJson(response, 200, { id, success: true });
      });
      await own.mutate('echo', 'echo', []);
      return sent;
    };
    expect(await call()).toEqual(['Bearer kept', 'application/json; charset=utf-8', 'a']);
    own.use((context, next) => {
      Object.assign(context.headers, { AUTHORIZATION: 'Bearer own', 'X-Tenant': 'b' });
      return next();
    });
    expect(await call()).toEqual(['Bearer own', 'application/json; charset=utf-8', 'b']);
    own.close();
  });
});

describe('refusals over HTTP', () => {
  it('say how long to wait, in milliseconds', async () => {
    const own = make(fixture.http);
    await expect(own.mutate('echo@1.0.0', 'fail', ['rate'])).rejects.toMatchObject({
      status: 429,
      retryAfterMs: 7_000,
      retryable: true,
    });
    own.close();
  });

  it.each([
    [413, 'Payload too large', false],
    [429, 'Too many requests', true],
    [401, 'Authentication required', false],
    [403, 'Missing required role', false],
  ])('keep status and text: %s', async (status, message, retryable) => {
    server.answers.push((response, { id }) =>
      answerJson(response, status, { id, success: false, error: { code: String(status), message, details: {} } }),
    );
    await expect(client.mutate('echo', 'echo', [])).rejects.toMatchObject({
      code: 'remote',
      status,
      reason: message,
      retryable,
    });
  });

  it('of a body over the limit of the server are told', async () => {
    const small = await createFixture({ limits: { bodyBytes: 1_000 } });
    const own = make(small.http);
    await expect(own.mutate('echo@1.0.0', 'echo', ['x'.repeat(2_000)])).rejects.toMatchObject({
      code: 'remote',
      status: 413,
    });
    expect(await own.mutate('echo@1.0.0', 'echo', ['x'])).toBe('x');
    own.close();
    await small.close();
  });
});

describe('arguments that JSON would change', () => {
  it.each([
    ['Date', [{ at: [new Date(1)] }], 'Date at args[0].at[0]'],
    ['Map', [new Map()], 'Map at args[0]'],
    ['Set', [1, new Set()], 'Set at args[1]'],
    ['RegExp', [/a/], 'RegExp at args[0]'],
    ['bytes', [Uint8Array.of(1)], 'Uint8Array at args[0]'],
    ['an error', [new Error('x')], 'Error at args[0]'],
    ['a function', [{ f: () => 1 }], 'function at args[0].f'],
    ['NaN', [[Number.NaN]], 'NaN at args[0][0]'],
    ['infinity', [Number.POSITIVE_INFINITY], 'Infinity at args[0]'],
    ['undefined in a list', [[undefined]], 'undefined at args[0][0]'],
    ['undefined before another argument', [undefined, 1], 'undefined at args[0]'],
  ])('are refused: %s', async (_name, args, where) => {
    await expect(client.mutate('echo', 'echo', args)).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining(`JSON cannot carry ${where}: use a WebSocket backend, or lossy: true`),
    });
    expect(runtime.requests).toEqual([]);
    expect(await client.mutate('echo', 'echo', ['good'])).toEqual(['good']);
  });

  it('are sent as JSON has them where the app says so', async () => {
    const own = make(server.url, { lossy: true });
    expect(await own.mutate('echo', 'echo', [new Date(0), new Map([[1, 2]]), undefined, [undefined], 1])).toEqual([
      '1970-01-01T00:00:00.000Z',
      {},
      null,
      [null],
      1,
    ]);
    own.close();
  });

  it('are not refused for what nobody would miss', async () => {
    expect(await client.mutate('echo', 'echo', [{ a: undefined, b: 1 }, undefined, undefined])).toEqual([{ b: 1 }]);
    expect(await client.mutate('echo', 'echo', [undefined])).toEqual([]);
    expect(await client.mutate('echo', 'echo', [Object.assign(Object.create(null), { a: -0 })])).toEqual([{ a: 0 }]);
  });
});

describe('what the server says about caching', () => {
  const cacheable =
    (data: unknown, etag = 'W/"1"', hints: object = { cache: { maxAge: 1_000, tags: ['items'] } }): TestAnswer =>
    (response, { id }) => {
      response.setHeader('ETag', etag);
      answerJson(response, 200, { id, success: true, data, hints });
    };
  const conditional =
    (seen: unknown[], status: 200 | 304, data?: unknown): TestAnswer =>
    (response, { id }, raw) => {
      seen.push(raw.headers['if-none-match']);
      if (status === 304) response.writeHead(304).end();
      else answerJson(response, 200, { id, success: true, data });
    };
  const get = (options = {}) => client.query('catalog@1.0.0', 'items', [], options);

  it('counts where the app has said nothing', async () => {
    server.answers.push(cacheable(['a']));
    expect(await get()).toEqual(['a']);
    expect(entriesOf()[0]).toMatchObject({ tags: ['items'] });
    runtime.nowMs += 999;
    expect(await get()).toEqual(['a']);
    expect(server.requests.length).toBe(1);
    client.invalidate('items');
    server.answers.push(cacheable(['b'], 'W/"2"'));
    expect(await get()).toEqual(['b']);
    runtime.nowMs += 1_000;
    server.answers.push(cacheable(['c'], 'W/"3"'));
    expect(await get()).toEqual(['c']);
  });

  it('does not count where the app has a policy', async () => {
    server.answers.push(cacheable(['a']), cacheable(['b']));
    expect(await get({ cache: 0 })).toEqual(['a']);
    expect(await get({ cache: 0 })).toEqual(['b']);
    expect(server.requests.length).toBe(2);
    client.invalidate({ method: '*items' });
    server.answers.push(cacheable(['c'], 'W/"1"', { cache: { maxAge: 0, tags: ['theirs'] } }));
    expect(await get({ cache: { maxAge: 60_000, tags: ['mine'] } })).toEqual(['c']);
    runtime.nowMs += 59_000;
    expect(await get({ cache: { maxAge: 60_000, tags: ['mine'] } })).toEqual(['c']);
    expect(entriesOf()[0]).toMatchObject({ tags: ['mine'] });
  });

  it('lets an unchanged answer stay where it is', async () => {
    const seen: unknown[] = [];
    server.answers.push(
      cacheable({ sku: 'a' }),
      conditional(seen, 304),
      conditional(seen, 304),
      conditional(seen, 200, 'new'),
    );
    const first = await get({ cache: 0 });
    expect(await get({ cache: 0 })).toBe(first);
    expect(await get({ cache: 0 })).toBe(first);
    expect(await get({ cache: 0 })).toBe('new');
    server.answers.push(conditional(seen, 200, 'newer'));
    expect(await get({ cache: 0 })).toBe('newer');
    expect(seen).toEqual(['W/"1"', 'W/"1"', 'W/"1"', undefined]);
  });

  it('is not told to a server of another origin', async () => {
    runtime.origin = 'http://elsewhere.example';
    const seen: unknown[] = [];
    server.answers.push(cacheable(['a']), conditional(seen, 200, 'b'));
    await get({ cache: 0 });
    await get({ cache: 0 });
    expect(seen).toEqual([undefined]);
  });

  it('is forgotten once a mutation has changed the value here', async () => {
    const seen: unknown[] = [];
    server.answers.push(cacheable({ n: 1 }));
    await get({ cache: 0 });
    const entry = client.entry('catalog@1.0.0', 'items', []);
    const optimistic = layer<{ n: number }, readonly unknown[], unknown>(entry as never, ({ n }) => ({ n: n + 1 }));
    await client.mutate('catalog@1.0.0', 'bump', [], { optimistic: optimistic as never });
    expect(client.peek(entry)).toEqual({ n: 2 });
    server.answers.push(conditional(seen, 200, { n: 3 }));
    expect(await get({ cache: 0 })).toEqual({ n: 3 });
    expect(seen).toEqual([undefined]);
  });

  it('confirms what was there when it was asked, under what was confirmed since', async () => {
    const seen: unknown[] = [];
    server.answers.push(cacheable({ n: 1 }));
    await get({ cache: 0 });
    const entry = client.entry('catalog@1.0.0', 'items', []);
    const answers: (() => void)[] = [];
    server.answers.push((response, _request, raw) => {
      seen.push(raw.headers['if-none-match']);
      answers.push(() => response.writeHead(304, { ETag: 'W/"1"' }).end());
    });
    const asking = outcomeOf(get({ cache: 0 }));
    await vi.waitFor(() => expect(answers.length).toBe(1), { interval: 1 });
    const optimistic = layer<{ n: number }, readonly unknown[], unknown>(entry as never, ({ n }) => ({ n: n + 1 }));
    await client.mutate('catalog@1.0.0', 'bump', [], { optimistic: optimistic as never });
    answers[0]?.();
    expect(await asking).toEqual({ value: { n: 2 } });
    server.answers.push(conditional(seen, 200, { n: 3 }));
    expect(await get({ cache: 0 })).toEqual({ n: 3 });
    expect(seen).toEqual(['W/"1"', undefined]);
  });

  it('is not believed where nothing was asked about: 304', async () => {
    const unasked: TestAnswer = (response) => response.writeHead(304).end();
    server.answers.push(unasked, unasked);
    const refused = { code: 'protocol', status: 304 };
    await expect(client.mutate('catalog@1.0.0', 'bump', [])).rejects.toMatchObject(refused);
    await expect(get()).rejects.toMatchObject(refused);
  });

  it('works with a server that means it', async () => {
    runtime.origin = fixture.http;
    const own = make(fixture.http);
    const options = { cache: 0 } as const;
    const first = await own.query('catalog@1.0.0', 'items', [{ page: 2 }], options);
    expect(first).toEqual([{ sku: 'a' }, { sku: 'b', page: 2 }]);
    expect(await own.query('catalog@1.0.0', 'items', [{ page: 2 }], options)).toBe(first);
    await expect(own.mutate('catalog@1.0.0', 'validated', [{ email: 'none' }])).rejects.toMatchObject({
      status: 400,
      reason: 'Input validation failed',
    });
    own.close();
  });
});

describe('authenticate over HTTP', () => {
  it('says what answered in the place of a server that is away, and when to come back', async () => {
    server.answers.push((response) =>
      response.writeHead(503, { 'Content-Type': 'text/html', 'Retry-After': '7' }).end('<h1>Away</h1>'),
    );
    const backend = await client.backend();
    await expect(backend.authenticate({ username: 'ada', password: 'pw' })).rejects.toMatchObject({
      code: 'protocol',
      reason: expect.stringContaining('/netron/authenticate answered 503 with text/html'),
      status: 503,
      retryable: true,
      retryAfterMs: 7_000,
      cause: expect.any(SyntaxError),
    });
    server.answers.push((response) => answerJson(response, 200, { result: { success: true } }));
    expect(await backend.authenticate({ username: 'ada', password: 'pw' })).toEqual({ success: true });
  });
});
