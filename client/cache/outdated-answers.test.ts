import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import { observe } from '../testing/test-observer.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { FOREVER, get, Items, World } from './test-world.js';

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
