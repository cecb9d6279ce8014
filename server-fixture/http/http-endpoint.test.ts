import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TitanError } from '../../protocol/index.js';
import { StreamService } from '../conformance/stream.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { MAX_BODY_BYTES } from '../limits.js';
import { invokeHttp, postInvoke } from './test-invoke.js';

@Service('odd@1.0.0')
class Odd {
  @Public()
  circular(): never {
    const details: Record<string, unknown> = {};
    details.self = details;
    throw new TitanError(409, 'round', { details });
  }

  @Public()
  circularResult(): unknown {
    const result: Record<string, unknown> = {};
    result.self = result;
    return result;
  }

  @Public()
  big(): never {
    throw new TitanError(409, 'big', { details: { n: 7n } });
  }

  @Public()
  noContent(): never {
    throw new TitanError(204, 'nothing');
  }

  @Public()
  split(): never {
    throw new TitanError(429, 'x', { requestId: 'a\r\nb: c', details: { retryAfter: '1\r\nd: e' } });
  }
}

let fixture: Fixture;
const stream = new StreamService();

beforeAll(async () => {
  fixture = await createFixture({ services: [stream, new Odd()] });
});
afterAll(() => fixture.close());

const success = (data?: unknown) => ({
  id: 'a',
  success: true,
  ...(data === undefined ? {} : { data }),
  hints: { metrics: { serverTime: expect.any(Number) } },
});
const failure = (code: string, message: string, details: unknown = {}) => ({
  id: 'a',
  success: false,
  error: { code, message, details },
});

describe('a call that succeeds', () => {
  it('carries the data and forbids caching', async () => {
    const { status, headers, body } = await invokeHttp(fixture, 'calculator@1.0.0', 'add', [2, 3]);
    expect([status, body]).toEqual([200, success(5)]);
    expect(headers.get('cache-control')).toBe('no-store, no-cache, must-revalidate');
    expect(headers.get('content-type')).toBe('application/json');
  });

  it.each([
    ['a bare name is the version registered last', 'calculator', 'add', [2, 3], { v: 2, sum: 5 }],
    ['an input that is no array is the one argument', 'calculator@1.0.0', 'sum', { a: 2, b: 3 }, 5],
    ['undefined leaves the data out', 'calculator@1.0.0', 'noResult', [], undefined],
    ['a date is ISO text', 'echo@1.0.0', 'make', ['date'], '2023-11-14T22:13:20.000Z'],
    ['a map is empty', 'echo@1.0.0', 'make', ['map'], {}],
    ['a bigint is a number', 'echo@1.0.0', 'make', ['bigint'], 12345678901234567000],
    ['bytes are a Buffer in JSON', 'echo@1.0.0', 'make', ['bytes'], { type: 'Buffer', data: [0, 1, 2, 253, 254, 255] }],
    ['a generator becomes a list', 'stream@1.0.0', 'count', [4, 0], [0, 1, 2, 3]],
    ['the most items of a list', 'stream@1.0.0', 'count', [10_000], expect.objectContaining({ length: 10_000 })],
  ])('%s', async (_name, service, method, input, data) => {
    expect((await invokeHttp(fixture, service, method, input)).body).toEqual(success(data));
  });
});

describe('a call that fails', () => {
  it.each([
    [500, '500', 'Division by zero', 'calculator@1.0.0', 'divide', [1, 0], {}],
    [409, '409', 'conflict!', 'echo@1.0.0', 'fail', ['titan'], { field: 'x' }],
    [401, 'SESSION_EXPIRED', 'Session expired', 'echo@1.0.0', 'fail', ['business'], { errorCode: 'SESSION_EXPIRED' }],
    [500, '500', 'multi', 'echo@1.0.0', 'fail', ['custom600'], {}],
    [500, '500', 'just a string', 'echo@1.0.0', 'fail', ['string'], {}],
    [500, 'E_CUSTOM', 'with props', 'echo@1.0.0', 'fail', ['props'], { errorCode: 'E_CUSTOM' }],
    [500, '500', 'stream blew up', 'stream@1.0.0', 'failing', [3], {}],
    [413, '413', 'Stream has more than 10000 items', 'stream@1.0.0', 'count', [10_001], {}],
    [404, '404', 'Service nope@1.0.0 not found', 'nope@1.0.0', 'x', [], {}],
    [404, '404', 'Service calculator@^1.0.0 not found', 'calculator@^1.0.0', 'add', [1, 2], {}],
    [404, '404', 'Method nope not found in service calculator@1.0.0', 'calculator@1.0.0', 'nope', [], {}],
    [404, '404', 'Method hidden not found in service calculator@1.0.0', 'calculator@1.0.0', 'hidden', [], {}],
    [404, '404', 'Method constructor not found in service users@1.0.0', 'users@1.0.0', 'constructor', [], {}],
    [404, '404', 'Method __proto__ not found in service users@1.0.0', 'users@1.0.0', '__proto__', [], {}],
    [404, '404', 'Service __proto__ not found', '__proto__', 'x', [], {}],
    [400, '400', 'Invalid method name', 'users@1.0.0', 'a b', [], {}],
  ])('is %i %s "%s"', async (status, code, message, service, method, input, details) => {
    const response = await invokeHttp(fixture, service, method, input);
    expect([response.status, response.body]).toEqual([status, failure(code, message, details)]);
  });

  it('carries its correlation ids and its retry time as headers', async () => {
    const conflict = await invokeHttp(fixture, 'echo@1.0.0', 'fail', ['titan']);
    expect(conflict.headers.get('x-request-id')).toBe('req-9');
    expect(conflict.headers.get('x-correlation-id')).toBe('cor-9');
    const limited = await invokeHttp(fixture, 'echo@1.0.0', 'fail', ['rate']);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('is 408 when it takes longer than the request allows', async () => {
    const response = await invokeHttp(fixture, 'calculator@1.0.0', 'slow', [60_000], { timeout: 20 });
    expect([response.status, response.body]).toEqual([408, failure('408', 'Request timed out after 20ms')]);
    expect(response.headers.get('x-request-id')).toBe('a');
  });

  it('ends its generator at the timeout', async () => {
    const before = stream.foreverClosedCount();
    const response = await invokeHttp(fixture, 'stream@1.0.0', 'forever', [60_000], { timeout: 20 });
    expect(response.status).toBe(408);
    await vi.waitFor(() => expect(stream.foreverClosedCount()).toBe(before + 1));
  });

  it('ends its generator when the client goes away', async () => {
    const before = stream.foreverClosedCount();
    const controller = new AbortController();
    const calls = fixture.counters.calls;
    const body = JSON.stringify({ id: 'a', service: 'stream@1.0.0', method: 'forever', input: [60_000] });
    const gone = fetch(`${fixture.http}/netron/invoke`, { method: 'POST', body, signal: controller.signal });
    await vi.waitFor(() => expect(fixture.counters.calls).toBe(calls + 1));
    controller.abort();
    await expect(gone).rejects.toThrow();
    await vi.waitFor(() => expect(stream.foreverClosedCount()).toBe(before + 1));
  });

  it('leaves out details that JSON cannot carry, and writes bigints as numbers', async () => {
    const circular = await invokeHttp(fixture, 'odd@1.0.0', 'circular', []);
    expect([circular.status, circular.body]).toEqual([409, failure('409', 'round')]);
    const big = await invokeHttp(fixture, 'odd@1.0.0', 'big', []);
    expect(big.body).toEqual(failure('409', 'big', { n: 7 }));
    const result = await invokeHttp(fixture, 'odd@1.0.0', 'circularResult', []);
    expect(result).toMatchObject({ status: 500, body: { success: false } });
  });

  it('never has a status that hides the error, nor a header made of foreign lines', async () => {
    const hidden = await invokeHttp(fixture, 'odd@1.0.0', 'noContent', []);
    expect([hidden.status, hidden.body]).toEqual([500, failure('500', 'nothing')]);
    const split = await invokeHttp(fixture, 'odd@1.0.0', 'split', []);
    expect([split.status, split.headers.get('x-request-id'), split.headers.get('retry-after')]).toEqual([
      429,
      null,
      null,
    ]);
  });
});

describe('a body that is no request', () => {
  it.each([
    ['Invalid JSON', '{nope'],
    ['Invalid JSON', ''],
    ['Invalid JSON', new Uint8Array([0x22, 0xff, 0x22])],
    ['Invalid request format', '{"id":"a","service":"s","method":"m"}'],
    ['Invalid request format', '[]'],
    ['Invalid request format', 'null'],
    ['Invalid request format', '{"id":1,"service":"s","method":"m","input":[]}'],
  ])('is 400 "%s" under the id of its header', async (message, body) => {
    const response = await postInvoke(fixture, body, { 'X-Request-ID': 'rid-1' });
    expect(response.status).toBe(400);
    expect(response.body).toEqual({ id: 'rid-1', success: false, error: { code: '400', message, details: {} } });
    expect(response.headers.get('x-request-id')).toBe('rid-1');
    expect((await invokeHttp(fixture, 'calculator@1.0.0', 'add', [1, 1])).status).toBe(200);
  });

  it('is 413 above the limit, and readable by its sender', async () => {
    const response = await postInvoke(fixture, 'x'.repeat(MAX_BODY_BYTES + 1));
    expect([response.status, response.body]).toMatchObject([413, { success: false, error: { code: '413' } }]);
    expect((await invokeHttp(fixture, 'calculator@1.0.0', 'add', [1, 1])).status).toBe(200);
  });

  it('leaves the server alive when it never ends', async () => {
    const { hostname, port } = new URL(fixture.http);
    const request = httpRequest({ hostname, port, method: 'POST', path: '/netron/invoke' });
    const failed = new Promise((resolve) => request.on('error', resolve));
    request.write('{"id"');
    request.destroy(new Error('gone'));
    await failed;
    expect((await invokeHttp(fixture, 'calculator@1.0.0', 'add', [1, 1])).status).toBe(200);
  });
});

describe('other paths and origins', () => {
  it('answers health', async () => {
    const response = await fetch(`${fixture.http}/health?x=1`);
    expect([response.status, await response.text()]).toEqual([200, '{"status":"online"}']);
  });

  it.each(['/netron/discovery', '/discover', '/unknown', '/netron/invoke', '//'])('GET %s is 404', async (path) => {
    const response = await fetch(`${fixture.http}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      id: response.headers.get('x-request-id'),
      success: false,
      error: { code: '404', message: 'Not found', details: {} },
    });
  });

  it('answers a preflight with exactly what Titan allows', async () => {
    const headers = { Origin: 'http://app.test', 'Access-Control-Request-Method': 'POST' };
    const response = await fetch(`${fixture.http}/netron/invoke`, { method: 'OPTIONS', headers });
    expect([response.status, await response.text()]).toEqual([204, '']);
    const cors = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
    expect(Object.fromEntries(cors)).toEqual({
      'access-control-allow-origin': 'http://app.test',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'Content-Type, Authorization',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, PATCH, OPTIONS',
      'access-control-max-age': '86400',
    });
  });

  it.each([
    [200, [1, 2]],
    [500, [1, 0]],
  ])('reflects the origin on a response of %i', async (status, input) => {
    const body = JSON.stringify({ id: 'a', service: 'calculator@1.0.0', method: 'divide', input });
    const response = await postInvoke(fixture, body, { Origin: 'http://app.test' });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe('http://app.test');
    expect(response.headers.get('access-control-expose-headers')).toBeNull();
  });
});
