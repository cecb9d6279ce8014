import { http, subject, ws } from '../case.js';
import { Calculator } from '../contracts.js';
import { equal, holds, isRefused, started } from '../expect.js';

export const connection = subject(
  'connection',
  ws('ping measures a round trip', async ({ client, traffic }) => {
    const roundTripMs = await (await client.backend()).ping();
    holds(Number.isFinite(roundTripMs) && roundTripMs >= 0, `it took ${roundTripMs} ms`);
    equal(traffic.sent, 1, 'packets sent');
  }),
  ws('connect, then call, then let go', async ({ client, traffic }) => {
    const release = await (await client.backend()).connect();
    equal(traffic.sent, 0, 'packets sent by connecting');
    equal(await client.query(Calculator, 'add', [2, 3]), 5);
    release();
  }),
  ws('a client that is closed does not disturb another', async (site) => {
    const [one, other] = [site.open().client, site.open().client];
    await Promise.all([one, other].map((client) => client.query(Calculator, 'add', [1, 1])));
    one.close();
    equal(await other.query(Calculator, 'add', [2, 3]), 5);
  }),
  ws('answers come in any order', async ({ client }) => {
    const ended: string[] = [];
    const note = async (name: string, call: Promise<unknown>): Promise<void> => {
      await call;
      ended.push(name);
    };
    const slow = started(note('slow', client.query(Calculator, 'slow', [150])));
    await note('quick', client.query(Calculator, 'add', [2, 3]));
    await slow;
    equal(ended, ['quick', 'slow'], 'the order');
  }),
  http('ping and connect are refused', async ({ client }) => {
    const backend = await client.backend();
    await isRefused(backend.ping(), 'ws:');
    await isRefused(backend.connect(), 'ws:');
    equal(await client.query(Calculator, 'add', [2, 3]), 5);
  }),
);
