import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FOREVER, HttpItems, Items, observed, refOf, World } from './cache/test-world.js';
import type { EntryRef, Layer, OptimisticChange } from './index.js';
import { dehydrate, hydrate, layer, optimistic } from './index.js';
import type { NetronClient } from './netron-client.js';
import type { QueryObserver } from './query-observer.js';
import { EMPTY_ITEM, type Item } from './testing/test-item-service.js';
import { entriesOf } from './testing/test-observer.js';
import { TapLog } from './testing/test-tap-log.js';
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

const adding = (id = 'a'): Layer<[number], number> =>
  layer(
    refOf(client, id),
    (item: Item, by: number) => ({ ...item, count: item.count + by }),
    (item: Item, confirmed: number) => ({ ...item, count: confirmed }),
  );
const count = () => observer.data.value?.count;
const layers = () => entriesOf().map(({ layers: all }) => all.length);

describe('optimistic()', () => {
  it('shows a change until it holds', () => {
    const change = optimistic(client, adding(), 2);
    expect(count()).toBe(2);
    change.commit(5);
    expect(count()).toBe(5);
    expect(entriesOf()[0]).toMatchObject({ base: { count: 5 }, layers: [], invalidated: false });
  });

  it('shows a change until it does not, and gives back the very same value', () => {
    const before = observer.data.value;
    const change = optimistic(client, adding(), 2);
    change.rollback();
    expect(observer.data.value).toBe(before);
  });

  it('ends once, with the first of the two', () => {
    const log = new TapLog();
    const first = optimistic(client, adding(), 1);
    first.commit(1);
    first.rollback();
    first.commit(7);
    expect(count()).toBe(1);
    const second = optimistic(client, adding(), 1);
    second.rollback();
    second.commit(9);
    second.rollback();
    expect(count()).toBe(1);
    expect(log.all('callEnd')).toHaveLength(2);
    expect(log.all('callEnd').map(({ b }) => b)).toEqual([0, 2]);
  });

  it('changes several entries in one step, and each again in one step', async () => {
    await client.query(Items, 'get', ['b'], FOREVER);
    const views = recordViews(() => [client.read(refOf(client, 'a'))?.count, client.read(refOf(client, 'b'))?.count]);
    const change = optimistic(client, [adding('a'), adding('b')], 1);
    change.commit(4);
    optimistic(client, [adding('b'), adding('a')], 1).rollback();
    expect(views.views).toEqual([
      [0, 0],
      [1, 1],
      [4, 4],
      [5, 5],
      [4, 4],
    ]);
    views.stop();
  });

  it('whose update throws leaves nothing', async () => {
    await client.query(Items, 'get', ['b'], FOREVER);
    const views = recordViews(() => [observer.data.value, client.read(refOf(client, 'b'))]);
    const boom = new Error('boom');
    const bad: Layer<[number], number> = layer(refOf(client, 'b'), () => {
      throw boom;
    });
    expect(() => optimistic(client, [adding(), bad], 1)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining('boom'), cause: boom }),
    );
    const [before] = views.views;
    for (const view of views.views) for (const i of [0, 1]) expect(view[i]).toBe(before?.[i]);
    expect(layers()).toEqual([0, 0]);
    views.stop();
    optimistic(client, adding(), 1).commit(1);
    expect(count()).toBe(1);
  });

  it('lies in the order in which it was put there, under and over mutations', async () => {
    world.items.gate.close('append');
    const appending = (value: string) =>
      layer(refOf(client, 'a'), (item: Item) => ({ ...item, list: [...item.list, value] }));
    const first = optimistic(client, appending('1'));
    const mutation = outcomeOf(client.mutate(Items, 'append', ['a', '2'], { optimistic: appending('2') }));
    const third = optimistic(client, appending('3'));
    const list = () => observer.data.value?.list;
    expect(list()).toEqual(['1', '2', '3']);
    first.rollback();
    expect(list()).toEqual(['2', '3']);
    (await world.items.gate.next('append')).fail(new Error('no'));
    await mutation;
    expect(list()).toEqual(['3']);
    third.rollback();
    expect(list()).toEqual([]);
  });

  it('does nothing on an entry without data, shows when the data comes, and is not invented by a commit', async () => {
    const change = optimistic(client, adding('b'), 2);
    expect(client.peek(refOf(client, 'b'))).toBeUndefined();
    expect(await client.query(Items, 'get', ['b'], FOREVER)).toMatchObject({ count: 2 });
    change.rollback();
    expect(client.peek(refOf(client, 'b'))).toMatchObject({ count: 0 });
    optimistic(client, adding('c'), 2).commit(2);
    expect(client.peek(refOf(client, 'c'))).toBeUndefined();
  });

  it('is told over an answer that came meanwhile, which is asked for again', async () => {
    world.items.set('a', { count: 10 });
    const change = optimistic(client, adding(), 1);
    await observer.refetch();
    expect(count()).toBe(11);
    world.items.set('a', { count: 11 });
    change.commit(11);
    expect(count()).toBe(11);
    await until(() => !observer.fetching.value);
    expect(count()).toBe(11);
    expect(world.gets).toBe(3);
  });

  it('whose update throws on what a later answer brings is left out until it fits again', async () => {
    const change = optimistic(
      client,
      layer(refOf(client, 'a'), (item: Item) => {
        if (item.c === 9) throw new Error('not on this');
        return { ...item, a: 1 };
      }),
    );
    client.setData(refOf(client, 'a'), { ...EMPTY_ITEM, c: 9 });
    expect(observer.data.value).toMatchObject({ a: 0, c: 9 });
    client.setData(refOf(client, 'a'), { ...EMPTY_ITEM, c: 8 });
    expect(observer.data.value).toMatchObject({ a: 1, c: 8 });
    change.rollback();
    expect(observer.data.value).toMatchObject({ a: 0, c: 8 });
  });

  it('whose commit throws says so, and what it is on is asked for again', async () => {
    const bad: Layer<[], undefined> = layer(
      refOf(client, 'a'),
      (item: Item) => ({ ...item, a: 1 }),
      () => {
        throw new Error('boom');
      },
    );
    const change: OptimisticChange<undefined> = optimistic(client, bad);
    expect(() => change.commit(undefined)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining('boom') }),
    );
    expect(layers()).toEqual([0]);
    await until(() => !observer.fetching.value);
    expect(observer.data.value).toEqual(world.items.at('a'));
    change.commit(undefined);
  });

  it('stays over what hydrate brings', async () => {
    const change = optimistic(client, adding(), 1);
    world.runtime.nowMs += 10;
    await client.mutate(Items, 'ping', []);
    const other = world.client();
    other.setData(other.entry(Items, 'get', ['a']), { ...EMPTY_ITEM, count: 7 });
    hydrate(client, dehydrate(other));
    expect(count()).toBe(8);
    change.rollback();
    expect(count()).toBe(7);
  });

  it('on an entry that was evicted brings it back, and takes the room of no other of its entries', async () => {
    const small = world.client({ cache: { maxEntries: 2 } });
    const refs = ['a', 'b', 'c'].map((id) => small.entry(Items, 'get', [id])) as [EntryRef<Item>, EntryRef<Item>];
    for (const id of ['b', 'c']) await small.query(Items, 'get', [id], FOREVER);
    const add = (target: EntryRef<Item>) => layer(target, (item: Item) => ({ ...item, count: item.count + 1 }));
    const change = optimistic(small, [add(refs[0]), add(refs[1])]);
    expect(small.peek(refs[1])).toMatchObject({ count: 1 });
    expect(await small.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 1 });
    change.rollback();
    expect(refs.slice(0, 2).map((ref) => small.peek(ref)?.count)).toEqual([0, 0]);
  });

  it('is told as on the wire of the backend that its entry is of', () => {
    const log = new TapLog();
    const show = [refOf(client, 'a'), client.entry(HttpItems, 'get', ['a'])].map((ref) =>
      layer(ref, (item: Item) => item),
    );
    for (const each of show) optimistic(client, each).rollback();
    optimistic(client, []).rollback();
    expect(log.all('callStart').map(({ ref }) => ref)).toMatchObject([
      { via: 'WS', backend: 'main' },
      { via: 'HTTP', backend: 'http' },
      { via: 'WS', backend: 'main' },
    ]);
  });

  it('of no layers is nothing to be seen', () => {
    const views = recordViews(() => observer.data.value);
    optimistic(client, []).commit(undefined);
    optimistic(client, []).rollback();
    expect(views.views).toHaveLength(1);
    views.stop();
  });

  it.each([5, null, {}])('refuses what is no layer: %j', (bad) => {
    expect(() => optimistic(client, bad as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    optimistic(client, adding(), 1).rollback();
    expect(count()).toBe(0);
  });
});
