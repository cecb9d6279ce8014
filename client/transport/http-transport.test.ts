import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_PACKET_BYTES } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { NetronClient } from '../netron-client.js';
import { answerJson, TestHttpServer } from '../testing/test-http-server.js';
import { ItemService } from '../testing/test-item-service.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';

let fixture: Fixture;
let items: ItemService;
let server: TestHttpServer;
let runtime: TestRuntime;
let real: NetronClient;
let client: NetronClient;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
  server = await TestHttpServer.open();
});
afterAll(async () => {
  await fixture.close();
  await server.close();
});
beforeEach(() => {
  runtime = new TestRuntime();
  real = new NetronClient({ backends: { main: fixture.http }, runtime });
  client = new NetronClient({ backends: { main: server.url }, runtime });
});
afterEach(() => {
  real.close();
  client.close();
  items.gate.closed.clear();
});

const place = { backend: 'main', service: 'echo@1.0.0', method: 'echo' };

/** The next call works, and no timer is left of the one before. */
async function expectGoodCall(): Promise<void> {
  expect(await client.mutate('echo@1.0.0', 'echo', ['good'])).toEqual(['good']);
  expect(runtime.timers).toBe(0);
}

describe('calls over HTTP', () => {
  it('send what Titan reads and nothing a cross-origin page may not send', async () => {
    const headers: unknown[] = [];
    server.answers.push((response, { id }, raw) => {
      headers.push([raw.method, raw.url, raw.headers['content-type'], raw.headers.accept, raw.headers['x-request-id']]);
      answerJson(response, 200, { id, success: true, data: 1 });
    });
    expect(await client.mutate('users@1.0.0', 'get', ['u1', null, undefined], { timeout: 1_000.5 })).toBe(1);
    expect(headers).toEqual([['POST', '/netron/invoke', 'application/json', 'application/json', undefined]]);
    const [request] = server.requests.splice(0);
    expect(request).toMatchObject({
      service: 'users@1.0.0',
      method: 'get',
      input: ['u1', null],
      hints: { timeout: 2_001 },
    });
  });

  it('send no timeout when there is none, and an id of their own each', async () => {
    await client.mutate('echo@1.0.0', 'echo', [], { timeout: Number.POSITIVE_INFINITY });
    await client.mutate('echo@1.0.0', 'echo', []);
    const [first, second] = server.requests.splice(0);
    expect(first).not.toHaveProperty('hints');
    expect(first?.id).not.toBe(second?.id);
  });

  it('go to a base URL with a path, with or without a slash at its end', async () => {
    const paths: unknown[] = [];
    for (const base of ['/api/v1', '/api/v1/', '/api/v1//']) {
      const own = new NetronClient({ url: `${server.url}${base}`, runtime });
      server.answers.push((response, { id }, raw) => {
        paths.push(raw.url);
        answerJson(response, 200, { id, success: true });
      });
      await own.mutate('echo', 'echo', []);
      own.close();
    }
    expect(new Set(paths)).toEqual(new Set(['/api/v1/netron/invoke']));
  });

  it('return results, and undefined where the server sent no data', async () => {
    expect(await real.mutate('calculator@1.0.0', 'add', [2, 3])).toBe(5);
    expect(await real.mutate('calculator@1.0.0', 'noResult', [])).toBeUndefined();
    expect(await real.query('calculator@1.0.0', 'noResult', [])).toBeUndefined();
    expect(await real.mutate('echo@1.0.0', 'echo', [null])).toBeNull();
    expect(await real.query('stream@1.0.0', 'count', [3])).toEqual([0, 1, 2]);
  });
});

describe('errors of the server over HTTP', () => {
  it.each([
    ['titan', { status: 409, reason: 'conflict!', details: { field: 'x' }, retryable: false }],
    ['business', { status: 401, reason: 'Session expired', businessCode: 'SESSION_EXPIRED' }],
    ['rate', { status: 429, retryAfterMs: 7_000, retryable: true, details: { retryAfter: 7 } }],
    ['unavailable', { status: 503, retryable: true }],
    ['custom600', { status: 500, reason: 'multi' }],
    ['props', { status: 500, businessCode: 'E_CUSTOM' }],
    ['string', { status: 500, reason: 'just a string' }],
    ['plain', { status: 500, reason: 'plain failure', details: {} }],
  ])('keep what the server said: %s', async (kind, fields) => {
    const { error } = (await outcomeOf(real.mutate('echo@1.0.0', 'fail', [kind]))) as { error: unknown };
    expect(error).toMatchObject({ code: 'remote', ...place, method: 'fail', ...fields });
    if (!('businessCode' in fields)) expect(error).toHaveProperty('businessCode', undefined);
    if (!('retryAfterMs' in fields)) expect(error).toHaveProperty('retryAfterMs', undefined);
    expect(await real.mutate('echo@1.0.0', 'echo', ['good'])).toBe('good');
  });

  it('say which service or method is not there', async () => {
    await expect(real.mutate('nope@1.0.0', 'x', [])).rejects.toMatchObject({ status: 404, service: 'nope@1.0.0' });
    await expect(real.mutate('echo@1.0.0', 'nope', [])).rejects.toMatchObject({ status: 404, method: 'nope' });
  });

  it.each([
    [
      { error: true, message: 'outer', code: '418' },
      { status: 418, reason: 'outer' },
    ],
    [
      { error: { code: '401', message: 'Authentication required' } },
      { status: 401, reason: 'Authentication required' },
    ],
    [
      { success: false, error: {} },
      { status: 500, reason: 'The server gave no message' },
    ],
    [
      { success: false, error: { message: 7, code: {}, details: [] } },
      { status: 500, details: {} },
    ],
    [
      { success: false, error: { message: 'x', details: { retryAfter: -1 } } },
      { status: 429, retryAfterMs: undefined },
    ],
    [
      { success: false, error: { message: 'x', details: { retryAfter: '5' } } },
      { status: 429, retryAfterMs: undefined },
    ],
  ])('read the rarer envelopes: %j', async (body, fields) => {
    server.answers.push((response) => answerJson(response, fields.status, body));
    await expect(client.mutate('echo@1.0.0', 'echo', [])).rejects.toMatchObject({
      code: 'remote',
      ...place,
      ...fields,
    });
    await expectGoodCall();
  });
});

describe('broken answers over HTTP', () => {
  it.each([
    ['an HTML page', 502, 'text/html', '<html>Bad gateway</html>', '502 with text/html'],
    ['truncated JSON', 200, 'application/json', '{"id":"x","succ', '200 with application/json'],
    ['an empty body', 200, 'application/json', '', '200 with application/json'],
    ['JSON that is no envelope', 200, 'application/json', '{"data":1}', 'no Netron envelope'],
    ['a JSON array', 200, 'application/json', '[1]', 'no Netron envelope'],
    ['JSON null', 200, 'application/json', 'null', 'no Netron envelope'],
    ['another envelope kind', 200, 'application/json', '{"success":"true","data":1}', 'no Netron envelope'],
    ['a number', 200, 'text/plain', '42', '200 with text/plain'],
  ])('refuse %s', async (_name, status, type, body, reason) => {
    server.answers.push((response) => response.writeHead(status, { 'Content-Type': type }).end(body));
    await expect(client.mutate('echo@1.0.0', 'echo', [])).rejects.toMatchObject({
      code: 'protocol',
      ...place,
      status,
      reason: expect.stringContaining(reason),
    });
    await expectGoodCall();
  });

  it('refuse the answer to another call', async () => {
    server.answers.push((response) => answerJson(response, 200, { id: 'other', success: true, data: 'secret' }));
    await expect(client.mutate('echo@1.0.0', 'echo', [])).rejects.toMatchObject({
      code: 'protocol',
      ...place,
      reason: expect.stringContaining('the answer is for call "other"'),
    });
    await expectGoodCall();
  });

  it('are not downloaded beyond the limit', async () => {
    let sentBytes = 0;
    const part = Buffer.alloc(1024 * 1024, 0x20);
    let gone = Promise.resolve();
    server.answers.push((response) => {
      gone = once(response, 'close').then(() => undefined);
      const write = (): void => {
        while (!response.destroyed && sentBytes < 8 * MAX_PACKET_BYTES) {
          sentBytes += part.length;
          if (!response.write(part)) return void response.once('drain', write);
        }
        response.end();
      };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      write();
    });
    await expect(client.mutate('echo@1.0.0', 'echo', [])).rejects.toMatchObject({ code: 'too-large', ...place });
    await gone;
    expect(sentBytes).toBeLessThan(4 * MAX_PACKET_BYTES);
    await expectGoodCall();
  });

  it('that stop in the middle of the body are a network failure', async () => {
    server.answers.push((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
      response.write('{"id"', () => response.destroy());
    });
    await expect(client.mutate('echo@1.0.0', 'echo', [])).rejects.toMatchObject({
      code: 'network',
      ...place,
      retryable: true,
    });
    await expectGoodCall();
  });
});

describe('calls that cannot be made over HTTP', () => {
  it('name the backend that cannot be reached', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    taken.close();
    await once(taken, 'close');
    const url = `http://127.0.0.1:${port}`;
    const own = new NetronClient({ backends: { gone: url, main: server.url }, runtime });
    await expect(own.mutate({ name: 'echo', backend: 'gone' }, 'echo' as never, [] as never)).rejects.toMatchObject({
      code: 'network',
      backend: 'gone',
      service: 'echo',
      method: 'echo',
      retryable: true,
      reason: expect.stringContaining(url),
    });
    expect(await own.mutate({ name: 'echo', backend: 'main' }, 'echo' as never, [1] as never)).toEqual([1]);
    own.close();
  });

  it.each([
    ['a BigInt', [1n], /bigint/],
    ['a BigInt inside', [{ a: [{ b: 2n }] }], /bigint/],
    ['a cycle', [cyclic()], /nesting/],
    ['a cycle without prototypes', [cyclic(Object.create(null))], /nesting/],
    ['a promise', [Promise.resolve()], /cannot carry Promise at args\[0\]/],
    ['a generator', [(function* () {})()], /cannot carry \[object Generator\] at/],
    ['one of a class without a name', [new (class {})()], /cannot carry \[object Object\] at/],
    ['what says nothing of its class', [Object.assign(new Map(), { constructor: undefined })], /\[object Map\] at/],
    ['what cannot be read', [throwing()], /the arguments cannot be read: boom/],
  ])('refuse %s before anything is sent', async (_name, args, reason) => {
    await expect(client.mutate('echo@1.0.0', 'echo', args)).rejects.toMatchObject({
      code: 'invalid-argument',
      ...place,
      reason: expect.stringMatching(reason),
    });
    expect(runtime.requests).toEqual([]);
    await expectGoodCall();
  });

  it('say so, whatever it is that the fetch of the app rejects with', async () => {
    const { fetch: real } = runtime;
    runtime.fetch = () => Promise.reject(Object.create(null));
    await expect(client.mutate('echo@1.0.0', 'echo', ['lost'])).rejects.toMatchObject({
      code: 'network',
      reason: expect.stringMatching(/cannot reach .*: something without a text$/),
      ...place,
    });
    runtime.fetch = real;
    await expectGoodCall();
  });

  it('refuse arguments over the limit', async () => {
    const text = 'x'.repeat(MAX_PACKET_BYTES);
    await expect(client.mutate('echo@1.0.0', 'echo', [text])).rejects.toMatchObject({ code: 'too-large', ...place });
    expect(runtime.requests).toEqual([]);
    await expectGoodCall();
  });

  it('have no streams', async () => {
    const stream = client.stream('stream@1.0.0', 'count', [3]);
    await expect(stream.next()).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'main',
      service: 'stream@1.0.0',
      method: 'count',
    });
    await expectGoodCall();
  });

  it('are not made at all when their signal has aborted before', async () => {
    for (const ask of [askQuery, askMutation]) {
      const call = ask(client, 'echo@1.0.0', 'echo', [], { signal: AbortSignal.abort() });
      await expect(call).rejects.toMatchObject({ code: 'aborted', ...place });
    }
    expect(runtime.requests).toEqual([]);
    await expectGoodCall();
  });
});

describe('calls that are given up over HTTP', () => {
  it.each([
    ['query', askQuery],
    ['mutation', askMutation],
  ])('abort the request of a %s', async (kind, ask) => {
    items.gate.close('get');
    const controller = new AbortController();
    const call = outcomeOf(ask(real, 'item@1.0.0', 'get', [kind], { signal: controller.signal }));
    await items.gate.next('get');
    controller.abort();
    expect(await call).toMatchObject({ error: { code: 'aborted', service: 'item@1.0.0', method: 'get' } });
    items.gate.closed.clear();
    expect(await ask(real, 'item@1.0.0', 'ping', [], {})).toBe('pong');
    expect(runtime.timers).toBe(0);
  });

  it('fail at their deadline, counted from the start', async () => {
    items.gate.close('get');
    const call = outcomeOf(real.query('item@1.0.0', 'get', ['late'], { timeout: 200 }));
    const held = await items.gate.next('get');
    runtime.advance(199);
    runtime.advance(1);
    expect(await call).toMatchObject({
      error: {
        code: 'timeout',
        backend: 'main',
        service: 'item@1.0.0',
        method: 'get',
        retryable: true,
        reason: 'no answer within 200 ms',
      },
    });
    held.answer();
    items.gate.closed.clear();
    expect(await real.query('item@1.0.0', 'get', ['late'])).toMatchObject({ count: 0 });
    expect(runtime.timers).toBe(0);
  });

  it('use the deadline of their backend by default', async () => {
    const own = new NetronClient({ backends: { main: { url: fixture.http, timeout: 50 } }, runtime });
    items.gate.close('get');
    const call = outcomeOf(own.mutate('item@1.0.0', 'get', ['x']));
    await items.gate.next('get');
    runtime.advance(50);
    expect(await call).toMatchObject({ error: { code: 'timeout' } });
    own.close();
  });

  it('fail when the client is closed, as later ones do', async () => {
    items.gate.close('get');
    const call = outcomeOf(real.mutate('item@1.0.0', 'get', ['x']));
    await items.gate.next('get');
    real.close();
    expect(await call).toMatchObject({ error: { code: 'network', reason: expect.stringContaining('closed') } });
    expect(runtime.timers).toBe(0);
    const sent = runtime.requests.length;
    await expect(real.mutate('item@1.0.0', 'ping', [])).rejects.toMatchObject({
      code: 'network',
      backend: 'main',
      service: 'item@1.0.0',
      method: 'ping',
      reason: expect.stringContaining('closed'),
    });
    expect(runtime.requests.length).toBe(sent);
  });
});

describe('a timeout that is no duration', () => {
  it.each([0, -1, Number.NaN, '5' as unknown as number])('is refused by name: %s', async (timeout) => {
    const calls = [
      client.query('echo@1.0.0', 'echo', [], { timeout }),
      client.mutate('echo@1.0.0', 'echo', [], { timeout }),
      (async () => client.stream('echo@1.0.0', 'echo', [], { timeout }))(),
    ];
    for (const outcome of await Promise.all(calls.map(outcomeOf))) {
      expect(outcome).toMatchObject({
        error: { code: 'invalid-argument', ...place, reason: expect.stringContaining('option timeout is') },
      });
    }
    await expectGoodCall();
  });

  it('over what a browser timer can wait is kept as the longest it can', async () => {
    const delays: number[] = [];
    const own = new NetronClient({
      backends: { main: server.url },
      runtime: {
        now: () => 0,
        random: () => runtime.random(),
        setTimeout: (_run, delayMs) => delays.push(delayMs),
        clearTimeout: () => undefined,
        fetch: (url, init) => fetch(url, init),
        openWebSocket: (url) => runtime.openWebSocket(url),
      },
    });
    await own.mutate('echo', 'echo', [], { timeout: 3_000_000_000 });
    expect(delays).toEqual([2 ** 31 - 1]);
    own.close();
  });
});

type Ask = (
  client: NetronClient,
  service: string,
  method: string,
  args: readonly unknown[],
  options: { readonly signal?: AbortSignal },
) => Promise<unknown>;

function askQuery(...[client, ...call]: Parameters<Ask>): ReturnType<Ask> {
  return client.query(...call);
}

function askMutation(...[client, ...call]: Parameters<Ask>): ReturnType<Ask> {
  return client.mutate(...call);
}

function cyclic(value: { self?: unknown } = {}): unknown {
  value.self = value;
  return value;
}

function throwing(): unknown {
  return {
    get id() {
      throw new Error('boom');
    },
  };
}
