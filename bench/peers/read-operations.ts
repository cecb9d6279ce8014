import assert from 'node:assert/strict';
import type { OpenClient } from './adapter.ts';
import type { Figure } from './figure.ts';
import { openFilled, rotating } from './filled-client.ts';
import { timeAwaited, timeCalls } from './stopwatch.ts';
import { argumentOf, makeItem, methodOf } from './universe.ts';

/** A prime below the number of entries, so that methods and arguments both change with every read. */
const READ_ENTRIES = 9_973;

/** A cached value, synchronously, by what a component holds. */
export async function readStable<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client, handles } = openFilled(open);
  assert.deepEqual(client.peek(handles[234] as H), makeItem(234));
  const next = rotating(handles);
  const value = await timeCalls(() => client.peek(next()));
  client.close();
  return { value };
}

/** The same with a key that is built per call, as a render does. */
export async function readNewKey<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client } = openFilled(open);
  for (const i of [0, 4_321, READ_ENTRIES]) assert.deepEqual(client.read(methodOf(i), argumentOf(i)), makeItem(i));
  let i = 0;
  const value = await timeCalls(() => {
    i = i + 1 === READ_ENTRIES ? 0 : i + 1;
    return client.read(methodOf(i), argumentOf(i));
  });
  client.close();
  return { value };
}

/** An awaited query that is fresh. */
export async function fetchHit<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client, network, keys } = openFilled(open);
  assert.deepEqual(await client.fetch(keys[234] as K), makeItem(234));
  const next = rotating(keys);
  const value = await timeAwaited(() => client.fetch(next()));
  assert.equal(network.calls, 0, 'a fresh entry was fetched');
  client.close();
  return { value };
}

/** To observe a fresh entry, and to stop. */
export async function observe<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client, network, handles } = openFilled(open);
  let delivered = 0;
  const onChange = (): void => {
    delivered++;
  };
  const stop = client.observe(handles[230] as H, onChange);
  client.write(handles[230] as H, makeItem(230, 1));
  assert.equal(delivered, 1);
  stop();
  client.write(handles[230] as H, makeItem(230, 2));
  assert.equal(delivered, 1, 'delivered to an observer that had left');
  const next = rotating(handles);
  const value = await timeCalls(() => client.observe(next(), onChange)());
  client.write(handles[230] as H, makeItem(230, 3));
  assert.equal(delivered, 1, 'delivered to an observer that had left');
  assert.equal(network.calls, 0, 'a fresh entry was fetched');
  client.close();
  return { value };
}
