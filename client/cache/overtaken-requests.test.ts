import { beforeEach, describe, expect, it } from 'vitest';
import { layer } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { Item } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, recordViews, until } from '../testing/test-watch.js';
import { barrier, FOREVER, get, Items, observed, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

/** Asks, invalidates, and asks anew. The newer request has been answered then, the older one is still in flight. */
async function overtaken(ask: () => Promise<unknown>) {
  world.items.gate.close('get');
  const done = outcomeOf(ask());
  const older = (await world.nextGet()).apply();
  client.invalidate(Items);
  const newer = ask();
  (await world.nextGet()).answer();
  await newer;
  world.items.gate.closed.clear();
  return { older, done };
}

describe('a request that a newer one has overtaken', () => {
  it.each([
    ['an invalidation', () => client.invalidate(Items)],
    ['a mutation that invalidates', () => client.mutate(Items, 'ping', [], { invalidate: Items })],
  ])('does not keep what is observed from being asked for again by %s', async (_name, change) => {
    const observer = await observed(client);
    const { older, done } = await overtaken(() => observer.refetch());
    const before = world.gets;
    world.items.set('a', { count: 7 });
    await change();
    await barrier(client);
    expect(world.gets).toBe(before + 1);
    await until(() => observer.data.value?.count === 7);
    older.answer();
    await done;
    expect(observer.data.value).toMatchObject({ count: 7 });
    observer.stop();
  });

  it('does not keep what is too old from being asked for again by who is content with it', async () => {
    const options = { cache: { maxAge: 100, staleWhileRevalidate: 10_000 } };
    const ask = () => get(client, 'a', options);
    const { older, done } = await overtaken(ask);
    const before = world.gets;
    world.runtime.nowMs += 200;
    await barrier(client);
    await ask();
    await barrier(client);
    expect(client.getCacheStats()).toMatchObject({ stale: 1 });
    expect(world.gets).toBe(before + 1);
    older.answer();
    await done;
  });

  it('is not shown as on its way, nor is its failure over the newer answer', async () => {
    const observer = await observed(client);
    const errors = recordViews(() => observer.error.value);
    const { older, done } = await overtaken(() => observer.refetch());
    expect(observer.fetching.value).toBe(false);
    older.fail(new Error('no'));
    expect(await done).toMatchObject({ error: { code: 'remote' } });
    await barrier(client);
    expect(errors.views).toEqual([undefined]);
    // Nor is anything asked for again because of it.
    expect(world.gets).toBe(3);
    errors.stop();
    observer.stop();
  });

  it('does not show its deadline over the answer of one with more time', async () => {
    world.items.gate.close('get');
    const hurried = outcomeOf(get(client, 'a', { ...FOREVER, timeout: 100 }));
    await world.nextGet();
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    (await world.nextGet()).answer();
    await until(() => observer.data.value !== undefined);
    world.runtime.advance(100);
    expect(await hurried).toMatchObject({ error: { code: 'timeout' } });
    expect(observer.error.value).toBeUndefined();
    observer.stop();
  });

  it('is not waited for by the layers of a mutation', async () => {
    const observer = await observed(client);
    const { older, done } = await overtaken(() => observer.refetch());
    await client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + 1 })),
    });
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 1 } });
    older.answer();
    await done;
    expect(observer.data.value).toMatchObject({ count: 1 });
    observer.stop();
  });
});

describe('two requests in flight', () => {
  const aborted = (log: TapLog) => log.all('callEnd').filter(({ b }) => b === 2);

  it('are both left by the last observer: the older one is aborted, the newer one goes on for who asked', async () => {
    const observer = await observed(client);
    const log = new TapLog();
    world.items.gate.close('get');
    client.invalidate(Items);
    await world.nextGet();
    const asked = get(client, 'a', { dedupe: false });
    const newer = await world.nextGet();
    observer.stop();
    await barrier(client);
    expect(aborted(log)).toHaveLength(1);
    newer.answer();
    expect(await asked).toMatchObject({ count: 0 });
    expect(entriesOf()[0]).toMatchObject({ fetching: false });
  });

  it('are both aborted when who asked for the newer one gives up, and the last observer leaves', async () => {
    const observer = await observed(client);
    const log = new TapLog();
    world.items.gate.close('get');
    client.invalidate(Items);
    await world.nextGet();
    const controller = new AbortController();
    const asked = outcomeOf(get(client, 'a', { dedupe: false, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    expect(await asked).toMatchObject({ error: { code: 'aborted' } });
    await barrier(client);
    expect(aborted(log)).toHaveLength(0);
    observer.stop();
    await barrier(client);
    expect(aborted(log)).toHaveLength(2);
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null });
  });
});
