import { beforeEach, describe, expect, it } from 'vitest';
import type { NetronClient } from '../netron-client.js';
import { observe } from '../testing/test-observer.js';
import { until } from '../testing/test-watch.js';
import { barrier, FOREVER, Items, refOf, World } from './test-world.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

describe('back in its partition, an observer without data is answered', () => {
  it('whose request was given up before it was sent', async () => {
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    client.setPartition('bob');
    await barrier(client);
    client.setPartition('');
    await until(() => observer.data.value !== undefined);
    expect([observer.loading.value, observer.fetching.value]).toEqual([false, false]);
    observer.stop();
  });

  it('whose request was given up by clear()', async () => {
    world.items.gate.close('get');
    const observer = observe(client, refOf(client, 'a'), FOREVER);
    await world.nextGet();
    world.items.gate.closed.clear();
    client.setPartition('bob');
    client.clear();
    await barrier(client);
    client.setPartition('');
    await until(() => observer.data.value !== undefined);
    observer.stop();
  });

  it('that began while another was there', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    client.setPartition('bob');
    const observer = observe(client, ref, FOREVER);
    await barrier(client);
    expect(world.gets).toBe(0);
    client.setPartition('');
    await until(() => observer.data.value !== undefined);
    observer.stop();
  });
});
