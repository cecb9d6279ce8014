import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../fixture.js';
import { callOf, postJson } from './test-post.js';

let fixture: Fixture;
let shared: Fixture;

beforeAll(async () => {
  [fixture, shared] = await Promise.all([
    createFixture({ limits: { batchItems: 4 } }),
    createFixture({ cors: 'all', strict: true }),
  ]);
});
afterAll(() => Promise.all([fixture.close(), shared.close()]));

const batch = (requests: unknown, options?: unknown) =>
  postJson(fixture, '/netron/batch', { id: 'b', requests, options });
const calls = [
  callOf('calculator@1.0.0', 'slow', [30], '1'),
  callOf('echo@1.0.0', 'fail', ['business'], '2'),
  callOf('calculator@1.0.0', 'add', [1, 2], '3'),
];
const hints = (successCount: number, failureCount: number) => ({
  successCount,
  failureCount,
  totalTime: expect.any(Number),
});
const ok = (id: string, data: unknown) => ({ id, success: true, data });
const failed = (id: string, code: string, message: string) => ({ id, success: false, error: { code, message } });

describe('a batch', () => {
  it.each([
    ['at once', undefined],
    ['at once, whatever stopOnError says', { stopOnError: true }],
    ['one by one', { parallel: false }],
  ])('runs %s and answers in the order of its items', async (_name, options) => {
    const { status, body } = await batch(calls, options);
    const responses = [ok('1', 'done'), failed('2', '401', 'Session expired'), ok('3', 3)];
    expect([status, body]).toEqual([200, { id: 'b', responses, hints: hints(2, 1) }]);
  });

  it('stops at the first failure if it is told to and runs one by one', async () => {
    const { body } = await batch(calls, { parallel: false, stopOnError: true });
    const responses = [ok('1', 'done'), failed('2', '401', 'Session expired')];
    expect(body).toEqual({ id: 'b', responses, hints: hints(1, 1) });
  });

  it.each([
    ['600', 'multi', 'echo@1.0.0', 'fail', ['custom600']],
    ['601', 'just a string', 'echo@1.0.0', 'fail', ['string']],
    ['500', 'with props', 'echo@1.0.0', 'fail', ['props']],
    ['404', 'Method not found: calculator@1.0.0.hidden', 'calculator@1.0.0', 'hidden', []],
    ['404', 'Method not found: nope.x', 'nope', 'x', []],
    ['400', 'Invalid method name', 'users', 'a b', []],
    ['501', "The result is the service 'session', which can be returned over WebSocket only", 'factory', 'open', []],
  ])('has %s "%s" for one item and goes on', async (code, message, service, method, input) => {
    const { body } = await batch([
      callOf(service, method, input, 'x'),
      callOf('calculator@1.0.0', 'noResult', [], 'y'),
    ]);
    expect(body).toEqual({
      id: 'b',
      responses: [failed('x', code, message), { id: 'y', success: true }],
      hints: hints(1, 1),
    });
  });

  it('does not check contracts unless the server is strict', async () => {
    const requests = [callOf('catalog@1.0.0', 'validated', [{ email: 'x' }])];
    expect((await batch(requests)).body).toMatchObject({ responses: [{ data: { email: 'x', limit: 10 } }] });
    const strict = await postJson(shared, '/netron/batch', { id: 'b', requests });
    expect(strict.body).toMatchObject({ responses: [failed('a', '400', 'Input validation failed')] });
  });

  it.each([
    [400, null],
    [400, {}],
    [400, 'x'],
    [400, [{ id: 'a', service: 's', method: 'm' }]],
    [400, [callOf('s', 'm', [], 1 as unknown as string)]],
    [413, Array.from({ length: 5 }, () => callOf('s', 'm'))],
  ])('is %i for the requests %j', async (status, requests) => {
    const response = await batch(requests);
    expect(response).toMatchObject({ status, body: { success: false, error: { code: String(status) } } });
    expect((await batch([])).body).toEqual({ id: 'b', responses: [], hints: hints(0, 0) });
  });

  it('is readable from another origin only where the server is told to be more open than Titan', async () => {
    for (const [server, allowed] of [
      [fixture, null],
      [shared, 'http://app.test'],
    ] as const) {
      const response = await postJson(
        server,
        '/netron/batch',
        { id: 'b', requests: [] },
        { Origin: 'http://app.test' },
      );
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
    }
  });
});

describe('without CORS', () => {
  it('reflects the origin of a preflight only, and allows no credentials', async () => {
    const closed = await createFixture({ cors: false });
    const headers = { Origin: 'http://app.test' };
    const call = await postJson(closed, '/netron/invoke', callOf('calculator', 'add', [1, 2]), headers);
    expect([call.status, call.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    const preflight = await fetch(`${closed.http}/netron/invoke`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://app.test');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    await closed.close();
  });
});
