import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import { isNetronError, NetronClient, service } from './index.js';
import { browserRuntime, randomId } from './runtime.js';
import { type ItemApi, ItemService } from './testing/test-item-service.js';
import { TestRuntime } from './testing/test-runtime.js';

let fixture: Fixture;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  fixture = await createFixture({ services: [new ItemService()] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ backends: { main: fixture.http, live: fixture.ws }, default: 'live', runtime });
});
afterEach(() => client.close());

describe('NetronClient', () => {
  it('connects nothing before the first call', () => {
    expect(runtime.requests.length + runtime.sockets.length + runtime.timers).toBe(0);
  });

  it('calls the default backend unless the service names another', async () => {
    expect(await client.query('calculator@1.0.0', 'add', [1, 2])).toBe(3);
    expect([runtime.requests.length, runtime.sockets.length]).toEqual([0, 1]);
    const Calculator = service<{ add(a: number, b: number): number }>('calculator@1.0.0', { backend: 'main' });
    expect(await client.query(Calculator, 'add', [1, 2])).toBe(3);
    expect([runtime.requests.length, runtime.sockets.length]).toEqual([1, 1]);
  });

  it('keeps versions and backends of a service apart', async () => {
    const versions = ['calculator@1.0.0', 'calculator@2.0.0', 'calculator@10.0.0'];
    const sums = await Promise.all(versions.map((name) => client.query(name, 'add', [1, 2])));
    expect(sums).toEqual([3, { v: 2, sum: 3 }, { v: 10, sum: 3 }]);
  });

  it('rejects, and never throws, for bad names', async () => {
    const Nowhere = service<ItemApi>('item@1.0.0', { backend: 'nope' });
    for (const call of [
      () => client.query(Nowhere, 'get', ['1']),
      () => client.mutate(Nowhere, 'ping', []),
      () => client.query('item@1.0.0', '', []),
      () => client.mutate('item@1.0.0', '__proto__.x', []),
    ]) {
      await expect(call()).rejects.toSatisfy(isNetronError);
    }
    expect(() => client.entry(Nowhere, 'get', ['1'])).toThrow(expect.objectContaining({ code: 'unknown-backend' }));
    expect(await client.query('item@1.0.0', 'ping', [])).toBe('pong');
  });

  it('may be closed twice, and before it was used', () => {
    client.close();
    client.close();
    expect(runtime.sockets.length).toBe(0);
  });

  it('gives entries of equal arguments one handle', () => {
    const Items = service<ItemApi>('item@1.0.0');
    expect(client.entry(Items, 'get', ['1'])).toBe(client.entry('item@1.0.0', 'get', ['1']));
    expect(client.entry(Items, 'get', ['1'])).not.toBe(client.entry(Items, 'get', ['2']));
  });
});

describe('arguments that cannot be a key', () => {
  it.each([
    ['query', () => client.query('item@1.0.0', 'get', [() => 1])],
    ['entry', async () => client.entry('item@1.0.0', 'get', [() => 1])],
  ])('are refused with the method and the path by %s', async (_name, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'live',
      service: 'item@1.0.0',
      method: 'get',
      reason: 'a function cannot be an argument, at args[0]',
    });
    expect(await client.query('item@1.0.0', 'ping', [])).toBe('pong');
  });

  it.each(['', 'a.b', 'a b', 'a'.repeat(256)])('nor is "%s" a method', async (method) => {
    await expect(client.query('item@1.0.0', method, [])).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'live',
      service: 'item@1.0.0',
      reason: expect.stringContaining(JSON.stringify(method)),
    });
    expect(await client.query('item@1.0.0', 'ping', [])).toBe('pong');
  });

  it('nor is a backend that is not configured', async () => {
    await expect(client.query(service<ItemApi>('item', { backend: 'toString' }), 'get', ['a'])).rejects.toMatchObject({
      code: 'unknown-backend',
      reason: 'no backend is named "toString"; there are main, live',
    });
  });
});

describe('browserRuntime', () => {
  it('makes a working client of the globals', async () => {
    const own = new NetronClient({ url: fixture.http });
    expect(await own.query('calculator@1.0.0', 'add', [1, 2])).toBe(3);
    own.close();
  });

  it('takes the globals at the call, so that a page may still replace them', async () => {
    const original = globalThis.fetch;
    const own = browserRuntime();
    globalThis.fetch = async () => new Response('replaced');
    try {
      expect(await (await own.fetch('http://x', {})).text()).toBe('replaced');
    } finally {
      globalThis.fetch = original;
    }
  });
});

describe('randomId', () => {
  it('has at least 80 bits, whatever is random', () => {
    for (const random of [() => 0, () => 0.999_999_999, () => runtime.random()]) {
      expect(randomId({ random })).toMatch(/^[0-9a-z]{16}$/);
    }
  });
});
