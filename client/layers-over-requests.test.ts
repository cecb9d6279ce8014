import { effect, untracked } from '@preact/signals-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { barrier, FOREVER, Items, observed, refOf, World } from './cache/test-world.js';
import { layer } from './index.js';
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
const adding = (id = 'a') =>
  layer(refOf(client, id), (item: Item, _id: string, by: number) => ({ ...item, count: item.count + by }));
const add = (id = 'a') => client.mutate(Items, 'add', [id, 1], { optimistic: adding(id) });
/** A request of its own, which the server has worked on, and has not answered yet. */
const askAlone = async () => {
  const done = outcomeOf(client.query(Items, 'get', ['a'], { dedupe: false, cache: 0 }));
  return { done, held: (await next('get')).apply() };
};

describe('a mutation that is confirmed while a request is in flight', () => {
  beforeEach(() => world.items.gate.close('get'));

  it('is not undone by its answer where nobody observes the entry', async () => {
    observer.stop();
    const views = recordViews(() => client.peek(refOf(client, 'a'))?.count);
    const { done, held } = await askAlone();
    await add();
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 1 });
    held.answer();
    expect(await done).toMatchObject({ value: { count: 1 } });
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 1 });
    views.stop();
  });

  it('is in the answer of the first one, before which there is nothing to show it in', async () => {
    const first = client.query(Items, 'get', ['z'], FOREVER);
    const held = (await next('get')).apply();
    await add('z');
    expect(client.peek(refOf(client, 'z'))).toBeUndefined();
    held.answer();
    expect(await first).toMatchObject({ count: 1 });
  });

  it('is not undone by an older one whose newer one has failed', async () => {
    const views = recordViews(() => observer.data.value?.count);
    const older = await askAlone();
    const newer = await askAlone();
    newer.held.fail(new Error('no'));
    await newer.done;
    await add();
    older.held.answer();
    await older.done;
    await barrier(client);
    for (const held of world.items.gate.held.splice(0)) held.answer();
    await idle();
    expect(views.views).toEqual([0, 1]);
    views.stop();
  });

  it('is not undone by an outdated one whose renewal by a reader has failed', async () => {
    const views = recordViews(() => observer.data.value?.count);
    const older = outcomeOf(observer.refetch());
    const outdated = (await next('get')).apply();
    client.invalidate(Items);
    const newer = outcomeOf(client.query(Items, 'get', ['a'], FOREVER));
    (await next('get')).fail(new Error('no'));
    await newer;
    await add();
    outdated.answer();
    await older;
    (await next('get')).answer();
    await idle();
    expect(views.views).toEqual([0, 1]);
    expect(observer.data.value).toEqual(world.items.at('a'));
    views.stop();
  });

  it('shows what its commit says at once, in place of what was a guess', async () => {
    const views = recordViews(() => observer.data.value?.list.join());
    const refetch = outcomeOf(observer.refetch());
    const outdated = (await next('get')).apply();
    await client.mutate(Items, 'append', ['a', 'real'], {
      optimistic: layer(
        refOf(client, 'a'),
        (item: Item) => ({ ...item, list: [...item.list, 'temporary'] }),
        (item: Item, saved: Item) => ({ ...item, list: [...item.list, `${saved.list.at(-1)}`] }),
      ),
    });
    outdated.answer();
    await refetch;
    (await next('get')).answer();
    await idle();
    expect(views.views).toEqual(['', 'temporary', 'real']);
    views.stop();
  });
});

describe('an effect that asks when it sees the invalidation of a mutation', () => {
  it.each([
    ['refetches', () => void observer.refetch()],
    ['queries', () => void client.query(Items, 'get', ['a'], FOREVER)],
  ])('and %s has the change shown once', async (_how, ask) => {
    const views = recordViews(() => observer.data.value?.count);
    let isArmed = false;
    const stop = effect(() => {
      client.read(refOf(client, 'a'));
      if (!isArmed) return;
      isArmed = false;
      untracked(ask);
    });
    world.items.gate.close('add');
    const mutation = client.mutate(Items, 'add', ['a', 1], { optimistic: adding(), invalidate: Items });
    const held = await next('add');
    isArmed = true;
    held.answer();
    await mutation;
    await barrier(client);
    await idle();
    expect(isArmed).toBe(false);
    expect(views.views).toEqual([0, 1]);
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
    stop();
    views.stop();
  });

  it('and at the sight of every other change has the change shown once', async () => {
    const views: unknown[] = [];
    const options = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };
    const stop = effect(() => {
      views.push(client.read(refOf(client, 'a'))?.count);
      client.query(Items, 'get', ['a'], options).catch(() => undefined);
    });
    await client.mutate(Items, 'add', ['a', 1], { optimistic: adding(), invalidate: Items });
    await idle();
    await barrier(client);
    stop();
    expect(new Set(views)).toEqual(new Set([0, 1]));
    expect(observer.data.value).toEqual(world.items.at('a'));
  });
});

describe('an effect that stops the last observer when it sees a layer confirmed', () => {
  it('leaves no layer that waits for a request which never comes', async () => {
    const states = () => entriesOf()[0]?.layers.map(({ state }) => state);
    const stop = effect(() => {
      client.read(refOf(client, 'a'));
      if (states()?.includes('held')) untracked(() => observer.stop());
    });
    await client.mutate(Items, 'add', ['a', 1], { optimistic: adding(), invalidate: Items });
    stop();
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { count: 1 }, observers: 0, fetching: false });
  });
});
