import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import { observe } from '../testing/test-observer.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { FOREVER, get, HttpShelves, Items, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

describe('an invalidation during a fetch', () => {
  it('makes its result stale, and an observed entry is fetched again once', async () => {
    world.items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    const outdated = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    client.invalidate(Items);
    outdated.answer();
    (await world.nextGet()).answer();
    await until(() => observer.fetching.value === false);
    expect(observer.data.value).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
    await get(client, 'a', FOREVER);
    expect(world.gets).toBe(2);
    observer.stop();
  });

  it('makes its result stale for the next reader where nobody observes', async () => {
    world.items.gate.close('get');
    const first = get(client, 'a', FOREVER);
    const outdated = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    client.invalidate(Items);
    outdated.answer();
    await first;
    world.items.gate.closed.clear();
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
  });

  it.each(['query', 'refetch'] as const)('is not answered with the outdated result: %s', async (kind) => {
    world.items.gate.close('get');
    const ref = client.entry(Items, 'get', ['a']);
    const observer = observe(client, ref, FOREVER);
    const outdated = (await world.nextGet()).apply();
    await client.mutate(Items, 'patch', ['a', { count: 1 }], { invalidate: Items });
    const after = kind === 'query' ? get(client, 'a', FOREVER) : observer.refetch();
    outdated.answer();
    (await world.nextGet()).answer();
    expect(await after).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
    observer.stop();
  });

  it('does not let the outdated result overwrite a newer one', async () => {
    world.items.gate.close('get');
    const first = get(client, 'a', FOREVER);
    const outdated = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    client.invalidate(Items);
    const second = get(client, 'a', FOREVER);
    (await world.nextGet()).answer();
    expect(await second).toMatchObject({ count: 1 });
    outdated.answer();
    expect(await first).toMatchObject({ count: 1 });
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
  });

  it('fetches an observed entry again though the outdated request fails', async () => {
    world.items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    const outdated = await world.nextGet();
    client.invalidate(Items);
    outdated.fail(new Error('no'));
    (await world.nextGet()).answer();
    await until(() => observer.data.value !== undefined);
    expect(observer.error.value).toBeUndefined();
    expect(world.gets).toBe(2);
    observer.stop();
  });

  it('fetches an observed entry again though the outdated request is given up', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), { cache: 100 });
    await until(() => observer.data.value !== undefined);
    world.runtime.nowMs += 100;
    world.items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get(client, 'a', { signal: controller.signal }));
    await world.nextGet();
    world.items.set('a', { count: 1 });
    client.invalidate(Items);
    controller.abort();
    await leaving;
    (await world.nextGet()).answer();
    await until(() => observer.data.value?.count === 1);
    observer.stop();
  });
});

describe('an invalidation by a tag that its last carrier takes along', () => {
  const TAGGED = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['t'] } };

  it('wins over an answer on its way that turns out to carry it', async () => {
    client = world.client({ cache: { maxEntries: 2 } });
    const hinted = (key: string) => client.query(HttpShelves, 'hinted', [key]);
    await hinted('carrier');
    world.shelf.gate.close('hinted');
    const asking = hinted('k');
    const outdated = (await world.shelf.gate.next('hinted')).apply();
    world.shelf.values.set('k', 'new');
    client.invalidate('shelf');
    await get(client, 'x', FOREVER);
    outdated.answer();
    await asking;
    world.shelf.gate.closed.clear();
    expect(await hinted('k')).toBe('new');
  });

  it.each([
    ['evicted', () => client.setData(refOf(client, 'b'), world.items.at('b'))],
    ['forgotten unused', () => [1, 2, 3].forEach(() => void world.runtime.advance(1_000))],
  ])('wins over an outdated answer though the newer one was to be %s meanwhile', async (_how, forget) => {
    client = world.client({ cache: { maxEntries: 1, gcTime: 1_000 } });
    world.items.gate.close('get');
    const first = get(client, 'a', TAGGED);
    const outdated = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    client.invalidate('t');
    const second = get(client, 'a', TAGGED);
    (await world.nextGet()).answer();
    expect(await second).toMatchObject({ count: 1 });
    forget();
    outdated.answer();
    expect(await first).toMatchObject({ count: 1 });
    world.items.gate.closed.clear();
    expect(await get(client, 'a', TAGGED)).toMatchObject({ count: 1 });
  });
});
