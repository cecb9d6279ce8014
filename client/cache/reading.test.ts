import { effect } from '@preact/signals-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NetronError } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, counted, FOREVER, Items, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});
afterEach(() => vi.restoreAllMocks());

describe('dedupe', () => {
  it('of false asks by itself, and the newer of two answers stays', async () => {
    world.items.gate.close('get');
    const first = client.query(Items, 'get', ['a'], FOREVER);
    const older = (await world.nextGet()).apply();
    world.items.set('a', { count: 1 });
    const second = client.query(Items, 'get', ['a'], { ...FOREVER, dedupe: false });
    (await world.nextGet()).answer();
    expect(await second).toMatchObject({ count: 1 });
    older.answer();
    expect(await first).toMatchObject({ count: 1 });
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 1 });
    expect(world.gets).toBe(2);
  });

  it('of false is answered from the cache all the same', async () => {
    await client.query(Items, 'get', ['a'], FOREVER);
    await client.query(Items, 'get', ['a'], { ...FOREVER, dedupe: false });
    expect(world.gets).toBe(1);
  });

  it('of false that is given up leaves those alone who wait for the other', async () => {
    world.items.gate.close('get');
    const first = client.query(Items, 'get', ['a'], FOREVER);
    const older = await world.nextGet();
    const controller = new AbortController();
    const second = outcomeOf(client.query(Items, 'get', ['a'], { dedupe: false, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    expect(await second).toMatchObject({ error: { code: 'aborted' } });
    older.answer();
    expect(await first).toMatchObject({ count: 0 });
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null });
  });

  it('does not leave an observer with nothing when the request that took the place of its own is given up', async () => {
    world.items.gate.close('get');
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    const own = await world.nextGet();
    const controller = new AbortController();
    const other = outcomeOf(client.query(Items, 'get', ['a'], { dedupe: false, signal: controller.signal }));
    const newer = await world.nextGet();
    own.fail(new Error('no'));
    await barrier(client);
    controller.abort();
    expect(await other).toMatchObject({ error: { code: 'aborted' } });
    newer.answer();
    await until(() => observer.data.value !== undefined);
    observer.stop();
  });

  it('of a text stands for the arguments', async () => {
    const [one, two] = await Promise.all(
      ['a', 'b'].map((id) => client.query(Items, 'get', [id], { ...FOREVER, dedupe: 'same' })),
    );
    expect(two).toBe(one);
    expect(world.gets).toBe(1);
    await client.query(Items, 'get', ['c'], { ...FOREVER, dedupe: 'same' });
    await client.query(Items, 'get', ['a'], FOREVER);
    expect(world.gets).toBe(2);
  });

  it.each([5, null, {}])('is refused when it is neither: %j', async (dedupe) => {
    await expect(client.query(Items, 'get', ['a'], { dedupe: dedupe as never })).rejects.toMatchObject({
      code: 'invalid-argument',
      method: 'get',
      reason: expect.stringContaining('option dedupe is'),
    });
    expect(world.gets).toBe(0);
    expect(await client.query(Items, 'get', ['a'], { dedupe: true })).toMatchObject({ count: 0 });
  });
});

describe('prefetch', () => {
  it('fills the cache for later, and is shared by who comes meanwhile', async () => {
    client.prefetch(Items, 'get', ['a'], FOREVER);
    await client.query(Items, 'get', ['a'], FOREVER);
    await client.query(Items, 'get', ['a'], FOREVER);
    expect(world.gets).toBe(1);
  });

  it('throws nothing and rejects nothing, and shows its failure on the entry', async () => {
    const uncaught = watchUncaught();
    world.items.gate.close('get');
    client.prefetch(Items, 'get', ['a']);
    client.prefetch(Items, 'get', ['a'], { cache: -1 });
    client.prefetch({ name: 'x', backend: 'nowhere' } as never, 'get' as never, [] as never);
    (await world.nextGet()).fail(new Error('no'));
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ error: { code: 'remote' } });
    expect(uncaught).toEqual([]);
  });
});

describe('fallback', () => {
  const failing = async (answer: Promise<unknown>): Promise<unknown> => {
    (await world.nextGet()).fail(new Error('no'));
    return answer;
  };
  beforeEach(() => world.items.gate.close('get'));

  it('is what this caller gets instead of an error, and nothing of it is stored', async () => {
    const [one, two] = [
      outcomeOf(client.query(Items, 'get', ['a'], { fallback: counted(7) })),
      outcomeOf(client.query(Items, 'get', ['a'])),
    ];
    await failing(one);
    expect(await one).toEqual({ value: counted(7) });
    expect(await two).toMatchObject({ error: { code: 'remote' } });
    expect(client.peek(refOf(client, 'a'))).toBeUndefined();
    expect(entriesOf()[0]).toMatchObject({ hasBase: false, error: { code: 'remote' } });
  });

  it('may be a function of the error, or a promise of it', async () => {
    const made = client.query(Items, 'get', ['a'], { fallback: ({ message }: NetronError) => counted(message.length) });
    expect(await failing(made)).toMatchObject({ count: '[remote] item@1.0.0.get on main: no'.length });
  });

  it('that throws is told as it threw', async () => {
    const boom = new Error('boom');
    const thrown = outcomeOf(
      client.query(Items, 'get', ['a'], {
        fallback: () => {
          throw boom;
        },
      }),
    );
    await failing(thrown);
    expect(await thrown).toEqual({ error: boom });
    const rethrown = outcomeOf(
      client.query(Items, 'get', ['a'], {
        fallback: (error: NetronError) => {
          throw error;
        },
      }),
    );
    await failing(rethrown);
    expect(await rethrown).toMatchObject({ error: { code: 'remote' } });
    world.items.gate.closed.clear();
    expect(await client.query(Items, 'get', ['a'], { fallback: counted(1) })).toMatchObject({ count: 0 });
  });

  it('is for an answer that does not pass as well, but not for what the caller did wrong or gave up', async () => {
    const fallback = counted(7);
    const controller = new AbortController();
    const given = outcomeOf(client.query(Items, 'get', ['a'], { fallback, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    expect(await given).toMatchObject({ error: { code: 'aborted' } });
    for (const [options, code] of [
      [{ cache: -1 }, 'invalid-argument'],
      [{ timeout: 0 }, 'invalid-argument'],
    ] as const) {
      await expect(client.query(Items, 'get', ['a'], { ...options, fallback })).rejects.toMatchObject({ code });
    }
    await expect(client.query('item', 'get', [() => 1], { fallback })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    world.items.gate.closed.clear();
    const checked = client.query(Items, 'get', ['a'], { fallback, validate: () => false });
    expect(await checked).toEqual(fallback);
    expect(await client.query(Items, 'get', ['a'], { fallback })).toMatchObject({ count: 0 });
  });
});

describe('setData', () => {
  it('is as good as an answer, for readers, observers and effects', async () => {
    const seen: unknown[] = [];
    const stop = effect(() => void seen.push(client.read(refOf(client, 'a'))?.count));
    await client.query(Items, 'get', ['a'], FOREVER);
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    client.setData(refOf(client, 'a'), counted(3));
    expect([client.peek(refOf(client, 'a'))?.count, observer.data.value?.count, seen.at(-1)]).toEqual([3, 3, 3]);
    expect(await client.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 3 });
    expect(world.gets).toBe(1);
    observer.stop();
    stop();
  });

  it('is fresh for as long as an answer would be', async () => {
    client.setData(refOf(client, 'a'), counted(3));
    const hundred = { cache: 100 };
    expect(await client.query(Items, 'get', ['a'], hundred)).toMatchObject({ count: 3 });
    world.runtime.nowMs += 100;
    expect(await client.query(Items, 'get', ['a'], hundred)).toMatchObject({ count: 0 });
    client.invalidate(Items);
    client.setData(refOf(client, 'a'), counted(4));
    expect(await client.query(Items, 'get', ['a'], hundred)).toMatchObject({ count: 4 });
  });

  it('takes an error away', async () => {
    world.items.gate.close('get');
    const observer = observe(client, refOf(client, 'a'));
    (await world.nextGet()).fail(new Error('no'));
    await until(() => observer.error.value !== undefined);
    client.setData(refOf(client, 'a'), counted(1));
    expect(observer.error.value).toBeUndefined();
    expect(observer.loading.value).toBe(false);
    observer.stop();
  });

  it('during a fetch is replaced by the answer, which is asked for again, for it may have been older', async () => {
    world.items.gate.close('get');
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    const older = (await world.nextGet()).apply();
    world.items.set('a', { count: 2 });
    client.setData(refOf(client, 'a'), counted(2));
    older.answer();
    (await world.nextGet()).answer();
    await until(() => !observer.fetching.value);
    expect(observer.data.value?.count).toBe(2);
    expect(world.gets).toBe(2);
    observer.stop();
    const read = client.query(Items, 'get', ['b'], FOREVER);
    const slow = (await world.nextGet()).apply();
    world.items.set('b', { count: 2 });
    client.setData(refOf(client, 'b'), counted(2));
    expect(await client.query(Items, 'get', ['b'], FOREVER)).toMatchObject({ count: 2 });
    slow.answer();
    await read;
    world.items.gate.closed.clear();
    expect(await client.query(Items, 'get', ['b'], FOREVER)).toMatchObject({ count: 2 });
  });

  it('is not overtaken by an answer that is older than the last one', async () => {
    world.items.gate.close('get');
    const first = client.query(Items, 'get', ['a'], FOREVER);
    const older = (await world.nextGet()).apply();
    const second = client.query(Items, 'get', ['a'], { dedupe: false });
    (await world.nextGet()).answer();
    await second;
    client.setData(refOf(client, 'a'), counted(9));
    older.answer();
    expect(await first).toMatchObject({ count: 9 });
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 9 });
  });

  it('may say undefined, which is data', async () => {
    const ref = client.entry(Items, 'nothing', []);
    client.setData(ref, undefined);
    expect(await client.query(Items, 'nothing', [], FOREVER)).toBeUndefined();
    expect(world.items.gate.count('nothing')).toBe(0);
  });

  it('is one record, with what was there before', async () => {
    const log = new TapLog();
    client.setData(refOf(client, 'a'), counted(1));
    client.setData(refOf(client, 'a'), counted(2));
    expect(log.all('cacheWrite')).toMatchObject([
      { reason: 'manual', cause: 0, a: undefined, b: { count: 1 } },
      { reason: 'manual', cause: 0, a: { count: 1 }, b: { count: 2 } },
    ]);
  });
});
