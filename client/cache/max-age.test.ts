import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import { outcomeOf } from '../testing/test-watch.js';
import { FOREVER, get, Items, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

describe('maxAge', () => {
  it('answers from the cache until it is over', async () => {
    await get(client, 'a', { cache: 100 });
    world.runtime.nowMs += 99;
    await get(client, 'a', { cache: 100 });
    expect(world.gets).toBe(1);
    world.runtime.nowMs += 1;
    await get(client, 'a', { cache: 100 });
    expect(world.gets).toBe(2);
  });

  it('is counted from the answer, not from the request', async () => {
    world.items.gate.close('get');
    const slow = get(client, 'a', { cache: 100 });
    const held = await world.nextGet();
    world.runtime.nowMs += 500;
    held.answer();
    await slow;
    world.runtime.nowMs += 99;
    await get(client, 'a', { cache: 100 });
    expect(world.gets).toBe(1);
  });

  it('is 0 by default: every query asks', async () => {
    await get(client, 'a');
    await get(client, 'a');
    expect(world.gets).toBe(2);
  });

  it('may be set for the backend', async () => {
    const own = world.client({ backend: { cache: 100 } });
    await own.query(Items, 'get', ['a']);
    await own.query(Items, 'get', ['a']);
    expect(world.gets).toBe(1);
  });

  it('keeps a result of undefined as well', async () => {
    await client.query(Items, 'nothing', [], FOREVER);
    expect(await client.query(Items, 'nothing', [], FOREVER)).toBeUndefined();
    expect(world.items.gate.count('nothing')).toBe(1);
  });

  it('is not shortened by a reader that joins without one', async () => {
    world.items.gate.close('get');
    const [first, second] = [get(client, 'a', FOREVER), get(client, 'a')];
    (await world.nextGet()).answer();
    await Promise.all([first, second]);
    world.items.gate.closed.clear();
    await get(client, 'a');
    expect(world.gets).toBe(1);
  });

  it.each([-1, Number.NaN, '5' as unknown as number])('is refused when it is no duration: %s', async (cache) => {
    for (const [option, options] of [
      ['cache', { cache }],
      ['cache.maxAge', { cache: { maxAge: cache } }],
    ] as const) {
      await expect(client.query(Items, 'get', ['a'], options)).rejects.toMatchObject({
        code: 'invalid-argument',
        backend: 'main',
        service: 'item@1.0.0',
        method: 'get',
        reason: expect.stringContaining(`option ${option} is`),
      });
    }
    expect(await get(client, 'a')).toMatchObject({ count: 0 });
  });

  it('does not keep a failure', async () => {
    world.items.gate.close('get');
    const failed = outcomeOf(get(client, 'a', FOREVER));
    (await world.nextGet()).fail(new Error('no'));
    await failed;
    world.items.gate.closed.clear();
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 0 });
  });
});
