import { http, subject, ws } from '../case.js';
import { Calculator, Streams } from '../contracts.js';
import { equal, holds, isRefused, settle } from '../expect.js';

async function* items<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

async function* failing(): AsyncGenerator<number> {
  yield 1;
  throw new Error('the source failed');
}

export const uploads = subject(
  'uploads',
  ws('consume collects in order', async ({ client }) => {
    const sent = Array.from({ length: 500 }, (_item, v) => ({ v }));
    equal(await client.mutate(Streams, 'consume', [items(sent)]), sent);
  }),
  ws('rich items', async ({ client }) => {
    const sent = [new Date(0), new Map([['a', 1n]]), Uint8Array.of(1), 'text', { a: [undefined] }];
    equal(await client.mutate(Streams, 'consume', [items(sent)]), sent);
  }),
  ws('nothing', async ({ client }) => equal(await client.mutate(Streams, 'consume', [items([])]), [])),
  ws('two at once keep their items apart', async ({ client }) => {
    const lists = [
      [1, 2, 3],
      ['a', 'b'],
    ];
    equal(await Promise.all(lists.map((list) => client.mutate(Streams, 'consume', [items<unknown>(list)]))), lists);
  }),
  ws('a source that fails fails the call', async ({ client }) => {
    const outcome = await settle(client.mutate(Streams, 'consume', [failing()]));
    holds(!outcome.ok, 'the call succeeded');
    equal(await client.query(Calculator, 'add', [2, 3]), 5, 'a call over the same connection');
    equal(await client.mutate(Streams, 'consume', [items([1])]), [1], 'an upload over the same connection');
  }),
  http('are refused with their path', async ({ client }) => {
    await isRefused(client.mutate(Streams, 'consume', [items([1])]), 'args[0]');
    equal(await client.query(Calculator, 'add', [2, 3]), 5);
  }),
);
