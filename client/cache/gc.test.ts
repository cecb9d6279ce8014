import { effect } from '@preact/signals-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { layer } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { FOREVER, Items, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

const get = (id: string) => client.query(Items, 'get', [id], FOREVER);
const keys = () => entriesOf().map(({ args }) => args[0]);

describe('gcTime', () => {
  beforeEach(() => {
    client = world.client({ cache: { gcTime: 1_000 } });
  });
  const advance = (byMs: number) => world.runtime.advance(byMs);

  it('forgets what was not used for it, and after at most twice as long', async () => {
    const log = new TapLog();
    await get('a');
    const usedAtMs = world.runtime.nowMs;
    advance(400);
    await get('b');
    while (keys().includes('a')) advance(100);
    const unusedMs = world.runtime.nowMs - usedAtMs;
    expect(unusedMs).toBeGreaterThanOrEqual(1_000);
    expect(unusedMs).toBeLessThanOrEqual(2_000);
    expect(log.all('cacheGc')).toMatchObject([
      { reason: 'gc', cause: 0, a: { count: 0 }, b: undefined, ref: { args: ['a'] } },
      { reason: 'gc', ref: { args: ['b'] } },
    ]);
    expect(client.getCacheStats()).toMatchObject({ evictions: 2, entries: 0 });
  });

  it('is counted anew by the newest entry when it is used again', async () => {
    await get('a');
    advance(1_000);
    advance(900);
    await get('a');
    advance(100);
    expect(keys()).toEqual(['a']);
    await get('a');
    expect(world.gets).toBe(1);
  });

  it('holds for each of many entries that are used now and then', async () => {
    const usedAtMs = new Map<unknown, number>();
    const gone = new Map<unknown, number>();
    for (let step = 0; step < 60; step++) {
      const before = new Set(keys());
      advance(130);
      for (const key of before)
        if (!keys().includes(key)) gone.set(key, world.runtime.nowMs - (usedAtMs.get(key) ?? 0));
      if (step > 40) continue;
      for (const id of [`${step % 7}`, `${(step * step) % 23}`]) {
        usedAtMs.set(id, world.runtime.nowMs);
        client.entry(Items, 'get', [id]);
      }
    }
    expect(keys()).toEqual([]);
    expect(gone.size).toBeGreaterThan(10);
    for (const unusedMs of gone.values()) {
      expect(unusedMs).toBeGreaterThanOrEqual(1_000);
      expect(unusedMs).toBeLessThanOrEqual(2_000 + 130);
    }
  });

  it('leaves what is observed, read, fetched or layered, and counts from when it is not any more', async () => {
    world.items.gate.close('get', 'patch');
    const observer = observe(client, client.entry(Items, 'get', ['observed']), FOREVER);
    const stop = effect(() => void client.read(client.entry(Items, 'get', ['read'])));
    (await world.nextGet()).answer();
    await until(() => observer.data.value !== undefined);
    const fetching = client.query(Items, 'get', ['fetching'], { timeout: 1e6 });
    const failing = outcomeOf(client.query(Items, 'get', ['failing'], { timeout: 1e6 }));
    const target = client.entry(Items, 'get', ['layered']);
    const optimistic = layer(target, (item) => item);
    const mutation = client.mutate(Items, 'patch', ['layered', {}], { optimistic, timeout: 1e6 });
    for (let i = 0; i < 5; i++) advance(1_000);
    expect(keys().sort()).toEqual(['failing', 'fetching', 'layered', 'observed', 'read']);
    advance(500);
    observer.stop();
    stop();
    (await world.nextGet()).answer();
    (await world.nextGet()).fail(new Error('no'));
    (await world.items.gate.next('patch')).answer();
    await Promise.all([fetching, failing, mutation]);
    advance(500);
    expect(keys().sort()).toEqual(['failing', 'fetching', 'layered', 'observed', 'read']);
    advance(999);
    expect(keys().sort()).toEqual(['failing', 'fetching', 'layered', 'observed', 'read']);
    advance(501);
    expect(keys()).toEqual([]);
  });

  it('is one timer of the background, which stops with the last entry and with the client', async () => {
    const timers = (): number => world.runtime.backgroundTimers;
    expect(timers()).toBe(0);
    for (const id of ['a', 'b', 'c']) client.entry(Items, 'get', [id]);
    const ref = client.entry(Items, 'get', ['a']);
    expect(timers()).toBe(1);
    expect(world.runtime.timers).toBe(0);
    for (let i = 0; i < 2; i++) advance(1_000);
    expect(keys()).toEqual([]);
    expect(timers()).toBe(0);
    // A handle that is used again brings its entry back, which is to be forgotten in turn.
    client.setData(ref, world.items.at('a'));
    expect(timers()).toBe(1);
    for (let i = 0; i < 2; i++) advance(1_000);
    expect(keys()).toEqual([]);
    client.entry(Items, 'get', ['a']);
    client.close();
    expect(timers()).toBe(0);
    client.entry(Items, 'get', ['b']);
    expect(timers()).toBe(0);
    const unused = world.client();
    unused.close();
    unused.entry(Items, 'get', ['a']);
    expect(timers()).toBe(0);
  });

  it('of Infinity forgets nothing', async () => {
    client = world.client({ cache: { gcTime: Number.POSITIVE_INFINITY } });
    await get('a');
    advance(1e12);
    expect(keys()).toEqual(['a']);
  });
});
