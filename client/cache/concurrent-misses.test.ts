import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { ItemApi } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { barrier, FOREVER, get, refOf, World } from './test-world.js';

const OverHttp = service<ItemApi>('item', { backend: 'http' });
const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

describe('concurrent misses', () => {
  it('share one request', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => get(client, 'a')));
    expect(world.gets).toBe(1);
    expect(new Set(all).size).toBe(1);
  });

  it('share it with equal arguments only', async () => {
    await Promise.all([get(client, 'a'), get(client, 'b'), client.query(OverHttp, 'get', ['a'])]);
    expect(world.gets).toBe(3);
  });

  it('are all told of its failure, and the next one asks again', async () => {
    world.items.gate.close('get');
    const outcomes = [outcomeOf(get(client, 'a')), outcomeOf(get(client, 'a'))];
    (await world.nextGet()).fail(new Error('no'));
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ error: { code: 'remote' } });
    world.items.gate.closed.clear();
    expect(await get(client, 'a')).toMatchObject({ count: 0 });
  });

  it('go on when one of several waiters gives up', async () => {
    world.items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get(client, 'a', { signal: controller.signal }));
    const staying = get(client, 'a', { signal: new AbortController().signal });
    const held = await world.nextGet();
    controller.abort();
    expect(await leaving).toMatchObject({ error: { code: 'aborted', backend: 'main', method: 'get' } });
    held.answer();
    expect(await staying).toMatchObject({ count: 0 });
    expect(world.gets).toBe(1);
  });

  it('go on when all give up but one that never can', async () => {
    world.items.gate.close('get');
    const controller = new AbortController();
    const staying = get(client, 'a');
    const leaving = outcomeOf(get(client, 'a', { signal: controller.signal }));
    const held = await world.nextGet();
    controller.abort();
    await leaving;
    held.answer();
    expect(await staying).toMatchObject({ count: 0 });
  });

  it('are aborted when the last waiter gives up', async () => {
    const log = new TapLog();
    world.items.gate.close('get');
    const controllers = [new AbortController(), new AbortController()];
    const outcomes = controllers.map(({ signal }) => outcomeOf(get(client, 'a', { signal })));
    await world.nextGet();
    for (const controller of controllers) controller.abort();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ error: { code: 'aborted' } });
    await barrier(client);
    expect(log.all('callEnd')[0]).toMatchObject({ b: 2, a: { code: 'aborted' } });
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null, hasBase: false });
  });

  it('do not join a request that was just given up', async () => {
    world.items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get(client, 'a', { signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    const anew = outcomeOf(get(client, 'a'));
    (await world.nextGet()).answer();
    expect(await anew).toMatchObject({ value: { count: 0 } });
    expect(await leaving).toMatchObject({ error: { code: 'aborted' } });
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null, hasBase: true });
  });

  it('keep the deadline of each caller', async () => {
    world.items.gate.close('get');
    const patient = get(client, 'a', { timeout: 10_000 });
    const hurried = outcomeOf(get(client, 'a', { timeout: 100 }));
    const held = await world.nextGet();
    world.runtime.advance(100);
    expect(await hurried).toMatchObject({ error: { code: 'timeout', reason: 'no answer within 100 ms' } });
    held.answer();
    expect(await patient).toMatchObject({ count: 0 });
    expect(world.runtime.timers).toBe(0);
  });

  it.each([
    ['by an option', { timeout: 10_000 }],
    ['by the default', {}],
  ])('ask by themselves where they have more time than the request in flight, %s', async (_how, options) => {
    world.items.gate.close('get');
    const controller = new AbortController();
    const hurried = outcomeOf(get(client, 'a', { timeout: 100, signal: controller.signal }));
    await world.nextGet();
    const patient = get(client, 'a', options);
    const held = await world.nextGet();
    const joining = get(client, 'a', options);
    world.runtime.advance(100);
    expect(await hurried).toMatchObject({ error: { code: 'timeout' } });
    held.answer();
    expect(await patient).toMatchObject({ count: 0 });
    expect(await joining).toMatchObject({ count: 0 });
    expect(world.gets).toBe(2);
    expect(world.runtime.timers).toBe(0);
  });

  it('leave an observer its own time, who has more than the request in flight', async () => {
    world.items.gate.close('get');
    const hurried = outcomeOf(get(client, 'a', { timeout: 100 }));
    await world.nextGet();
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    const held = await world.nextGet();
    world.runtime.advance(100);
    expect(await hurried).toMatchObject({ error: { code: 'timeout' } });
    expect([observer.error.value, observer.fetching.value]).toEqual([undefined, true]);
    held.answer();
    await until(() => observer.data.value !== undefined);
    observer.stop();
  });

  it('share the older of two requests when the newer one was given up', async () => {
    world.items.gate.close('get');
    const first = get(client, 'a', FOREVER);
    const older = await world.nextGet();
    const controller = new AbortController();
    const second = outcomeOf(get(client, 'a', { ...FOREVER, dedupe: false, signal: controller.signal }));
    await world.nextGet();
    controller.abort();
    await second;
    await barrier(client);
    expect(entriesOf()[0]).toMatchObject({ fetching: true });
    const third = get(client, 'a', FOREVER);
    older.answer();
    expect(await third).toBe(await first);
    expect(entriesOf()[0]).toMatchObject({ fetching: false });
    expect(world.gets).toBe(2);
  });
});
