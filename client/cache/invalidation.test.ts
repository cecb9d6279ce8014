import { beforeEach, describe, expect, it } from 'vitest';
import { NetronService, service } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { ItemApi } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { newestTap, TapLog } from '../testing/test-tap-log.js';
import { until } from '../testing/test-watch.js';
import type { Selector } from './selector.js';
import { FOREVER, Items, World } from './test-world.js';

class ItemService extends NetronService<ItemApi> {}

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const TAGGED = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };
const get = (id: string) => client.query(Items, 'get', [id], TAGGED);

const kinds: readonly (readonly [string, Selector | readonly Selector[]])[] = [
  ['a tag', 'item'],
  ['a method', { method: 'item.get' }],
  ['a method of one version', { method: 'item@1.0.0.get' }],
  ['a wildcard', { method: 'item.*' }],
  ['a wildcard alone', 'item@1*.get'],
  ['a RegExp for one version', /^item@1\.0\.0\.get$/],
  ['a RegExp', /^item\.g/],
  ['a RegExp with a memory', /get/g],
  ['a predicate', ({ args }) => args[0] === 'a'],
  ['a service', Items],
  ['a list of them', ['nope', 'item']],
];

describe.each(kinds)('an invalidation by %s', (_name, selector) => {
  it('wins over a fetch that is on its way', async () => {
    world.items.gate.close('get');
    const first = get('a');
    const outdated = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    client.invalidate(selector);
    outdated.answer();
    expect(await first).toMatchObject({ count: 0 });
    world.items.gate.closed.clear();
    expect(await get('a')).toMatchObject({ count: 1 });
    await get('a');
    expect(world.gets).toBe(2);
  });

  it('asks again for what is observed, once, and for the rest when it is read', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), TAGGED);
    await until(() => observer.data.value !== undefined);
    world.items.set('a', { count: 1 });
    client.invalidate(selector);
    client.invalidate(selector);
    await until(() => observer.data.value?.count === 1 && !observer.fetching.value);
    // The second one came while the first request was on its way.
    expect(world.gets).toBe(3);
    observer.stop();
    client.invalidate(selector);
    await client.mutate(Items, 'ping', []);
    expect(world.gets).toBe(3);
    await get('a');
    expect(world.gets).toBe(4);
  });
});

describe('an invalidation', () => {
  it('by a service class means the service that the class names', async () => {
    const Plain = service<ItemApi>('item');
    await client.query(Plain, 'get', ['a'], FOREVER);
    client.invalidate(ItemService);
    await client.query(Plain, 'get', ['a'], FOREVER);
    expect(world.gets).toBe(2);
  });

  it.each(kinds.filter(([name]) => name !== 'a predicate' && name !== 'a list of them'))(
    'by %s visits only the entries that somebody observes',
    async (_name, selector) => {
      for (let i = 0; i < 300; i++) client.setData(client.entry(Items, 'get', [`n${i}`]), world.items.at('x'));
      await Promise.all(Array.from({ length: 20 }, (_, i) => get(`t${i}`)));
      const observers = ['o1', 'o2'].map((id) => observe(client, client.entry(Items, 'get', [id]), TAGGED));
      await until(() => observers.every(({ data }) => data.value !== undefined));
      const visited = new Set<unknown>();
      for (const entry of entriesOf()) {
        const { args } = entry;
        // Whoever visits an entry asks what it is, or tells those who watch it.
        Object.defineProperty(entry, 'args', { get: () => args, configurable: true });
        const changed = Reflect.get(entry, 'changed') as () => void;
        Object.defineProperty(entry, 'changed', {
          value: () => {
            visited.add(args[0]);
            changed.call(entry);
          },
        });
      }
      const log = new TapLog();
      client.invalidate(selector);
      expect([...visited].sort()).toEqual(['o1', 'o2']);
      expect(log.all('cacheStale')).toHaveLength(2);
      expect(log.one('cacheInvalidate').b).toBe(selector === 'item' ? 22 : 322);
      await until(() => observers.every(({ fetching }) => !fetching.value));
      for (const observer of observers) observer.stop();
      expect(entriesOf().filter(({ invalidated }) => invalidated)).toHaveLength(selector === 'item' ? 20 : 320);
    },
  );

  it('of a watched entry that nobody has asked for asks as the entry was asked for last', async () => {
    await client.query(Items, 'get', ['a'], { ...FOREVER, transform: () => world.items.set('a', { count: 9 }) });
    const seen: unknown[] = [];
    const stop = client.watch(client.entry(Items, 'get', ['a']), (item) => seen.push(item?.count));
    client.invalidate(Items);
    await until(
      () => client.read(client.entry(Items, 'get', ['a'])) !== undefined && entriesOf()[0]?.fetching === false,
    );
    stop();
    expect(world.gets).toBe(2);
    expect(client.peek(client.entry(Items, 'get', ['a']))).toMatchObject({ count: 9 });
  });

  it.each(['invalidate', 'refetch'])('by a panel asks as the app has asked: %s', async (type) => {
    const options = { ...FOREVER, transform: () => world.items.set('x', { count: 9 }) };
    const observer = observe(client, client.entry(Items, 'get', ['a']), options);
    await until(() => observer.data.value !== undefined);
    expect(newestTap().command({ type, entryId: entriesOf()[0]?.id })).toEqual({ ok: true });
    await until(() => !observer.fetching.value);
    expect(world.gets).toBe(2);
    expect(observer.data.value).toMatchObject({ count: 9 });
    observer.stop();
  });

  it.each([
    [5, 'invalidate[0] is 5 (number)'],
    [undefined, 'invalidate[0] is undefined'],
    [null, 'invalidate[0] is null'],
    [{}, 'invalidate[0] is [object Object]'],
    [{ method: 5 }, 'invalidate[0]'],
    [['item', undefined], 'invalidate[1] is undefined'],
  ])('by what selects nothing of any kind is refused, and nothing is stale: %j', async (selector, reason) => {
    await get('a');
    expect(() => client.invalidate(selector as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining(reason) }),
    );
    await get('a');
    expect(world.gets).toBe(1);
    client.invalidate('item');
    await get('a');
    expect(world.gets).toBe(2);
  });

  it('by a predicate that throws says so, and nothing is stale', async () => {
    await get('a');
    await get('b');
    const boom = new Error('boom');
    const selectors: Selector[] = [
      'item',
      ({ args }) => {
        if (args[0] === 'b') throw boom;
        return true;
      },
    ];
    expect(() => client.invalidate(selectors)).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        reason: 'a predicate of invalidate threw: boom',
        cause: boom,
      }),
    );
    await get('a');
    await get('b');
    expect(world.gets).toBe(2);
    client.invalidate(({ args }) => args[0] === 'b');
    await get('b');
    await get('a');
    expect(world.gets).toBe(3);
  });
});
