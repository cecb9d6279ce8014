import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { barrier, FOREVER, Items, observed, refOf, World } from './cache/test-world.js';
import { type Layer, layer, optimistic } from './index.js';
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
afterEach(() => observer.stop());

const next = (method: string) => world.items.gate.next(method);
const idle = () => until(() => !observer.fetching.value);

const merged = (item: Item, _id: string, fields: Partial<Item>): Item => ({ ...item, ...fields });
const saved = (_item: Item, result: Item): Item => result;
const patch = (fields: Partial<Item>, commit?: typeof saved) =>
  outcomeOf(client.mutate(Items, 'patch', ['a', fields], { optimistic: layer(refOf(client, 'a'), merged, commit) }));
const append = (value: string) =>
  outcomeOf(
    client.mutate(Items, 'append', ['a', value], {
      optimistic: layer(refOf(client, 'a'), (item: Item, _id: string, last: string) => ({
        ...item,
        list: [...item.list, last],
      })),
    }),
  );

describe('layers that are confirmed in another order than that of their calls', () => {
  it('leave the newest value shown', async () => {
    world.items.gate.close('patch');
    const views = recordViews(() => observer.data.value?.a);
    const [first, second] = [patch({ a: 1 }), patch({ a: 2 })];
    const [one, two] = [(await next('patch')).apply(), (await next('patch')).apply()];
    two.answer();
    await second;
    expect(entriesOf()[0]?.layers).toMatchObject([{ state: 'pending' }, { state: 'held' }]);
    one.answer();
    await first;
    expect(views.views).toEqual([0, 1, 2]);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { a: 2 } });
    views.stop();
  });

  it('leave a list in its order', async () => {
    world.items.gate.close('append');
    const views = recordViews(() => observer.data.value?.list.join());
    const [first, second] = [append('x'), append('y')];
    const [one, two] = [(await next('append')).apply(), (await next('append')).apply()];
    two.answer();
    await second;
    one.answer();
    await first;
    expect(views.views).toEqual(['', 'x', 'x,y']);
    expect(observer.data.value).toEqual(world.items.at('a'));
    views.stop();
  });

  it('leave what the one above says where the one below is refused', async () => {
    world.items.gate.close('append');
    const [first, second] = [append('x'), append('y')];
    const [one, two] = [await next('append'), await next('append')];
    two.answer();
    await second;
    expect(observer.data.value?.list).toEqual(['x', 'y']);
    one.fail(new Error('no'));
    await first;
    expect(observer.data.value?.list).toEqual(['y']);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { list: ['y'] } });
  });

  it('of optimistic() leave the newest value shown as well', () => {
    const show = (a: number): Layer<[], undefined> => layer(refOf(client, 'a'), (item: Item) => ({ ...item, a }));
    const [first, second] = [optimistic(client, show(1)), optimistic(client, show(2))];
    const views = recordViews(() => observer.data.value?.a);
    second.commit(undefined);
    first.commit(undefined);
    expect(views.views).toEqual([2]);
    views.stop();
  });

  it.each([
    ['in the order of the calls', 0, 1],
    ['in the other order', 1, 0],
  ])('end with what the server has where they commit its records, which it made %s', async (_order, early, late) => {
    world.items.gate.close('patch');
    const all = [patch({ a: 1 }, saved), patch({ b: 1 }, saved)];
    const held = [await next('patch'), await next('patch')];
    held[early]?.apply();
    held[late]?.apply();
    held[late]?.answer();
    await all[late];
    held[early]?.answer();
    await all[early];
    await barrier(client);
    await idle();
    expect(observer.data.value).toEqual(world.items.at('a'));
  });
});

describe('a confirmed layer', () => {
  it('keeps the parts that the committed record does not change, and tells nobody of equal ones', async () => {
    world.items.set('a', { list: ['x'] });
    await observer.refetch();
    const list = observer.data.value?.list;
    const views = recordViews(() => observer.data.value);
    await patch({ a: 1 }, saved);
    expect(views.views.map((item) => item?.a)).toEqual([0, 1]);
    expect(observer.data.value?.list).toEqual(['x']);
    expect(observer.data.value?.list).toBe(list);
    views.stop();
  });

  it('is replaced by an equal answer that tells nobody', async () => {
    const views = recordViews(() => observer.data.value);
    await client.mutate(Items, 'append', ['a', 'x'], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, list: [...item.list, 'x'] })),
      invalidate: Items,
    });
    const list = observer.data.value?.list;
    await idle();
    expect(views.views.map((item) => item?.list)).toEqual([[], ['x']]);
    expect(observer.data.value?.list).toBe(list);
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
    views.stop();
  });

  it('does not make the data below it fresh again', async () => {
    const ask = () => client.query(Items, 'get', ['b'], { cache: 1_000 });
    await ask();
    world.items.set('b', { b: 5 });
    world.runtime.nowMs += 1_000;
    await barrier(client);
    await client.mutate(Items, 'patch', ['b', { a: 1 }], { optimistic: layer(refOf(client, 'b'), merged) });
    expect(client.peek(refOf(client, 'b'))).toMatchObject({ a: 1, b: 0 });
    expect(await ask()).toMatchObject({ a: 1, b: 5 });
  });

  it('is not shown twice below one of the same mutation that commits the record', async () => {
    world.items.gate.close('get');
    const views = recordViews(() => observer.data.value?.list.join());
    await client.mutate(Items, 'append', ['a', 'x'], {
      optimistic: [
        layer(refOf(client, 'a'), (item: Item) => ({ ...item, list: [...item.list, 'x'] })),
        layer(refOf(client, 'a'), (item: Item) => ({ ...item, c: 5 }), saved),
      ],
      invalidate: Items,
    });
    (await next('get')).answer();
    await idle();
    expect(new Set(views.views)).toEqual(new Set(['', 'x']));
    expect(observer.data.value).toEqual(world.items.at('a'));
    views.stop();
  });
});

describe('layers of one mutation on two entries', () => {
  const setting =
    (a: number) =>
    (item: Item, ..._others: readonly unknown[]): Item => ({ ...item, a });
  const both = (a: number, confirmed = a) =>
    ['a', 'b'].map((id) => layer(refOf(client, id), setting(a), setting(confirmed)));
  /** What an effect has seen of the two, where they were not alike. */
  const torn = () => {
    const seen: unknown[] = [];
    const { stop } = recordViews(() => {
      const pair = ['a', 'b'].map((id) => client.read(refOf(client, id))?.a);
      if (pair[0] !== pair[1]) seen.push(pair);
    });
    return { seen, stop };
  };
  /** A request of the first that an answer to a mutation overtakes; what it returns lands it, and the one after it. */
  const inFlight = async () => {
    await client.query(Items, 'get', ['b'], FOREVER);
    world.items.gate.close('get');
    const refetch = outcomeOf(observer.refetch());
    const outdated = await next('get');
    return async () => {
      outdated.answer();
      await refetch;
      (await next('get')).answer();
      await idle();
    };
  };

  it('say the same where only one of the two has a request in flight', async () => {
    const land = await inFlight();
    const { seen, stop } = torn();
    await client.mutate(Items, 'ping', [], { optimistic: both(-1, 7) });
    expect(observer.data.value?.a).toBe(7);
    stop();
    expect(seen).toEqual([]);
    await land();
  });

  it('say the same whichever mutations are confirmed, or refused, between others', async () => {
    const land = await inFlight();
    world.items.gate.close('patch');
    const { seen, stop } = torn();
    const all = [1, 2, 3].map((a) => outcomeOf(client.mutate(Items, 'patch', ['a', { a }], { optimistic: both(a) })));
    const [one, two, three] = [await next('patch'), await next('patch'), await next('patch')];
    two.fail(new Error('no'));
    await all[1];
    one.answer();
    await all[0];
    three.answer();
    await all[2];
    stop();
    expect(seen).toEqual([]);
    await land();
    expect(observer.data.value?.a).toBe(3);
  });
});
