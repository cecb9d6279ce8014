import type { NetronClient } from '../../client/index.js';
import { both, http, subject, ws } from '../case.js';
import { Calculator, Streams } from '../contracts.js';
import { equal, fails, holds, isError, isRefused, isResult, oneOf, reasonOf, settle } from '../expect.js';
import { CANCEL_WITHIN_MS, POLL_MS } from '../limits.js';

const SERVICE = 'stream@1.0.0';
const BLEW_UP = { status: 500, reason: 'stream blew up' };

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_item, i) => i);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Whether one more `forever` has ended within a while. */
async function hasRisen(client: NetronClient, before: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < CANCEL_WITHIN_MS; waitedMs += POLL_MS) {
    if ((await client.query(Streams, 'foreverClosedCount', [])) > before) return true;
    await pause(POLL_MS);
  }
  return false;
}

/** Reads three chunks of `forever`, has it stopped, and says what the server made of that. */
async function stopForever(client: NetronClient, stop: 'break' | 'cancel' | 'abort'): Promise<string> {
  const before = await client.query(Streams, 'foreverClosedCount', []);
  const gaveUp = new AbortController();
  const stream = client.stream(Streams, 'forever', [5], { signal: gaveUp.signal });
  const items: number[] = [];
  for await (const item of stream) {
    if (items.push(item) < 3) continue;
    if (stop === 'break') break;
    if (stop === 'cancel') stream.cancel();
    else gaveUp.abort();
  }
  equal(items, [0, 1, 2], 'the chunks before the end');
  holds(stream.done, 'the stream is not done');
  const risen = await hasRisen(client, before);
  equal(await client.query(Calculator, 'add', [2, 3]), 5, 'a call over the same connection');
  equal(await collect(client.stream(Streams, 'count', [3])), [0, 1, 2], 'a stream over the same connection');
  return risen ? 'the generator ended' : 'the generator goes on, as at the reference (097)';
}

export const streams = subject(
  'streams',
  ws('count in order', async ({ client }) =>
    equal(await collect(client.stream(Streams, 'count', [1_000])), upTo(1_000)),
  ),
  ws('count with a delay', async ({ client }) =>
    equal(await collect(client.stream(Streams, 'count', [5, 10])), upTo(5)),
  ),
  ws('count of nothing', async ({ client }) => equal(await collect(client.stream(Streams, 'count', [0])), [])),
  ws('objects with dates', async ({ client }) => {
    const expected = upTo(3).map((i) => ({ i, at: new Date(1_700_000_000_000 + i) }));
    equal(await collect(client.stream(Streams, 'objects', [3])), expected);
  }),
  ws('several at once keep their chunks apart', async ({ client }) => {
    const counts = [5, 50, 0, 20].map((n) => collect(client.stream(Streams, 'count', [n, n % 3])));
    equal(await Promise.all(counts), [5, 50, 0, 20].map(upTo));
  }),
  ws('failing fails where it is read', async ({ client }) => {
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of client.stream(Streams, 'failing', [3])) items.push(item);
    })();
    await fails(reading, BLEW_UP);
    equal(items, upTo(items.length), 'the chunks before the failure');
    holds(items.length <= 3, `${items.length} chunks came, at most 3 were sent`);
    return items.length === 3 ? 'all chunks, then the error' : `${items.length} of 3 chunks, as at the reference (096)`;
  }),
  ws('forever ends with the loop', ({ client }) => stopForever(client, 'break')),
  ws('forever ends with cancel()', ({ client }) => stopForever(client, 'cancel')),
  ws('forever ends with its signal', ({ client }) => stopForever(client, 'abort')),
  ws('an unknown method fails where it is read', async ({ client }) => {
    const resource = "Method 'stream@1.0.0.nope'";
    const details = { resource, id: undefined };
    const expected = { status: 404, reason: `${resource} not found`, details };
    await fails(collect(client.stream(SERVICE, 'nope', [])), expected);
  }),
  ws('a method without a stream is refused as one, and the other way round', async ({ client }) => {
    await isRefused(collect(client.stream(Calculator as never, 'add' as never, [1, 2] as never)), 'stream');
    await isRefused(client.mutate(SERVICE, 'count', [3]), 'stream');
    equal(await collect(client.stream(Streams, 'count', [3])), [0, 1, 2]);
  }),
  http('count is one list', async ({ client }) => equal(await client.query(SERVICE, 'count', [4]), upTo(4))),
  http('objects are one list, dates as texts', async ({ client }) => {
    const expected = upTo(2).map((i) => ({ i, at: new Date(1_700_000_000_000 + i).toISOString() }));
    equal(await client.query(SERVICE, 'objects', [2]), expected);
  }),
  http('failing', async ({ client }) => {
    const outcome = await settle(client.mutate(SERVICE, 'failing', [3]));
    return oneOf({
      'fails with 500': () => isError(outcome, BLEW_UP),
      'a part of the list, as at the reference (025)': () => isResult(outcome, [0, 1, 2]),
    });
  }),
  http('client.stream is refused', async ({ client }) => {
    await isRefused(collect(client.stream(Streams, 'count', [3])), 'HTTP');
    equal(await client.query(SERVICE, 'count', [3]), upTo(3));
  }),
  both('foreverClosedCount is a count', async ({ client }) => {
    const count = await client.query(Streams, 'foreverClosedCount', []);
    holds(Number.isInteger(count) && count >= 0, `it is ${reasonOf(count)}`);
  }),
);
