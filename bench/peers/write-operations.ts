import assert from 'node:assert/strict';
import type { OpenClient } from './adapter.ts';
import type { Figure } from './figure.ts';
import { type FilledClient, openFilled } from './filled-client.ts';
import { Network } from './network.ts';
import { timeCalls, timeRepeated } from './stopwatch.ts';
import { argumentOf, METHODS, makeItem, makeRows, methodOf, type Row } from './universe.ts';

/** A write with its delivery to so many observers of one entry. */
export async function notify<K, H>(open: OpenClient<K, H>, observers: number): Promise<Figure> {
  const { client, handles } = openFilled(open, METHODS);
  const handle = handles[3] as H;
  let delivered = 0;
  const stops = Array.from({ length: observers }, () => client.observe(handle, () => void delivered++));
  let writes = 0;
  const write = (): void => client.write(handle, makeItem(3, ++writes));
  write();
  assert.equal(delivered, observers, 'delivered before the write returned');
  const value = await timeCalls(write);
  assert.equal(delivered, observers * writes, 'one delivery per write and observer');
  assert.deepEqual(client.peek(handle), makeItem(3, writes));
  for (const stop of stops) stop();
  client.close();
  return { value };
}

/** 100 of 10,000 entries, all of one method, none of them observed: marked stale, and no more. */
export async function invalidate<K, H>(open: OpenClient<K, H>, by: 'method' | 'predicate'): Promise<Figure> {
  const filled = openFilled(open);
  const { client, network, handles } = filled;
  const mark = (method: number): void =>
    by === 'method' ? client.invalidateMethod(method) : client.invalidateWhere(method);
  mark(7);
  assert.deepEqual(await staleMethods(filled, [6, 7, 8]), [7]);
  const ns = await timeRepeated({
    repetitions: 9,
    setUp() {
      for (const [i, handle] of handles.entries()) client.write(handle, makeItem(i));
      network.calls = 0;
    },
    run() {
      for (let method = 0; method < METHODS; method++) mark(method);
    },
    async check() {
      assert.equal(network.calls, 0, 'fetched what nobody observes');
      assert.deepEqual(await staleMethods(filled, [0, 50, METHODS - 1]), [0, 50, METHODS - 1]);
    },
  });
  client.close();
  return { value: ns / METHODS };
}

/** Those of which an entry has to be asked for anew. */
async function staleMethods<K, H>(filled: FilledClient<K, H>, methods: readonly number[]): Promise<number[]> {
  const { client, network } = filled;
  const stale: number[] = [];
  for (const method of methods) {
    const before = network.calls;
    await client.fetch(client.key(method, 42));
    if (network.calls > before) stale.push(method);
  }
  return stale;
}

/** A list of 1,000 rows with one observer: one row is edited and rolled back. */
export async function optimistic<K, H>(open: OpenClient<K, H>): Promise<Figure> {
  const client = open(new Network(undefined));
  const key = client.key(methodOf(0), argumentOf(0));
  client.insert(key, makeRows());
  const handle = client.hold(key);
  let delivered = 0;
  const stop = client.observe(handle, () => void delivered++);
  const titleOf = (row: number): string | undefined => (client.peek(handle) as readonly Row[])[row]?.title;
  const rollback = client.retitle(handle, 37, 'edited');
  assert.equal(titleOf(37), 'edited');
  assert.equal(titleOf(38), 'todo 38');
  rollback();
  assert.deepEqual(client.peek(handle), makeRows());
  assert.equal(delivered, 2, 'one delivery per change');
  let edits = 0;
  const value = await timeCalls(() => client.retitle(handle, (++edits * 37) % 1_000, `edit ${edits}`)());
  assert.equal(delivered, 2 + 2 * edits, 'one delivery per change');
  assert.deepEqual(client.peek(handle), makeRows());
  stop();
  client.close();
  return { value };
}
