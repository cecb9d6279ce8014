import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FOREVER, Items, observed, refOf, World } from './cache/test-world.js';
import { dehydrate, hydrate, layer } from './index.js';
import type { NetronClient } from './netron-client.js';
import type { QueryObserver } from './query-observer.js';
import type { Item } from './testing/test-item-service.js';
import { entriesOf } from './testing/test-observer.js';
import { outcomeOf, recordViews, until } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;
let observer: QueryObserver<Item>;

beforeEach(async () => {
  client = world.client();
  observer = await observed(client);
});
afterEach(() => {
  observer.stop();
});

const count = () => observer.data.value?.count;
const layers = () => entriesOf().map(({ layers: all }) => all.length);

describe('the option optimistic', () => {
  it('as a function is a layer on the target', async () => {
    world.items.gate.close('add');
    const mutation = client.mutate(Items, 'add', ['a', 2], {
      target: refOf(client, 'a'),
      optimistic: (item: Item, _id: string, by: number) => ({ ...item, count: item.count + by }),
    });
    expect(count()).toBe(2);
    (await world.items.gate.next('add')).answer();
    await mutation;
    expect(count()).toBe(2);
    expect(layers()).toEqual([0]);
  });

  it.each([
    ['a function without a target', { optimistic: (item: Item) => item }, 'option target is undefined'],
    ['a number', { optimistic: 5 }, 'optimistic[0].target is undefined'],
    ['null', { optimistic: null }, 'optimistic[0].target is undefined'],
    ['a layer on nothing', { optimistic: { target: {}, update: () => 1 } }, 'optimistic[0].target is [object Object]'],
    ['a list with a hole', { optimistic: [undefined] }, 'optimistic[0].target is undefined'],
  ])('is refused as %s, and nothing is sent', async (_name, options, reason) => {
    const mutation = client.mutate(Items, 'add', ['a', 1], options as never);
    await expect(mutation).rejects.toMatchObject({ code: 'invalid-argument', reason: expect.stringContaining(reason) });
    expect(world.items.gate.count('add')).toBe(0);
    expect(await client.mutate(Items, 'add', ['a', 1])).toMatchObject({ count: 1 });
  });

  it.each([
    ['update', { update: 5 }],
    ['commit', { update: (item: Item) => item, commit: 5 }],
  ])('with an %s that is no function is refused, and nothing is sent', async (part, spec) => {
    const bad = { target: refOf(client, 'a'), ...spec };
    await expect(client.mutate(Items, 'add', ['a', 1], { optimistic: [bad] as never })).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: `option optimistic[0].${part} is 5 (number), expected a function`,
    });
    expect(world.items.gate.count('add')).toBe(0);
    expect(await client.mutate(Items, 'add', ['a', 1], { optimistic: [] })).toMatchObject({ count: 1 });
  });

  it('on the entry of another client is refused', async () => {
    const foreign = layer(world.client().entry(Items, 'get', ['a']), (item: Item) => item);
    await expect(client.mutate(Items, 'add', ['a', 1], { optimistic: foreign })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(layers()).toEqual([0]);
  });

  it.each([
    ['a signal that is none', { signal: 'x' }, 'option signal is string'],
    ['a timeout of 0', { timeout: 0 }, 'option timeout is 0'],
    ['an onConflict that is no function', { onConflict: [] }, 'option onConflict is [object Array]'],
    ['a selector that selects nothing', { invalidate: ['x', 5] }, 'invalidate[1] is 5'],
  ])('is not applied beside %s', async (_name, options, reason) => {
    const views = recordViews(() => observer.data.value);
    const show = layer(refOf(client, 'a'), (item: Item) => ({ ...item, a: 1 }));
    const mutation = client.mutate(Items, 'patch', ['a', { a: 1 }], { optimistic: show, ...(options as object) });
    await expect(mutation).rejects.toMatchObject({ code: 'invalid-argument', reason: expect.stringContaining(reason) });
    expect(views.views).toHaveLength(1);
    expect(layers()).toEqual([0]);
    expect(world.items.gate.count('patch')).toBe(0);
    views.stop();
    await client.mutate(Items, 'patch', ['a', { a: 1 }], { optimistic: show });
    expect(observer.data.value?.a).toBe(1);
  });
});

describe('a held layer', () => {
  const held = async () => {
    world.items.gate.close('get');
    await client.mutate(Items, 'patch', ['a', { a: 1 }], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, a: 1 })),
      invalidate: Items,
    });
    expect(entriesOf()[0]?.layers).toMatchObject([{ state: 'held' }]);
    return world.nextGet();
  };

  it('does not outlive the last observer, who took the refetch along', async () => {
    world.items.gate.close('get');
    const first = outcomeOf(observer.refetch());
    const outdated = (await world.nextGet()).apply();
    await client.mutate(Items, 'patch', ['a', { a: 1 }], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, a: 1 })),
      invalidate: Items,
    });
    observer.stop();
    outdated.answer();
    await first;
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: true, fetching: false, view: { a: 1 } });
  });

  it('goes with the entry when everything is forgotten', async () => {
    const refetch = await held();
    client.clear();
    expect(layers()).toEqual([0]);
    refetch.answer();
    (await world.nextGet()).answer();
    await until(() => !observer.fetching.value);
    expect(observer.data.value).toEqual(world.items.at('a'));
  });

  it('is contained in what the app says after it, and is not counted twice', async () => {
    world.items.gate.close('get');
    const first = outcomeOf(observer.refetch());
    const outdated = await world.nextGet();
    await client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + 1 })),
    });
    expect(entriesOf()[0]?.layers).toMatchObject([{ state: 'held' }]);
    client.setData(refOf(client, 'a'), world.items.at('a'));
    expect(count()).toBe(1);
    observer.stop();
    outdated.fail(new Error('no'));
    await first;
    expect(await client.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 1 });
  });

  it('over what was hydrated meanwhile is a guess, and asked for again', async () => {
    world.items.gate.close('get');
    const first = outcomeOf(observer.refetch());
    const outdated = await world.nextGet();
    await client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + 1 })),
    });
    world.runtime.nowMs += 10;
    await client.mutate(Items, 'ping', []);
    const other = world.client();
    other.setData(other.entry(Items, 'get', ['a']), world.items.at('a'));
    hydrate(client, dehydrate(other));
    observer.stop();
    outdated.fail(new Error('no'));
    await first;
    world.items.gate.closed.clear();
    expect(await client.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 1 });
  });

  it('is folded in when the refetch runs out of time', async () => {
    await held();
    world.runtime.advance(30_000);
    await until(() => !observer.fetching.value);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { a: 1 }, error: { code: 'timeout' } });
  });
});
