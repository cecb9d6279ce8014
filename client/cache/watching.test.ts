import { effect } from '@preact/signals-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isNetronError } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import { EMPTY_ITEM } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, counted, FOREVER, Items, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});
afterEach(() => vi.restoreAllMocks());

describe('watch', () => {
  it('tells of changes of what readers see, and of nothing else', async () => {
    const seen: unknown[] = [];
    const stop = client.watch(refOf(client, 'a'), (item) => seen.push(item?.count));
    await client.query(Items, 'get', ['a']);
    await client.query(Items, 'get', ['a']);
    client.setData(refOf(client, 'a'), counted(1));
    client.invalidate('nothing');
    stop();
    client.setData(refOf(client, 'a'), counted(2));
    expect(seen).toEqual([0, 1]);
  });

  it('fetches nothing by itself, not even when a query is given up', async () => {
    const stop = client.watch(refOf(client, 'a'), () => undefined);
    world.items.gate.close('get');
    const controller = new AbortController();
    const given = outcomeOf(client.query(Items, 'get', ['a'], { signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    await given;
    await barrier(client);
    expect(world.gets).toBe(1);
    stop();
  });

  it('may be ended twice', async () => {
    const [one, two] = [
      client.watch(refOf(client, 'a'), () => undefined),
      client.watch(refOf(client, 'a'), () => undefined),
    ];
    one();
    one();
    expect(entriesOf()[0]).toMatchObject({ observers: 1 });
    two();
    expect(entriesOf()[0]).toMatchObject({ observers: 0 });
  });

  it('whose listener throws is reported, and stops no other listener and no caller', async () => {
    const uncaught = watchUncaught();
    const seen: unknown[] = [];
    const boom = new Error('boom');
    const stops = [
      client.watch(refOf(client, 'a'), () => {
        throw boom;
      }),
      client.watch(refOf(client, 'a'), (item) => seen.push(item?.count)),
    ];
    expect(await client.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 0 });
    client.setData(refOf(client, 'a'), counted(1));
    await barrier(client);
    expect(seen).toEqual([0, 1]);
    expect(uncaught).toEqual([boom, boom]);
    for (const stop of stops) stop();
  });

  it('may change what it watches', () => {
    const seen: unknown[] = [];
    const stop = client.watch(refOf(client, 'a'), (item) => {
      seen.push(item?.count);
      if (item !== undefined && item.count < 3) client.setData(refOf(client, 'a'), counted(item.count + 1));
    });
    client.setData(refOf(client, 'a'), counted(1));
    expect(seen).toEqual([1, 2, 3]);
    stop();
  });

  it('does not change what a query has been answered', async () => {
    const stop = client.watch(refOf(client, 'a'), () => client.clear());
    expect(await client.query(Items, 'get', ['a'])).toEqual(EMPTY_ITEM);
    stop();
    const again = client.watch(refOf(client, 'b'), (item) => {
      if (item?.count === 0) client.setData(refOf(client, 'b'), counted(7));
    });
    expect(await client.query(Items, 'get', ['b'])).toEqual(EMPTY_ITEM);
    again();
  });

  it('takes no NaN for a change', () => {
    const ref = client.entry('item@1.0.0', 'get', ['nan']);
    let told = 0;
    const stop = client.watch(ref, () => told++);
    client.setData(ref, Number.NaN);
    client.setData(ref, Number.NaN);
    expect(told).toBe(1);
    stop();
  });
});

describe('an effect of the app that throws', () => {
  it.each([
    ['an answer', async () => void (await client.query(Items, 'get', ['a'], { cache: 0 }))],
    ['setData', async () => client.setData(refOf(client, 'a'), counted(1))],
    ['an invalidation', async () => client.invalidate(Items)],
    ['clear', async () => client.clear()],
  ])('at the sight of %s is reported, and stops nothing', async (_name, change) => {
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    await until(() => observer.data.value !== undefined && !observer.fetching.value);
    const uncaught = watchUncaught();
    let armed = false;
    const seen: unknown[] = [];
    const stops = [
      effect(() => {
        client.read(refOf(client, 'a'));
        if (armed) throw new Error('boom');
      }),
      effect(() => void seen.push(client.read(refOf(client, 'a')))),
    ];
    const before = seen.length;
    armed = true;
    await change();
    armed = false;
    await barrier(client);
    await until(() => !observer.fetching.value);
    expect(seen.length).toBeGreaterThan(before);
    expect(uncaught.length).toBeGreaterThan(0);
    expect(uncaught.every((error) => error instanceof Error && error.message === 'boom')).toBe(true);
    expect(entriesOf()[0]).toMatchObject({ fetching: false, invalidated: false, hasBase: true });
    for (const stop of stops) stop();
    observer.stop();
  });
});

describe('a handle', () => {
  it.each([
    ['nothing', undefined],
    ['a value', 5],
    ['an object', { id: 1 }],
  ])('that is %s is refused by everything that takes one', (_name, handle) => {
    const bad = handle as never;
    for (const use of [
      () => client.peek(bad),
      () => client.read(bad),
      () => client.setData(bad, 1 as never),
      () => client.watch(bad, () => undefined),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
    client.setData(refOf(client, 'a'), counted(1));
    expect(client.peek(refOf(client, 'a'))).toEqual(counted(1));
  });

  it('of another client is refused, and touches neither', async () => {
    const other = world.client();
    const foreign = other.entry(Items, 'get', ['a']);
    const thrown = await outcomeOf(Promise.resolve().then(() => client.setData(foreign, counted(1))));
    expect(thrown).toMatchObject({
      error: { code: 'invalid-argument', message: expect.stringContaining('this client') },
    });
    expect(isNetronError('error' in thrown ? thrown.error : undefined)).toBe(true);
    expect(other.peek(foreign)).toBeUndefined();
    expect(client.getCacheStats().entries).toBe(0);
    other.setData(foreign, counted(2));
    expect(other.peek(foreign)).toEqual(counted(2));
  });

  it('that is watched without a listener is refused, and is not observed', () => {
    expect(() => client.watch(refOf(client, 'a'), 'x' as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining('option listener is "x"') }),
    );
    expect(entriesOf()[0]).toMatchObject({ observers: 0 });
  });
});
