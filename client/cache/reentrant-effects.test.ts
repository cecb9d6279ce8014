import { effect, untracked } from '@preact/signals-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import { observe as observerOf, type QueryObserver } from '../query-observer.js';
import type { Item } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, FOREVER, get, Items, observed, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

/** Runs once, as soon as an effect sees that a request has begun. */
function atBegin(observer: QueryObserver<Item>, run: () => void): () => void {
  let isDone = false;
  return effect(() => {
    if (!observer.fetching.value || isDone) return;
    isDone = true;
    untracked(run);
  });
}

describe('an effect that sees a request begin', () => {
  it('and joins it and gives up does not take it from whoever began it', async () => {
    const left: Promise<unknown>[] = [];
    const stop = atBegin(observerOf(client, refOf(client, 'a')), () => {
      const controller = new AbortController();
      left.push(outcomeOf(get(client, 'a', { signal: controller.signal })));
      controller.abort();
    });
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 0 });
    stop();
    expect(await Promise.all(left)).toMatchObject([{ error: { code: 'aborted' } }]);
    expect(world.gets).toBe(1);
  });

  it('may abort it for whoever began it', async () => {
    world.items.gate.close('get');
    const controller = new AbortController();
    const stop = atBegin(observerOf(client, refOf(client, 'a')), () => controller.abort());
    const outcome = await outcomeOf(get(client, 'a', { signal: controller.signal }));
    stop();
    expect(outcome).toMatchObject({ error: { code: 'aborted', method: 'get' } });
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null });
    expect(world.runtime.timers).toBe(0);
  });

  it.each(['stale', 'always'] as const)(
    'may stop the observer that began it, whose request is aborted: %s',
    async (when) => {
      world.items.gate.close('get');
      const log = new TapLog();
      const observer = observerOf(client, refOf(client, 'a'));
      const stop = atBegin(observer, () => observer.stop());
      observer.start(refOf(client, 'a'), FOREVER, 'mount', when);
      await barrier(client);
      stop();
      expect(entriesOf()[0]).toMatchObject({ observers: 0, fetching: false, error: null });
      expect(log.all('callEnd')[0]).toMatchObject({ b: 2, a: { code: 'aborted' } });
    },
  );

  it.each(['stale', 'always', 'revalidate'] as const)(
    'may send the observer that began it on to another entry, and the request is aborted: %s',
    async (how) => {
      const observer = observerOf(client, refOf(client, 'a'));
      if (how === 'revalidate') {
        observer.start(refOf(client, 'a'), { cache: 0 }, 'mount');
        await until(() => observer.data.value !== undefined);
      }
      world.items.gate.close('get');
      const stop = atBegin(observer, () => observer.start(refOf(client, 'b'), FOREVER, 'args'));
      if (how === 'revalidate') observer.revalidate('focus');
      else observer.start(refOf(client, 'a'), FOREVER, 'mount', how);
      await barrier(client);
      const state = () =>
        new Map(entriesOf().map(({ args, observers, fetching }) => [args[0], { observers, fetching }]));
      expect(state().get('a')).toEqual({ observers: 0, fetching: false });
      expect(state().get('b')).toEqual({ observers: 1, fetching: true });
      for (const held of world.items.gate.held.splice(0)) held.answer();
      await until(() => observer.data.value !== undefined);
      stop();
      observer.stop();
      for (const { observers } of state().values()) expect(observers).toBe(0);
    },
  );
});

describe('an effect that sees an invalidation', () => {
  it('and asks first, and gives up, leaves the observers their refetch', async () => {
    const observer = await observed(client);
    const controller = new AbortController();
    const left: Promise<unknown>[] = [];
    let isArmed = false;
    const stop = effect(() => {
      client.read(refOf(client, 'a'));
      if (!isArmed) return;
      isArmed = false;
      const options = { ...FOREVER, signal: controller.signal };
      untracked(() => left.push(outcomeOf(client.query(Items, 'get', ['a'], options))));
    });
    world.items.set('a', { count: 1 });
    isArmed = true;
    client.invalidate(Items);
    controller.abort();
    expect(await Promise.all(left)).toMatchObject([{ error: { code: 'aborted' } }]);
    await until(() => observer.data.value?.count === 1);
    expect(entriesOf()[0]).toMatchObject({ invalidated: false });
    stop();
    observer.stop();
  });
});
