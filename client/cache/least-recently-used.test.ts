import { beforeEach, describe, expect, it } from 'vitest';
import { layer, optimistic } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { Item } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { counted, FOREVER, get, Items, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

describe('eviction', () => {
  const ids = () => entriesOf().map(({ args }) => args[0]);

  it('takes the least recently used', async () => {
    client = world.client({ cache: { maxEntries: 3 } });
    const log = new TapLog();
    for (const id of ['a', 'b', 'c']) await get(client, id);
    await get(client, 'a');
    await get(client, 'd');
    expect(ids()).toEqual(['c', 'a', 'd']);
    expect(log.one('cacheEvict')).toMatchObject({ reason: 'lru', ref: { args: ['b'] } });
    client.invalidate({ method: 'item.*' });
    expect(log.one('cacheInvalidate')).toMatchObject({ b: 3 });
  });

  it('forgets the tags of what it took', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const log = new TapLog();
    await client.query(Items, 'get', ['a'], { cache: { tags: ['t'] } });
    await get(client, 'b');
    client.invalidate('t');
    expect(log.one('cacheInvalidate')).toMatchObject({ b: 0 });
  });

  it('never takes what is observed, being fetched or layered', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const observer = observe(client, client.entry(Items, 'get', ['observed']), FOREVER);
    await until(() => observer.data.value !== undefined);
    world.items.gate.close('get', 'add');
    const fetching = get(client, 'fetching');
    const heldGet = await world.nextGet();
    const target = client.entry(Items, 'get', ['layered']);
    const mutation = client.mutate(Items, 'add', ['layered', 1], { optimistic: layer(target, (item) => item) });
    const heldAdd = await world.items.gate.next('add');
    world.items.gate.closed.clear();
    for (const id of ['x', 'y', 'z']) await get(client, id);
    expect(ids()).toEqual(expect.arrayContaining(['observed', 'fetching', 'layered', 'z']));
    expect(ids()).toHaveLength(4);
    heldGet.answer();
    heldAdd.answer();
    await Promise.all([fetching, mutation]);
    observer.stop();
    // Nothing keeps them any more: the next one makes the cache as small as it should be.
    await get(client, 'next');
    expect(ids()).toEqual(['next']);
  });

  it('brings back an entry whose handle is used again, and asks for what it has forgotten', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const ref = client.entry(Items, 'get', ['a']);
    await get(client, 'a', FOREVER);
    await get(client, 'b');
    expect(ids()).toEqual(['b']);
    const observer = observe(client, ref, FOREVER);
    expect(ids()).toEqual(['a']);
    expect(observer.data.value).toBeUndefined();
    await until(() => observer.data.value !== undefined);
    expect(client.entry(Items, 'get', ['a'])).toBe(ref);
    client.invalidate(Items);
    await until(() => observer.fetching.value === false);
    expect(world.gets).toBe(4);
    observer.stop();
  });

  it('lets an old handle mean the entry that has taken its place', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const old = client.entry(Items, 'get', ['a']);
    await get(client, 'b');
    const current = client.entry(Items, 'get', ['a']);
    const observers = [observe(client, current, FOREVER), observe(client, old, FOREVER)];
    await until(() => observers.every(({ data }) => data.value !== undefined));
    expect(world.gets).toBe(2);
    expect(ids()).toEqual(['a']);
    world.items.set('a', { count: 1 });
    client.invalidate(Items);
    await until(() => observers.every(({ data }) => data.value?.count === 1));
    expect(world.gets).toBe(3);
    expect(client.peek(old)).toBe(client.peek(current));
    world.items.gate.close('add');
    const mutation = client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(old, (item) => ({ ...item, count: item.count + 1 })),
    });
    expect(observers.map(({ data }) => data.value?.count)).toEqual([2, 2]);
    (await world.items.gate.next('add')).answer();
    await mutation;
    for (const observer of observers) observer.stop();
    await get(client, 'next');
    expect(ids()).toEqual(['next']);
  });

  it('lets two old handles of the same arguments mean one entry', async () => {
    client = world.client({ cache: { maxEntries: 1 } });
    const one = refOf(client, 'a');
    await get(client, 'b');
    const two = refOf(client, 'a');
    await get(client, 'c');
    expect(two).not.toBe(one);
    const add = (target: typeof one) => layer(target, (item: Item) => ({ ...item, count: item.count + 1 }));
    const change = optimistic(client, [add(one), add(two)]);
    await get(client, 'a', FOREVER);
    expect([one, two].map((ref) => client.peek(ref)?.count)).toEqual([2, 2]);
    expect(ids()).toEqual(['a']);
    change.rollback();
  });

  it.each([
    ['a wrong option', { timeout: Number.NaN }, 'invalid-argument'],
    ['a wrong cache', { cache: -1 }, 'invalid-argument'],
    ['an aborted signal', { signal: AbortSignal.abort() }, 'aborted'],
  ])('takes nothing for a query that is refused for %s', async (_name, options, code) => {
    client = world.client({ cache: { maxEntries: 1 } });
    await get(client, 'a', FOREVER);
    expect(await outcomeOf(get(client, 'b', options))).toMatchObject({ error: { code } });
    expect(ids()).toEqual(['a']);
    await get(client, 'a', FOREVER);
    expect(world.gets).toBe(1);
  });

  describe('for layers of one mutation where all other room is in use', () => {
    const MARK = (item: Item): Item => ({ ...item, b: 9 });
    const stage = async () => {
      client = world.client({ cache: { maxEntries: 3 } });
      const evicted = refOf(client, 'evicted');
      const others = ['x', 'y'].map((id) => observe(client, refOf(client, id), FOREVER));
      await until(() => others.every(({ data }) => data.value !== undefined));
      await get(client, 'a', FOREVER);
      expect(ids()).not.toContain('evicted');
      world.items.gate.close('patch');
      const optimistic = [layer(refOf(client, 'a'), MARK), layer(evicted, MARK)];
      const mutation = outcomeOf(client.mutate(Items, 'patch', ['z', {}], { optimistic }));
      return { others, mutation, held: await world.items.gate.next('patch') };
    };

    it.each(['confirmed', 'refused'])('takes none of its entries, until it is %s', async (how) => {
      const { others, mutation, held } = await stage();
      expect(client.peek(refOf(client, 'a'))).toMatchObject({ b: 9 });
      const observer = observe(client, refOf(client, 'a'), FOREVER);
      for (const other of others) other.stop();
      if (how === 'confirmed') held.answer();
      else held.fail(new Error('no'));
      await mutation;
      expect(ids().filter((id) => id === 'a')).toEqual(['a']);
      client.setData(refOf(client, 'a'), counted(5));
      expect(observer.data.value).toMatchObject({ count: 5 });
      observer.stop();
    });
  });
});
