import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_PACKET_BYTES } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import { answerJson, TestHttpServer, type TestRequest } from '../testing/test-http-server.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';

let server: TestHttpServer;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  server = await TestHttpServer.open();
});
afterAll(() => server.close());
beforeEach(() => {
  runtime = new TestRuntime();
  server.requests.length = 0;
  server.answers.length = 0;
  client = make(server.url, { batch: { window: 10, maxBatchSize: 4 } });
});
afterEach(() => client.close());

function make(url: string, options: Omit<BackendOptions, 'url'>): NetronClient {
  return new NetronClient({ backends: { main: { url, ...options } }, runtime });
}

const add = (a: number, options: { signal?: AbortSignal; timeout?: number } = {}): Promise<unknown> =>
  client.mutate('calculator@1.0.0', 'add', [a, 1], options);

/** The timer of the window, besides that of the deadlines; a turn, so that the last call has joined. */
async function untilWaiting(): Promise<void> {
  await vi.waitFor(() => expect(runtime.timers).toBe(2), { interval: 1 });
  await nextTurn();
}

interface Batch {
  readonly id: string;
  readonly requests: readonly TestRequest[];
}

const sum = ({ id, input }: TestRequest) => ({ id, success: true, data: (input as number[])[0] });
const answer =
  (make: (items: readonly TestRequest[]) => readonly unknown[]) =>
  (response: ServerResponse, request: unknown): void => {
    const { id, requests } = request as Batch;
    answerJson(response, 200, { id, responses: make(requests), hints: {} });
  };
const batches = (): readonly Batch[] => server.requests as unknown as readonly Batch[];

describe('a batch', () => {
  it('waits for its window, counted from the first call', async () => {
    server.answers.push(answer((items) => items.map(sum).reverse()));
    const calls = [1, 2].map((n) => add(n));
    await untilWaiting();
    runtime.advance(9);
    calls.push(add(3));
    await untilWaiting();
    expect(server.requests).toEqual([]);
    runtime.advance(1);
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
    expect(batches().map(({ requests }) => requests.length)).toEqual([3]);
    expect(runtime.requests[0]?.url).toBe(`${server.url}/netron/batch`);
    expect(batches()[0]?.requests[0]).toMatchObject({ service: 'calculator@1.0.0', method: 'add', input: [1, 1] });
    expect(runtime.timers).toBe(0);
  });

  it('goes at once when it is full, and the rest with the next', async () => {
    server.answers.push(
      answer((items) => items.map(sum)),
      answer((items) => items.map(sum)),
    );
    const calls = [1, 2, 3, 4, 5].map((n) => add(n));
    expect(await Promise.all(calls.slice(0, 4))).toEqual([1, 2, 3, 4]);
    await untilWaiting();
    runtime.advance(10);
    expect(await calls[4]).toBe(5);
    expect(batches().map(({ requests }) => requests.length)).toEqual([4, 1]);
  });

  it('gives each call its own outcome, with the status of its own', async () => {
    server.answers.push(
      answer(([a, b, c, d]) => [
        sum(a as TestRequest),
        { id: b?.id, success: false, error: { code: '409', message: 'conflict!' } },
        { id: c?.id, success: false, error: { code: '600', message: 'multi' } },
        { id: d?.id, success: false, error: { code: 'ODD', message: 'odd' } },
      ]),
    );
    const outcomes = await Promise.all([1, 2, 3, 4].map((n) => outcomeOf(add(n))));
    expect(outcomes).toMatchObject([
      { value: 1 },
      { error: { code: 'remote', status: 409, reason: 'conflict!', method: 'add', businessCode: undefined } },
      { error: { code: 'remote', status: 600, reason: 'multi' } },
      { error: { code: 'remote', status: 500, businessCode: 'ODD' } },
    ]);
  });

  it('rejects what the answer leaves out, says twice or names wrongly, and sends nothing again', async () => {
    server.answers.push(
      answer(([a, b]) => [
        sum(a as TestRequest),
        { ...sum(a as TestRequest) },
        { id: 'nobody', success: true },
        7,
        null,
        { id: b?.id },
      ]),
    );
    const outcomes = await Promise.all([1, 2, 3, 4].map((n) => outcomeOf(add(n))));
    expect(outcomes[0]).toEqual({ value: 1 });
    for (const outcome of outcomes.slice(1)) {
      expect(outcome).toMatchObject({
        error: { code: 'protocol', method: 'add', reason: expect.stringContaining('out') },
      });
    }
    expect(server.requests.length).toBe(1);
    expect(runtime.timers).toBe(0);
  });

  it.each([
    ['is cut', (response: ServerResponse) => void response.destroy(), 'network'],
    ['is no JSON', (response: ServerResponse) => void response.writeHead(502).end('<html>'), 'protocol'],
    ['is another envelope', (response: ServerResponse) => answerJson(response, 200, { responses: 7 }), 'protocol'],
  ])('fails for each call when its answer %s, and is not sent again', async (_name, respond, code) => {
    server.answers.push(respond);
    const outcomes = await Promise.all([1, 2, 3, 4].map((n) => outcomeOf(add(n))));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ error: { code, service: 'calculator@1.0.0', method: 'add' } });
    }
    expect(new Set(outcomes.map((outcome) => (outcome as { error: unknown }).error)).size).toBe(4);
    expect(server.requests.length).toBe(1);
  });

  it.each([400, 413, 429, 503])('passes on to each call that the whole was refused with %s', async (status) => {
    const error = { code: String(status), message: 'too much', details: { retryAfter: 3 } };
    server.answers.push((response) => answerJson(response, status, { id: 'x', success: false, error }));
    for (const outcome of await Promise.all([1, 2, 3, 4].map((n) => outcomeOf(add(n))))) {
      expect(outcome).toMatchObject({
        error: { code: 'remote', status, reason: 'too much', retryAfterMs: 3_000, method: 'add' },
      });
    }
    expect(server.requests.length).toBe(1);
  });

  it('leaves out a call that was aborted while it waited', async () => {
    server.answers.push(answer((items) => items.map(sum)));
    const controller = new AbortController();
    const gone = outcomeOf(add(1, { signal: controller.signal }));
    const stays = add(2);
    await untilWaiting();
    controller.abort();
    expect(await gone).toMatchObject({ error: { code: 'aborted', method: 'add' } });
    runtime.advance(10);
    expect(await stays).toBe(2);
    expect(batches()[0]?.requests.map(({ input }) => input)).toEqual([[2, 1]]);
  });

  it('is never sent when all were aborted', async () => {
    const controller = new AbortController();
    const calls = [1, 2].map((n) => outcomeOf(add(n, { signal: controller.signal })));
    await untilWaiting();
    controller.abort();
    for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ error: { code: 'aborted' } });
    runtime.advance(10);
    expect(runtime.requests).toEqual([]);
    expect(runtime.timers).toBe(0);
  });

  it('settles a call that was aborted before the module was there', async () => {
    const controller = new AbortController();
    const fresh = make(server.url, { batch: true });
    const call = outcomeOf(fresh.mutate('calculator@1.0.0', 'add', [1, 1], { signal: controller.signal }));
    // After the transport was made, and while what batches need is being loaded.
    for (let i = 0; i < 4; i++) await Promise.resolve();
    controller.abort();
    expect(await call).toMatchObject({ error: { code: 'aborted' } });
    expect(runtime.timers).toBe(0);
    fresh.close();
  });

  it('goes on for the others when one gives up on its way, and is aborted when all do', async () => {
    const raw: IncomingMessage[] = [];
    const hold = (_: ServerResponse, __: TestRequest, message: IncomingMessage): void => void raw.push(message);
    server.answers.push(hold);
    const controllers = [1, 2, 3, 4].map(() => new AbortController());
    const calls = controllers.map(({ signal }, n) => outcomeOf(add(n, { signal })));
    await vi.waitFor(() => expect(raw.length).toBe(1), { interval: 1 });
    for (const controller of controllers.slice(0, 3)) controller.abort();
    for (const call of calls.slice(0, 3)) expect(await call).toMatchObject({ error: { code: 'aborted' } });
    expect(raw[0]?.socket.destroyed).toBe(false);
    const closed = once(raw[0]?.socket as never, 'close');
    controllers[3]?.abort();
    expect(await calls[3]).toMatchObject({ error: { code: 'aborted' } });
    await closed;
  });

  it('has each call fail at its own deadline', async () => {
    const responses: [ServerResponse, Batch][] = [];
    server.answers.push((response, request) => void responses.push([response, request as unknown as Batch]));
    const late = outcomeOf(add(1, { timeout: 50 }));
    const others = [2, 3, 4].map((n) => add(n));
    await vi.waitFor(() => expect(responses.length).toBe(1), { interval: 1 });
    runtime.advance(50);
    expect(await late).toMatchObject({ error: { code: 'timeout' } });
    const [response, batch] = responses[0] as [ServerResponse, Batch];
    answerJson(response, 200, { id: batch.id, responses: batch.requests.map(sum) });
    expect(await Promise.all(others)).toEqual([2, 3, 4]);
  });

  it('that still waits fails when the client is closed, and leaves no timer', async () => {
    const calls = [1, 2].map((n) => outcomeOf(add(n)));
    await untilWaiting();
    client.close();
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toMatchObject({ error: { code: 'network', reason: expect.stringContaining('closed') } });
    }
    expect(server.requests).toEqual([]);
    expect(runtime.timers).toBe(0);
  });

  it('refuses an argument for its own call alone', async () => {
    server.answers.push(answer((items) => items.map(sum)));
    const bad = outcomeOf(client.mutate('echo@1.0.0', 'echo', [new Date(1)]));
    const good = add(2);
    expect(await bad).toMatchObject({ error: { code: 'invalid-argument' } });
    await untilWaiting();
    runtime.advance(10);
    expect(await good).toBe(2);
  });
});

describe('what one call of a batch does wrong', () => {
  it.each([
    ['that JSON cannot write', [1n], 'invalid-argument'],
    ['that is too large', ['x'.repeat(MAX_PACKET_BYTES)], 'too-large'],
  ])('does not take its neighbours with it: %s', async (_name, args, code) => {
    const own = make(server.url, { batch: true, lossy: true });
    server.answers.push(answer((items) => items.map(sum)));
    const bad = outcomeOf(own.mutate('echo@1.0.0', 'echo', args));
    const good = own.mutate('calculator@1.0.0', 'add', [2, 1]);
    expect(await bad).toMatchObject({ error: { code, service: 'echo@1.0.0' } });
    await untilWaiting();
    runtime.advance(10);
    expect(await good).toBe(2);
    own.close();
  });

  it('is not that there is no room for it: what waits goes first', async () => {
    const half = 'x'.repeat(MAX_PACKET_BYTES / 2);
    for (let i = 0; i < 2; i++) server.answers.push(answer((items) => items.map(({ id }) => ({ id, success: true }))));
    const calls = [1, 2].map((n) => client.mutate('echo@1.0.0', 'echo', [n, half]));
    await vi.waitFor(() => expect(server.requests.length).toBe(1), { interval: 1 });
    await untilWaiting();
    runtime.advance(10);
    await Promise.all(calls);
    expect(batches().map(({ requests }) => requests.length)).toEqual([1, 1]);
  });
});

describe('the refusal of a whole batch', () => {
  it.each<[string, string, unknown, object]>([
    ['the page of a gateway', 'text/html', '<h1>away</h1>', { code: 'protocol', status: 503 }],
    [
      'an envelope',
      'application/json',
      JSON.stringify({ id: 'x', success: false, error: { code: '503', message: 'busy' } }),
      { code: 'remote', status: 503, reason: 'busy' },
    ],
  ])('is that of each call, when to come back included: %s', async (_name, type, body, fields) => {
    server.answers.push((response) => response.writeHead(503, { 'Content-Type': type, 'Retry-After': '2' }).end(body));
    const calls = [add(1), client.mutate('echo@1.0.0', 'echo', [])].map(outcomeOf);
    await untilWaiting();
    runtime.advance(10);
    const all = { ...fields, retryable: true, retryAfterMs: 2_000 };
    expect(await Promise.all(calls)).toMatchObject([
      { error: { ...all, method: 'add' } },
      { error: { ...all, method: 'echo' } },
    ]);
  });
});

describe('a batch at a real server', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture({ auth: true, limits: { batchItems: 3 } });
  });
  afterAll(() => fixture.close());

  it('carries the token for all, and each item is let in or not by itself', async () => {
    const calls = (own: NetronClient) =>
      Promise.all([
        outcomeOf(own.mutate('admin@1.0.0', 'open', [])),
        outcomeOf(own.mutate('admin@1.0.0', 'me', [])),
        outcomeOf(own.mutate('admin@1.0.0', 'secret', [])),
      ]);
    const anonymous = make(fixture.http, { batch: { maxBatchSize: 3 } });
    expect(await calls(anonymous)).toMatchObject([
      { value: 'open' },
      { error: { code: 'remote', status: 401, reason: 'Authentication required' } },
      { error: { code: 'remote', status: 401 } },
    ]);
    const asked: boolean[] = [];
    const token = (refresh: boolean): string => {
      asked.push(refresh);
      return 't-user';
    };
    const user = make(fixture.http, { batch: { maxBatchSize: 3 }, token });
    expect(await calls(user)).toMatchObject([
      { value: 'open' },
      { value: 'me' },
      { error: { code: 'remote', status: 403, reason: 'Missing required role' } },
    ]);
    expect(asked).toEqual([false]);
    anonymous.close();
    user.close();
  });

  it('that is too large for it is refused as a whole, with its text', async () => {
    const own = make(fixture.http, { batch: { maxBatchSize: 4 } });
    const calls = [1, 2, 3, 4].map((n) => outcomeOf(own.mutate('calculator@1.0.0', 'add', [n, 1])));
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toMatchObject({
        error: { code: 'remote', status: 413, reason: 'At most 3 requests in a batch' },
      });
    }
    own.close();
  });
});
