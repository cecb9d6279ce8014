import { beforeEach, describe, expect, it } from 'vitest';
import { FOREVER, get, HttpItems, Items, refOf, World } from './cache/test-world.js';
import { layer } from './index.js';
import type { NetronClient } from './netron-client.js';
import { untilTimers } from './pipeline/test-answers.js';
import type { Item } from './testing/test-item-service.js';
import { observe } from './testing/test-observer.js';
import { outcomeOf, until } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const next = (method: string) => world.items.gate.next(method);

describe('a call of a chain that says nothing about its method', () => {
  it('is answered with its own result, in whatever order the answers come', async () => {
    const items = client.service(Items);
    world.items.gate.close('add');
    const first = items.add('a', 1);
    const one = (await next('add')).apply();
    const second = items.add('a', 1);
    (await next('add')).answer();
    expect(await second).toMatchObject({ count: 2 });
    one.answer();
    expect(await first).toMatchObject({ count: 1 });
  });

  it('is answered with what the server said, without the layers that are pending', async () => {
    await get(client, 'a', FOREVER);
    world.items.gate.close('patch');
    const mutation = client.mutate(Items, 'patch', ['a', { count: 9 }], {
      optimistic: layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: 9 })),
    });
    const held = await next('patch');
    expect(await client.service(Items).get('a')).toMatchObject({ count: 0 });
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 9 });
    held.answer();
    await mutation;
  });

  it('fails where it fails, whatever an earlier one has left in a cache that mends failures', async () => {
    client = world.client({ defaults: { cache: { cacheOnError: true } } });
    const items = client.service(Items);
    await items.add('a', 1);
    world.items.gate.close('add');
    const refused = outcomeOf(items.add('a', 1));
    (await next('add')).fail(new Error('no'));
    expect(await refused).toMatchObject({ error: { code: 'remote' } });
    const late = outcomeOf(items.timeout(100).add('a', 1));
    await next('add');
    world.runtime.advance(100);
    expect(await late).toMatchObject({ error: { code: 'timeout' } });
  });

  it('leaves those who observe the same their retries', async () => {
    client = world.client({ backend: { retry: { attempts: 1, initialDelay: 50, jitter: false } } });
    const observer = observe(client, client.entry(HttpItems, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    await client.service(HttpItems).get('a');
    world.items.gate.close('get');
    world.items.set('a', { count: 1 });
    client.invalidate(HttpItems);
    (await world.nextGet()).fail(new Error('no'));
    await untilTimers(world.runtime, 2);
    world.runtime.advance(50);
    (await world.nextGet()).answer();
    await until(() => observer.data.value?.count === 1);
    expect(observer.error.value).toBeUndefined();
    observer.stop();
  });
});
