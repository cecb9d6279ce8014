import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PacketType, ServiceDefinition } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { RateLimiter } from '../invocation/rate-limiter.js';
import { TestPeer } from '../ws/test-peer.js';
import { invokeHttp } from './test-invoke.js';
import { callOf, postJson } from './test-post.js';

@Service('news@1.0.0', { cache: { maxAgeMs: 90_500, tags: ['news', 'home'] }, contract: { make: { status: 201 } } })
class News {
  @Public()
  today(): string {
    return 'é';
  }
  @Public({ cache: false })
  live(): string {
    return 'now';
  }
  @Public({ cache: true })
  make(): undefined {
    return undefined;
  }
}

@Service('scarce@1.0.0')
class Scarce {
  @Public({ rateLimit: { limit: 2, windowMs: 60_000 } })
  take(): string {
    return 'one';
  }
}

let fixture: Fixture;
let strict: Fixture;

beforeAll(async () => {
  const services = () => [new News(), new Scarce()];
  [fixture, strict] = await Promise.all([
    createFixture({ services: services(), auth: true }),
    createFixture({ services: services(), strict: true }),
  ]);
});
afterAll(() => Promise.all([fixture.close(), strict.close()]));

describe('a cacheable method', () => {
  it('says for how long, under which tags and with which ETag', async () => {
    const { headers, body } = await invokeHttp(fixture, 'news@1.0.0', 'today', []);
    expect(headers.get('cache-control')).toBe('public, max-age=90');
    expect(headers.get('x-cache-tags')).toBe('news,home');
    expect(headers.get('etag')).toMatch(/^W\/"[0-9a-f]+"$/);
    expect(body).toMatchObject({ hints: { cache: { maxAge: 90_500, tags: ['news', 'home'] } } });
  });

  it('may be overruled by its member, and by the contract', async () => {
    const live = await invokeHttp(fixture, 'news@1.0.0', 'live', []);
    expect([live.headers.get('cache-control'), live.headers.get('etag')]).toEqual([
      'no-store, no-cache, must-revalidate',
      null,
    ]);
    expect(live.body).not.toHaveProperty('hints.cache');
    const made = await invokeHttp(fixture, 'news@1.0.0', 'make', []);
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'public, max-age=300']);
  });

  it.each([
    [304, (etag: string) => etag],
    [304, (etag: string) => etag.replace('W/', '')],
    [304, (etag: string) => `"x", ${etag}`],
    [304, () => '*'],
    [200, () => '"x"'],
    [200, (etag: string) => etag.replace('"', '"0')],
  ])('is %i for If-None-Match %o, and has run all the same', async (status, tagsFor) => {
    const call = callOf('catalog@1.0.0', 'items', [{ page: 3 }]);
    const etag = (await postJson(fixture, '/netron/invoke', call)).headers.get('etag') ?? '';
    const { calls } = fixture.counters;
    const again = await postJson(fixture, '/netron/invoke', call, { 'If-None-Match': tagsFor(etag) });
    expect([again.status, again.headers.get('etag')]).toEqual([status, etag]);
    expect(again.body === '').toBe(status === 304);
    expect(fixture.counters.calls).toBe(calls + 1);
  });
});

describe('a contract', () => {
  const refusal = { code: '400', message: 'Input validation failed' };
  const details = { message: 'Request data does not match expected format' };

  it.each([
    ['validated', [{ email: 'a@x.io' }], { email: 'a@x.io', limit: 10 }],
    ['validated', { email: 'a@x.io', limit: 3, extra: 1 }, { email: 'a@x.io', limit: 3 }],
    ['items', [], [{ sku: 'a' }, { sku: 'b', page: 1 }]],
    ['items', [{}], [{ sku: 'a' }, { sku: 'b', page: 1 }]],
  ])('lets %s(%j) pass and fills in its defaults', async (method, input, data) => {
    expect((await invokeHttp(fixture, 'catalog@1.0.0', method, input)).body).toMatchObject({ success: true, data });
  });

  it.each([
    ['validated', []],
    ['validated', [{ email: 'x' }]],
    ['validated', [{ email: 'a@x.io', limit: 1.5 }]],
    ['validated', 'a@x.io'],
    ['items', [{ page: 0 }]],
    ['items', [{ page: 'x' }]],
  ])('refuses %s(%j) over HTTP, and over WebSocket where the server is strict', async (method, input) => {
    const response = await invokeHttp(fixture, 'catalog@1.0.0', method, input);
    const body = { id: 'a', success: false, error: { ...refusal, details } };
    expect([response.status, response.body]).toEqual([400, body]);
    const [loose, firm] = await Promise.all([fixture, strict].map(({ ws }) => TestPeer.connect(ws)));
    const args = Array.isArray(input) ? input : [input];
    await expect(firm?.call('catalog@1.0.0', method, ...args)).rejects.toMatchObject({ code: 400, details });
    const lax = await loose?.request(PacketType.call, ['catalog@1.0.0', method, ...args]);
    expect(lax?.data).not.toMatchObject({ message: refusal.message });
    await Promise.all([loose?.close(), firm?.close()]);
  });

  it('does not keep its service from being described', async () => {
    const peer = await TestPeer.connect(fixture.ws);
    const { data } = await peer.request(PacketType.task, ['query_interface', 'catalog']);
    expect(data).toBeInstanceOf(ServiceDefinition);
    await peer.close();
  });

  it('is in the description of the real routes', async () => {
    const response = await fetch(`${fixture.http}/openapi.json?token=t-user`);
    const api = (await response.json()) as { openapi: string; paths: object; 'x-netron-services': { name: string }[] };
    expect(api.openapi).toBe('3.0.3');
    const routes = ['/netron/invoke', '/netron/batch', '/netron/authenticate', '/health', '/metrics', '/openapi.json'];
    expect(Object.keys(api.paths)).toEqual(routes);
    expect(api['x-netron-services'].find(({ name }) => name === 'catalog')).toMatchObject({
      methods: { validated: { input: { type: 'object', required: ['email'] } } },
    });
  });

  it('may hold what JSON Schema has no words for', async () => {
    @Service('odd@1.0.0', { contract: { at: { input: z.date() } } })
    class Odd {
      @Public()
      at(): void {}
    }
    const odd = await createFixture({ auth: true, services: [new Odd()] });
    expect((await fetch(`${odd.http}/openapi.json?token=t-user`)).status).toBe(200);
    await odd.close();
  });
});

describe('a rate limit', () => {
  it('refuses one user, names the end of the window, and no other user', async () => {
    const take = (token: string) => postJson(fixture, `/netron/invoke?token=${token}`, callOf('scarce@1.0.0', 'take'));
    for (let i = 0; i < 2; i++) expect((await take('t-user')).status).toBe(200);
    const { status, headers, body } = await take('t-user');
    expect([status, body]).toMatchObject([
      429,
      { error: { code: '429', message: 'Too many requests', details: { limit: 2, remaining: 0 } } },
    ]);
    const { details } = (body as { error: { details: { retryAfter: number; resetAt: number } } }).error;
    expect(details.retryAfter).toBeGreaterThan(50);
    expect(details.retryAfter).toBeLessThanOrEqual(60);
    expect(headers.get('retry-after')).toBe(String(details.retryAfter));
    expect(headers.get('x-ratelimit-limit')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(headers.get('x-ratelimit-reset')).toBe(String(details.resetAt));
    expect((await take('t-admin')).status).toBe(200);
    expect(fixture.counters.rateLimited).toBe(1);
  });

  it('opens again with the next window, and forgets clients beyond its bound', () => {
    let nowMs = 1000;
    const limiter = new RateLimiter(() => nowMs);
    const rule = { limit: 1, windowMs: 500 };
    limiter.take('a', rule);
    expect(() => limiter.take('a', rule)).toThrow('Too many requests');
    nowMs += 500;
    limiter.take('a', rule);
    for (let i = 0; i < 10_000; i++) limiter.take(`k${i}`, rule);
    limiter.take('a', rule);
  });

  it('that lets nothing through is a mistake', async () => {
    @Service('never@1.0.0', { rateLimit: { limit: 0, windowMs: 1 } })
    class Never {
      @Public()
      take(): void {}
    }
    await expect(createFixture({ services: [new Never()] })).rejects.toThrow(/^take: rateLimit/);
  });
});
