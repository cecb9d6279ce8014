import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import type { QueryOptions } from '../query-options.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, FOREVER, HttpItems, Items, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const get = (options: QueryOptions<never> = {}, id = 'a') => client.query(Items, 'get', [id], options);

describe('staleWhileRevalidate', () => {
  const SWR = { cache: { maxAge: 100, staleWhileRevalidate: 50 } };

  it('answers at once with what is too old, and asks once in the background', async () => {
    await get(SWR);
    world.runtime.nowMs += 149;
    world.items.set('a', { count: 1 });
    world.items.gate.close('get');
    const log = new TapLog();
    const answers = [await get(SWR), await get(SWR)];
    for (const answer of answers) expect(answer).toMatchObject({ count: 0 });
    (await world.nextGet()).answer();
    await barrier(client);
    expect(world.gets).toBe(2);
    expect(await get(SWR)).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
    const [revalidate] = log.all('cacheRevalidate');
    const start = log.all('callStart').find(({ reason }) => reason === 'stale');
    expect(start).toMatchObject({ cause: revalidate?.seq });
    expect(client.getCacheStats()).toMatchObject({ stale: 2, misses: 1, hits: 1 });
  });

  it('ends where its window does', async () => {
    await get(SWR);
    world.runtime.nowMs += 150;
    world.items.set('a', { count: 1 });
    expect(await get(SWR)).toMatchObject({ count: 1 });
    expect(client.getCacheStats()).toMatchObject({ stale: 0, misses: 2 });
  });

  it('does not hold for what was invalidated, nor for what an answer on its way has made outdated', async () => {
    await get(SWR);
    client.invalidate(Items);
    world.items.set('a', { count: 1 });
    expect(await get(SWR)).toMatchObject({ count: 1 });
    world.items.gate.close('get');
    world.runtime.nowMs += 120;
    await get(SWR);
    const outdated = (await world.nextGet()).apply();
    client.invalidate(Items);
    world.items.set('a', { count: 2 });
    outdated.answer();
    const fresh = get(SWR);
    (await world.nextGet()).answer();
    expect(await fresh).toMatchObject({ count: 2 });
  });

  it('shows an observer what is there, and the new answer when it comes', async () => {
    await get(SWR);
    world.runtime.nowMs += 120;
    world.items.set('a', { count: 1 });
    const observer = observe(client, client.entry(Items, 'get', ['a']), SWR);
    expect(observer.data.value).toMatchObject({ count: 0 });
    expect(observer.loading.value).toBe(false);
    await until(() => observer.data.value?.count === 1);
    expect(world.gets).toBe(2);
    observer.stop();
  });

  it('starts another request where the one in flight was given up', async () => {
    await get(SWR);
    world.runtime.nowMs += 120;
    world.items.gate.close('get');
    const controller = new AbortController();
    const given = outcomeOf(get({ cache: { staleWhileRevalidate: 0 }, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    expect(await get(SWR)).toMatchObject({ count: 0 });
    (await world.nextGet()).answer();
    await given;
    await barrier(client);
    expect(world.gets).toBe(3);
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null });
  });

  it('leaves the old answer where asking in the background fails', async () => {
    await get(SWR);
    world.runtime.nowMs += 120;
    world.items.gate.close('get');
    await get(SWR);
    (await world.nextGet()).fail(new Error('no'));
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ hasBase: true, error: { code: 'remote' } });
    world.items.gate.closed.clear();
    expect(await get(SWR)).toMatchObject({ count: 0 });
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ error: null });
  });
});

describe('cacheOnError', () => {
  const MENDED = { cache: { cacheOnError: true } };
  const failNext = async (): Promise<void> => (await world.nextGet()).fail(new Error('no'));

  it('answers with the old result where asking again fails, and keeps the error to be seen', async () => {
    await get(MENDED);
    world.items.gate.close('get');
    const answer = get(MENDED);
    await failNext();
    expect(await answer).toMatchObject({ count: 0 });
    expect(entriesOf()[0]).toMatchObject({ error: { code: 'remote' }, hasBase: true });
    world.items.gate.closed.clear();
    expect(await get(MENDED)).toMatchObject({ count: 0 });
    expect(entriesOf()[0]).toMatchObject({ error: null });
  });

  it('does not invent a result where there was none', async () => {
    world.items.gate.close('get');
    const answer = outcomeOf(get(MENDED));
    await failNext();
    expect(await answer).toMatchObject({ error: { code: 'remote' } });
  });

  it('holds for those who join a request with less time, and for a timeout of the request itself', async () => {
    await get(MENDED);
    world.items.gate.close('get');
    const patient = get({ ...MENDED, timeout: 1_000 });
    const hurried = get({ ...MENDED, timeout: 100 });
    world.runtime.advance(100);
    expect(await hurried).toMatchObject({ count: 0 });
    world.runtime.advance(900);
    expect(await patient).toMatchObject({ count: 0 });
    expect(world.runtime.timers).toBe(0);
  });

  it('does not answer whoever gave up, nor hide a wrong option', async () => {
    await get(MENDED);
    const controller = new AbortController();
    world.items.gate.close('get');
    const given = outcomeOf(get({ ...MENDED, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    expect(await given).toMatchObject({ error: { code: 'aborted' } });
    world.items.gate.closed.clear();
    const wrong = get({ ...MENDED, priority: 'now' as never });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(await get(MENDED)).toMatchObject({ count: 0 });
  });

  it('is off by default', async () => {
    await get();
    world.items.gate.close('get');
    const answer = outcomeOf(get());
    await failNext();
    expect(await answer).toMatchObject({ error: { code: 'remote' } });
  });
});

describe('maxAge', () => {
  it('of Infinity lasts until an invalidation', async () => {
    await get(FOREVER);
    world.runtime.nowMs += 1e12;
    await get(FOREVER);
    expect(world.gets).toBe(1);
    client.invalidate(Items);
    await get(FOREVER);
    expect(world.gets).toBe(2);
  });

  it('is kept where a later query says nothing, and replaced where it says something', async () => {
    await get({ cache: 100 });
    world.runtime.nowMs += 99;
    await get();
    expect(world.gets).toBe(1);
    await get({ cache: 50 });
    expect(world.gets).toBe(2);
    world.runtime.nowMs += 50;
    await get();
    expect(world.gets).toBe(3);
  });
});

describe('defaults', () => {
  it('begin with the defaultMaxAge of the cache', async () => {
    client = world.client({ cache: { defaultMaxAge: 1_000 } });
    await get({}, 'a');
    client.setGlobalOptions({ timeout: 5_000 });
    await get({}, 'a');
    await get({}, 'b');
    expect(world.gets).toBe(2);
    client.setGlobalOptions({ cache: 0 });
    await get({}, 'b');
    expect(world.gets).toBe(3);
  });

  it('of a backend hold for its methods, those of the client for the others, and a call for itself', async () => {
    client = world.client({ defaults: { cache: 1_000 } });
    await get();
    await client.query(HttpItems, 'get', ['a']);
    world.runtime.nowMs += 999;
    await get();
    await client.query(HttpItems, 'get', ['a']);
    expect(world.gets).toBe(2);
    client = world.client({ defaults: { cache: 1_000 }, backend: { cache: 10 } });
    await get();
    world.runtime.nowMs += 10;
    await get();
    expect(world.gets).toBe(4);
    await get({ cache: 0 });
    expect(world.gets).toBe(5);
  });

  it('of a backend may name tags and everything else', async () => {
    client = world.client({ backend: { cache: { maxAge: 100, staleWhileRevalidate: 100, tags: ['all'] } } });
    await get();
    expect(entriesOf()[0]).toMatchObject({ tags: ['all'], maxAgeMs: 100 });
    client.invalidate('all');
    await get();
    expect(world.gets).toBe(2);
    world.runtime.nowMs += 150;
    await get();
    expect(client.getCacheStats()).toMatchObject({ stale: 1 });
  });

  it('count their tags by entries alone', async () => {
    client = world.client({ backend: { cache: { tags: ['all'] } } });
    await get();
    await get({}, 'b');
    await client.query(Items, 'names', []);
    const log = new TapLog();
    client.invalidate('all');
    expect(log.one('cacheInvalidate')).toMatchObject({ b: 3 });
  });

  it('set later hold for entries that are there already, but not where a call has said otherwise', async () => {
    await get();
    await get({ cache: 50 }, 'b');
    client.setGlobalOptions({ cache: { maxAge: 1_000, tags: ['late'] } });
    world.runtime.nowMs += 100;
    await get();
    expect(world.gets).toBe(2);
    await get({}, 'b');
    expect(world.gets).toBe(3);
    client.invalidate('late');
    await get();
    expect(world.gets).toBe(4);
    client.setGlobalOptions({});
    await get();
    expect(world.gets).toBe(5);
  });

  it.each([
    [null, 'option defaults is null'],
    [{ timeout: 0 }, 'option defaults.timeout is 0'],
    [{ cache: -1 }, 'option defaults.cache is -1'],
    [{ cache: { maxAge: Number.NaN } }, 'option defaults.cache.maxAge is NaN'],
    [{ cache: { staleWhileRevalidate: '5' } }, 'option defaults.cache.staleWhileRevalidate is "5" (string)'],
    [{ cache: { cacheOnError: 1 } }, 'option defaults.cache.cacheOnError is 1 (number), expected a boolean'],
    [{ cache: { tags: 'a' } }, 'option defaults.cache.tags is "a" (string), expected a list of texts'],
    [{ cache: { tags: ['a', undefined] } }, 'option defaults.cache.tags is [object Array]'],
  ])('that are wrong change nothing: %j', async (options, reason) => {
    client.setGlobalOptions({ cache: 1_000, timeout: 500 });
    await get();
    expect(() => client.setGlobalOptions(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining(reason) }),
    );
    world.runtime.nowMs += 999;
    await get();
    await get({}, 'b');
    await get({}, 'b');
    expect(world.gets).toBe(2);
    world.items.gate.close('get');
    const late = outcomeOf(get({}, 'c'));
    await world.nextGet();
    world.runtime.advance(500);
    expect(await late).toMatchObject({ error: { code: 'timeout' } });
    client.setGlobalOptions({});
  });

  it('that leave something out do not say that it is undefined', async () => {
    client.setGlobalOptions({ timeout: undefined, cache: undefined } as never);
    world.items.gate.close('get');
    const answer = get();
    const held = await world.nextGet();
    world.runtime.advance(29_999);
    held.answer();
    expect(await answer).toMatchObject({ count: 0 });
  });

  it.each([
    [{ tags: 5 }, 'backends.main.cache.tags is 5'],
    [{ staleWhileRevalidate: -1 }, 'backends.main.cache.staleWhileRevalidate is -1'],
  ])('of a backend are refused with the client: %j', (cache, reason) => {
    expect(() => world.client({ backend: { cache } })).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining(reason) }),
    );
  });
});
