import { effect, signal } from '@preact/signals-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gapsOf } from './cache/test-journal.js';
import { counted, Items, observed, refOf, World } from './cache/test-world.js';
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
let log: TapLog;

beforeEach(async () => {
  client = world.client();
  log = new TapLog();
  observer = await observed(client);
});
afterEach(() => {
  observer.stop();
  expect(gapsOf(log.records, entriesOf())).toEqual([]);
});

const REFUSED = { code: 'invalid-argument', reason: 'an optimistic update must not change anything itself' };
const increment = (item: Item): Item => ({ ...item, count: item.count + 1 });
const incrementing = () => layer(refOf(client, 'a'), increment);
const CHANGES: readonly (readonly [string, () => void])[] = [
  ['setData', () => client.setData(refOf(client, 'a'), counted(10))],
  ['optimistic', () => void optimistic(client, incrementing())],
  ['hydrate', () => hydrate(client, dehydrate(client))],
  ['invalidate', () => client.invalidate(Items)],
  ['clear', () => client.clear()],
];

describe('an optimistic update', () => {
  it.each(CHANGES)('that calls %s fails with a typed error, and nothing is half done', async (_name, change) => {
    const views = recordViews(() => observer.data.value);
    const mutation = client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => {
        change();
        return increment(item);
      }),
    });
    await expect(mutation).rejects.toMatchObject({
      code: 'invalid-argument',
      method: 'add',
      reason: `the optimistic update threw: [invalid-argument] ${REFUSED.reason}`,
      cause: REFUSED,
    });
    expect(views.views).toHaveLength(1);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 0 } });
    expect(world.items.gate.count('add')).toBe(0);
    views.stop();
    await client.mutate(Items, 'add', ['a', 1], { optimistic: incrementing() });
    expect(observer.data.value?.count).toBe(1);
  });

  it('that mutates has that refused, and is shown by itself', async () => {
    let inner: Promise<unknown> | undefined;
    const outer = client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => {
        inner ??= outcomeOf(client.mutate(Items, 'add', ['a', 10], { optimistic: incrementing() }));
        return increment(item);
      }),
    });
    expect(observer.data.value?.count).toBe(1);
    expect(await inner).toMatchObject({ error: REFUSED });
    expect(await outer).toMatchObject({ count: 1 });
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 1 } });
    expect(world.items.gate.count('add')).toBe(1);
  });

  it('that reads a signal does not subscribe the effect that mutates', async () => {
    const by = signal(1);
    const all: Promise<unknown>[] = [];
    const stop = effect(() => {
      const show = layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + by.value }));
      all.push(outcomeOf(client.mutate(Items, 'add', ['a', 1], { optimistic: show })));
    });
    by.value = 2;
    stop();
    expect(all).toHaveLength(1);
    await Promise.all(all);
  });
});

describe('a commit', () => {
  it.each(CHANGES)('that calls %s is told so, and the entry is asked for again', async (_name, change) => {
    const mutation = client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), increment, (item: Item) => {
        change();
        return item;
      }),
    });
    await expect(mutation).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining(`the commit of a layer threw: [invalid-argument] ${REFUSED.reason}`),
    });
    await until(() => !observer.fetching.value);
    expect(observer.data.value).toEqual({ ...EMPTY_ITEM, count: 1 });
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
  });

  it('that mutates has that refused, and is part of the base by itself', async () => {
    let inner: Promise<unknown> | undefined;
    await client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(refOf(client, 'a'), increment, (_item: Item, saved: Item) => {
        inner ??= outcomeOf(client.mutate(Items, 'add', ['a', 10], { optimistic: incrementing() }));
        return saved;
      }),
    });
    expect(await inner).toMatchObject({ error: REFUSED });
    expect(observer.data.value).toEqual(world.items.at('a'));
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 1 } });
    expect(world.items.gate.count('add')).toBe(1);
  });
});
