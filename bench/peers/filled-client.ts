import type { ClientAdapter, OpenClient } from './adapter.ts';
import { Network } from './network.ts';
import { argumentOf, ENTRIES, makeItem, methodOf } from './universe.ts';

export interface FilledClient<K, H> {
  readonly client: ClientAdapter<K, H>;
  readonly network: Network;
  readonly keys: readonly K[];
  readonly handles: readonly H[];
}

export function openFilled<K, H>(open: OpenClient<K, H>, entries = ENTRIES): FilledClient<K, H> {
  const network = new Network(makeItem(1));
  const client = open(network);
  const keys = Array.from({ length: entries }, (_, i) => client.key(methodOf(i), argumentOf(i)));
  for (const [i, key] of keys.entries()) client.insert(key, makeItem(i));
  return { client, network, keys, handles: keys.map((key) => client.hold(key)) };
}

/** Every tenth, in turn: more than fit the nearest caches of the processor. */
export function rotating<T>(values: readonly T[]): () => T {
  const hot = values.filter((_, i) => i % 10 === 0);
  let at = 0;
  return () => {
    at = at + 1 === hot.length ? 0 : at + 1;
    return hot[at] as T;
  };
}
