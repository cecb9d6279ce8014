import { beforeEach, describe, expect, it, vi } from 'vitest';
import { dehydrate, hydrate, layer, optimistic } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import { EMPTY_ITEM, type Item } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, FOREVER, HttpItems, Items, observed, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const get = (id = 'a') => client.query(Items, 'get', [id], FOREVER);

describe('setPartition', () => {
  it('makes what another partition holds unreachable, and gives it back with it', async () => {
    world.items.set('a', { count: 1 });
    await get();
    client.setPartition('bob');
    const ref = client.entry(Items, 'get', ['a']);
    expect(client.peek(ref)).toBeUndefined();
    world.items.set('a', { count: 2 });
    expect(await get()).toMatchObject({ count: 2 });
    client.setPartition('');
    expect(client.peek(client.entry(Items, 'get', ['a']))).toMatchObject({ count: 1 });
    expect(await get()).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
  });

  it('keeps apart what begins in the same way', async () => {
    for (const [partition, count] of [
      ['', 1],
      ['a', 2],
      ['get|a', 3],
      ['["', 4],
    ] as const) {
      client.setPartition(partition);
      client.setData(client.entry(Items, 'get', ['a']), { ...EMPTY_ITEM, count });
    }
    for (const [partition, count] of [
      ['a', 2],
      ['get|a', 3],
    ] as const) {
      client.setPartition(partition);
      expect(client.peek(client.entry(Items, 'get', ['a']))).toMatchObject({ count });
    }
  });

  it('lets an answer on its way land where it was asked for', async () => {
    world.items.gate.close('get');
    world.items.set('a', { count: 1 });
    const asked = get();
    const held = (await world.nextGet()).apply();
    client.setPartition('bob');
    held.answer();
    expect(await asked).toMatchObject({ count: 1 });
    expect(client.peek(client.entry(Items, 'get', ['a']))).toBeUndefined();
    client.setPartition('');
    expect(client.peek(client.entry(Items, 'get', ['a']))).toMatchObject({ count: 1 });
  });

  it('does not share a request that is on its way', async () => {
    world.items.gate.close('get');
    const [first, one] = [get(), await world.nextGet()];
    client.setPartition('bob');
    const second = get();
    const two = await world.nextGet();
    one.answer();
    two.answer();
    await Promise.all([first, second]);
    expect(world.gets).toBe(2);
  });

  it('asks for nothing of another partition, whatever makes it stale, for the answer would be for somebody else', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    client.setPartition('bob');
    world.items.set('a', { count: 2 });
    client.invalidate(Items);
    observer.revalidate('focus');
    expect(await outcomeOf(observer.refetch())).toMatchObject({ error: { code: 'aborted', method: 'get' } });
    await client.mutate(Items, 'ping', [], { invalidate: Items });
    await barrier(client);
    expect(world.gets).toBe(1);
    expect(observer.data.value).toMatchObject({ count: 0 });
    client.setPartition('');
    observer.revalidate('focus');
    await until(() => observer.data.value?.count === 2);
    observer.stop();
  });

  it.each([
    ['invalidated', () => client.invalidate(Items)],
    ['cleared', () => client.clear()],
  ])('back has asked again what is observed there and was %s meanwhile', async (_how, change) => {
    const observer = await observed(client);
    client.setPartition('bob');
    world.items.set('a', { count: 1 });
    change();
    expect(observer.fetching.value).toBe(false);
    client.setPartition('');
    await until(() => observer.data.value?.count === 1);
    client.setPartition('');
    await barrier(client);
    expect(world.gets).toBe(2);
    observer.stop();
  });

  it('back asks for nothing that nobody has asked for', async () => {
    const stop = client.watch(client.entry(Items, 'get', ['a']), () => undefined);
    client.setPartition('bob');
    client.setPartition('');
    await barrier(client);
    expect(world.gets).toBe(0);
    stop();
  });

  it('takes no request of others along with an observer whom it was refused', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), { cache: 100 });
    await until(() => observer.data.value !== undefined);
    world.runtime.nowMs += 100;
    await barrier(client);
    world.items.gate.close('get');
    const waiting = client.query(Items, 'get', ['a'], { signal: new AbortController().signal });
    const held = await world.nextGet();
    client.setPartition('bob');
    observer.revalidate('focus');
    observer.stop();
    held.answer();
    expect(await waiting).toMatchObject({ count: 0 });
  });

  it('leaves no layer on an entry whose refetch will never come', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const observer = observe(client, ref, FOREVER);
    await until(() => observer.data.value !== undefined);
    world.items.gate.close('patch');
    const show = layer(ref, (item: Item) => ({ ...item, a: 1 }));
    const mutation = client.mutate(Items, 'patch', ['a', { a: 1 }], { optimistic: show, invalidate: Items });
    const held = await world.items.gate.next('patch');
    client.setPartition('bob');
    held.answer();
    await mutation;
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { a: 1 }, invalidated: true });
    observer.stop();
  });

  it('is what dehydrate and hydrate are about', async () => {
    world.items.set('a', { count: 1 });
    await get();
    client.setPartition('bob');
    await get('b');
    const { methods } = dehydrate(client);
    expect(methods).toMatchObject([{ method: 'get', entries: [[['b'], { count: 0 }, 0]] }]);
    const other = world.client();
    other.setPartition('eve');
    hydrate(other, dehydrate(client));
    expect(other.peek(other.entry(Items, 'get', ['b']))).toMatchObject({ count: 0 });
    other.setPartition('');
    expect(other.peek(other.entry(Items, 'get', ['b']))).toBeUndefined();
  });

  it.each([undefined, null, 5, {}])('of %s is refused, and all stays as it was', async (partition) => {
    client.setPartition('ada');
    await get();
    expect(() => client.setPartition(partition as never)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining('option partition is') }),
    );
    await get();
    expect(world.gets).toBe(1);
    client.setPartition('bob');
    await get();
    expect(world.gets).toBe(2);
  });
});

describe('clear', () => {
  it('forgets everything, in every partition, and is told of as what it was', async () => {
    await get('a');
    client.setPartition('bob');
    await get('b');
    const log = new TapLog();
    client.clear();
    expect(client.getCacheStats()).toMatchObject({ entries: 0, sizeBytes: 0, evictions: 0 });
    expect(log.all('cacheEvict')).toMatchObject([
      { reason: 'manual', cause: 0, a: { count: 0 }, b: undefined, ref: { args: ['a'] } },
      { reason: 'manual', cause: 0, a: { count: 0 }, b: undefined, ref: { args: ['b'] } },
    ]);
    await get('b');
    expect(world.gets).toBe(3);
  });

  it('asks again, once, for what is observed, which holds nothing until that is answered', async () => {
    world.items.set('a', { count: 1 });
    const ref = client.entry(Items, 'get', ['a']);
    const observers = [observe(client, ref, FOREVER), observe(client, ref, FOREVER)];
    await until(() => observers[0]?.data.value !== undefined);
    world.items.gate.close('get');
    client.clear();
    for (const { data, loading, fetching } of observers) {
      expect([data.value, loading.value, fetching.value]).toEqual([undefined, true, true]);
    }
    world.items.set('a', { count: 2 });
    (await world.nextGet()).answer();
    await until(() => observers.every(({ data }) => data.value?.count === 2));
    expect(world.gets).toBe(2);
    for (const observer of observers) observer.stop();
  });

  it.each([
    ['WebSocket', Items],
    ['HTTP', HttpItems],
  ])('ends the callers in flight over %s, and lets nothing land that was asked for before', async (_wire, service) => {
    world.items.gate.close('get');
    world.items.set('a', { count: 1 });
    const observer = observe(client, client.entry(service, 'get', ['a']), FOREVER);
    const first = (await world.nextGet()).apply();
    const joined = outcomeOf(client.query(service, 'get', ['a'], FOREVER));
    const alone = outcomeOf(client.query(service, 'get', ['a'], { ...FOREVER, dedupe: false }));
    const second = (await world.nextGet()).apply();
    const idle = outcomeOf(client.query(service, 'get', ['b'], FOREVER));
    const third = (await world.nextGet()).apply();
    client.clear();
    for (const outcome of await Promise.all([joined, alone, idle])) {
      expect(outcome).toMatchObject({ error: { code: 'aborted', method: 'get' } });
    }
    world.items.set('a', { count: 2 });
    for (const held of [first, second, third]) held.answer();
    await barrier(client);
    expect(observer.data.value).toBeUndefined();
    expect(observer.error.value).toBeUndefined();
    (await world.nextGet()).answer();
    await until(() => observer.data.value !== undefined);
    expect(observer.data.value).toMatchObject({ count: 2 });
    expect(entriesOf().map(({ args }) => args[0])).toEqual(['a']);
    observer.stop();
  });

  it('wins over an answer that has come and is about to land', async () => {
    world.items.set('a', { count: 1 });
    await get('warm');
    const { parse } = JSON;
    let cleared = 0;
    // The answer is read in the turn in which it is parsed.
    const spy = vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
      const value: unknown = parse(text, reviver);
      if (typeof text === 'string' && text.includes('"count":1')) {
        cleared++;
        queueMicrotask(() => client.clear());
      }
      return value;
    });
    const asked = outcomeOf(client.query(HttpItems, 'get', ['a'], FOREVER));
    expect(await asked).toMatchObject({ error: { code: 'aborted' } });
    spy.mockRestore();
    expect(cleared).toBe(1);
    expect(client.getCacheStats()).toMatchObject({ entries: 0 });
    expect(await client.query(HttpItems, 'get', ['a'], FOREVER)).toMatchObject({ count: 1 });
  });

  it('takes the layers of mutations that are on their way, which go on by themselves', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const observer = observe(client, ref, FOREVER);
    await until(() => observer.data.value !== undefined);
    world.items.gate.close('patch');
    const show = layer(ref, (item: Item) => ({ ...item, a: 9 }));
    const ok = client.mutate(Items, 'patch', ['a', { a: 9 }], { optimistic: show });
    const okHeld = await world.items.gate.next('patch');
    const failing = outcomeOf(client.mutate(Items, 'patch', ['a', { a: 9 }], { optimistic: show }));
    const failHeld = await world.items.gate.next('patch');
    const change = optimistic(client, show);
    expect(observer.data.value?.a).toBe(9);
    const log = new TapLog();
    client.clear();
    expect(log.one('cacheEvict')).toMatchObject({ a: { a: 9 }, b: undefined });
    await until(() => observer.data.value !== undefined);
    expect(observer.data.value?.a).toBe(0);
    expect(entriesOf()[0]).toMatchObject({ layers: [] });
    failHeld.fail(new Error('no'));
    expect(await failing).toMatchObject({ error: { code: 'remote' } });
    change.rollback();
    expect(observer.data.value?.a).toBe(0);
    okHeld.answer();
    expect(await ok).toMatchObject({ a: 9 });
    expect([...log.all('optimisticCommit'), ...log.all('optimisticRollback')]).toEqual([]);
    observer.stop();
  });
});
