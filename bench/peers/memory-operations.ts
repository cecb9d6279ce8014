import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenClient } from './adapter.ts';
import type { Figure } from './figure.ts';
import { openFilled } from './filled-client.ts';
import { heldBytes, keepAlive, settledBytes } from './heap.ts';
import { Network } from './network.ts';
import { argumentOf, ENTRIES, makeItem, methodOf } from './universe.ts';

const OBSERVED_ENTRIES = 1_000;
const OBSERVERS = 10_000;

/** Bytes of an entry with its key and its share of the client, without its value. */
export async function entryMemory<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  // What the code itself takes when it first runs is not the entries'.
  openFilled(open, 500).client.close();
  const items = Array.from({ length: ENTRIES }, (_, i) => makeItem(i));
  const before = await settledBytes();
  const client = open(new Network(undefined));
  for (const [i, item] of items.entries()) client.insert(client.key(methodOf(i), argumentOf(i)), item);
  // Whatever has been put off to a later turn.
  await sleep(5);
  const held = heldBytes() - before;
  keepAlive(items);
  client.close();
  return { value: held / ENTRIES };
}

/** Bytes of an observer, ten on each of 1,000 entries. */
export async function observerMemory<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const { client, handles } = openFilled(open, OBSERVED_ENTRIES);
  client.observe(handles[0] as H, () => undefined)();
  const stops: (() => void)[] = new Array(OBSERVERS);
  const before = await settledBytes();
  for (let i = 0; i < OBSERVERS; i++) stops[i] = client.observe(handles[i % OBSERVED_ENTRIES] as H, () => undefined);
  const held = heldBytes() - before;
  for (const stop of stops) stop();
  client.close();
  return { value: held / OBSERVERS };
}
