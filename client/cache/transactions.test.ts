import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TitanError } from '../../server-fixture/index.js';
import { dehydrate, hydrate, layer, optimistic } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { Item } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { newestTap, TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, recordViews, until } from '../testing/test-watch.js';
import { changesOf, gapsOf } from './test-journal.js';
import { barrier, counted, FOREVER, HttpShelves, Items, observed, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;
let log: TapLog;

beforeEach(() => {
  client = world.client({ cache: { maxEntries: 3, gcTime: 1_000 } });
  newestTap().attach(65_536);
  log = new TapLog();
});
afterEach(() => {
  expect(gapsOf(log.records, entriesOf())).toEqual([]);
});

const get = (id: string) => client.query(Items, 'get', [id], FOREVER);
const adding = (id: string) => layer(refOf(client, id), (item: Item) => ({ ...item, count: item.count + 1 }));
/** Kind, reason, and the count before and after. */
const changes = (): unknown[] =>
  changesOf(log.records).map(({ kind, reason, a, b }) => {
    const count = (item: unknown) => (item as Item | undefined)?.count;
    return [kind, reason, count(a), count(b)];
  });

describe('every change is one record, with what was before and after, why, and by what', () => {
  it('fetching, setData, hydrate, eviction, gc and clear', async () => {
    await get('a');
    client.setData(refOf(client, 'a'), counted(1));
    const state = dehydrate(client);
    world.runtime.nowMs += 10;
    client.setData(refOf(client, 'b'), counted(2));
    hydrate(client, {
      ...state,
      methods: [{ backend: 'main', service: 'item@1.0.0', method: 'get', entries: [[['c'], counted(3), 0]] }],
    });
    await get('d');
    client.clear();
    await get('e');
    world.runtime.advance(1_000);
    world.runtime.advance(1_000);
    expect(changes()).toEqual([
      ['cacheWrite', 'fetch', undefined, 0],
      ['cacheWrite', 'manual', 0, 1],
      ['cacheWrite', 'manual', undefined, 2],
      ['cacheWrite', 'hydrate', undefined, 3],
      ['cacheEvict', 'lru', 1, undefined],
      ['cacheWrite', 'fetch', undefined, 0],
      ['cacheEvict', 'manual', 2, undefined],
      ['cacheEvict', 'manual', 3, undefined],
      ['cacheEvict', 'manual', 0, undefined],
      ['cacheWrite', 'fetch', undefined, 0],
      ['cacheGc', 'gc', 0, undefined],
    ]);
  });

  it('a 304, which changes nothing that is seen', async () => {
    world.shelf.values.set('k', { count: 4 });
    for (let i = 0; i < 2; i++) await client.query(HttpShelves, 'hinted', ['k'], { cache: 0 });
    expect(changes()).toEqual([
      ['cacheWrite', 'fetch', undefined, 4],
      ['cacheWrite', 'fetch', 4, 4],
    ]);
    const [first, second] = changesOf(log.records);
    expect(second?.b).toBe(first?.b);
  });

  it('a mutation on several entries, that fails', async () => {
    await get('a');
    await get('b');
    world.items.gate.close('add');
    const before = log.records.length;
    const views = recordViews(() => [client.read(refOf(client, 'a'))?.count, client.read(refOf(client, 'b'))?.count]);
    const failing = outcomeOf(
      client.mutate(Items, 'add', ['a', 1], { optimistic: [adding('a'), adding('b'), adding('a')] }),
    );
    (await world.items.gate.next('add')).fail(new Error('no'));
    await failing;
    expect(views.views).toEqual([
      [0, 0],
      [2, 1],
      [0, 0],
    ]);
    views.stop();
    expect(changes().slice(2)).toEqual([
      ['optimisticApply', 'user', 0, 1],
      ['optimisticApply', 'user', 0, 1],
      ['optimisticApply', 'user', 1, 2],
      ['optimisticRollback', 'error', 2, 0],
      ['optimisticRollback', 'error', 1, 0],
    ]);
    const records = log.records.slice(before);
    const [start, end] = [
      records.find(({ kind }) => kind === 'callStart'),
      records.find(({ kind }) => kind === 'callEnd'),
    ];
    for (const { kind, cause } of changesOf(records)) {
      expect(cause).toBe(kind === 'optimisticApply' ? start?.seq : end?.seq);
    }
  });

  it('a mutation that is held until its refetch has landed', async () => {
    const observer = await observed(client);
    await client.mutate(Items, 'add', ['a', 1], { optimistic: adding('a'), invalidate: Items });
    await until(() => !observer.fetching.value);
    expect(changes().slice(1)).toEqual([
      ['optimisticApply', 'user', 0, 1],
      ['optimisticCommit', 'commit', 1, 1],
      ['cacheWrite', 'fetch', 1, 1],
    ]);
    const [write] = changesOf(log.records).slice(-1);
    expect(write && log.chain(write)).toEqual([
      'cacheWrite',
      'callEnd',
      'callStart',
      'cacheStale',
      'cacheInvalidate',
      'callEnd',
      'callStart',
    ]);
    observer.stop();
  });

  it('a layer that was held for an answer that does not come any more', async () => {
    const observer = await observed(client);
    world.items.gate.close('get');
    await client.mutate(Items, 'add', ['a', 1], { optimistic: adding('a'), invalidate: Items });
    (await world.nextGet()).fail(new Error('no'));
    await until(() => !observer.fetching.value);
    expect(changes().slice(1)).toEqual([
      ['optimisticApply', 'user', 0, 1],
      ['optimisticCommit', 'commit', 1, 1],
      ['optimisticCommit', 'fetch', 1, 1],
    ]);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 1 } });
    observer.stop();
  });

  it('an optimistic change that is given up, or holds', async () => {
    await get('a');
    optimistic(client, adding('a')).rollback();
    optimistic(client, adding('a')).commit(undefined);
    expect(changes().slice(1)).toEqual([
      ['optimisticApply', 'user', 0, 1],
      ['optimisticRollback', 'rollback', 1, 0],
      ['optimisticApply', 'user', 0, 1],
      ['optimisticCommit', 'commit', 1, 1],
    ]);
  });

  it('clear under a layer', async () => {
    await get('a');
    const change = optimistic(client, adding('a'));
    client.clear();
    change.commit(undefined);
    expect(changes().slice(1)).toEqual([
      ['optimisticApply', 'user', 0, 1],
      ['cacheEvict', 'manual', 1, undefined],
    ]);
  });
});

describe('a layer that runs again over something else is told, with the change that made it', () => {
  beforeEach(() => get('a'));
  /** The record of the one rebase, and that of the change. */
  const rebased = () => {
    const rebase = log.one('optimisticRebase');
    return { rebase, change: log.records.find(({ seq }) => seq === rebase.cause) };
  };

  it('by setData', () => {
    const pending = optimistic(client, adding('a'));
    client.setData(refOf(client, 'a'), counted(5));
    const { rebase, change } = rebased();
    expect(rebase).toMatchObject({ reason: 'manual', b: { count: 6 } });
    expect(change).toMatchObject({ kind: 'cacheWrite', reason: 'manual', b: { count: 6 } });
    pending.rollback();
  });

  it('by hydrate', async () => {
    const pending = optimistic(client, adding('a'));
    world.runtime.nowMs += 10;
    await barrier(client);
    const entries = [[['a'], counted(5), 0]] as const;
    hydrate(client, { v: 1, methods: [{ backend: 'main', service: 'item@1.0.0', method: 'get', entries }] });
    const { rebase, change } = rebased();
    expect(rebase).toMatchObject({ reason: 'hydrate', b: { count: 6 } });
    expect(change).toMatchObject({ kind: 'cacheWrite', reason: 'hydrate', b: { count: 6 } });
    pending.rollback();
  });

  it('by new arguments of one below it, after a conflict', async () => {
    world.items.gate.close('patch');
    const below = client.mutate(Items, 'patch', ['a', { count: 5 }], {
      optimistic: layer(refOf(client, 'a'), (item: Item, _id: string, fields: Partial<Item>) => ({
        ...item,
        ...fields,
      })),
      onConflict: (): [string, Partial<Item>] => ['a', { count: 7 }],
    });
    const pending = optimistic(client, adding('a'));
    (await world.items.gate.next('patch')).fail(new TitanError(409, 'conflict'));
    const again = await world.items.gate.next('patch');
    const { rebase, change } = rebased();
    expect(rebase).toMatchObject({ b: { count: 8 } });
    expect(change).toMatchObject({ kind: 'optimisticApply', a: { count: 6 }, b: { count: 8 } });
    again.answer();
    await below;
    pending.rollback();
  });
});
