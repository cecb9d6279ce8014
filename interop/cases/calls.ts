import { both, subject } from '../case.js';
import { Calculator, Echo } from '../contracts.js';
import { equal, failsWith, isCode, isStatus, oneOf, settle, started } from '../expect.js';
import type { Site } from '../site.js';

const HUNDRED = Array.from({ length: 100 }, (_item, i) => i);

/** Longer than any of these cases wants to wait. */
const TOO_LONG_MS = 3_000;
const MEGABYTE = 1_048_576;

async function stillAnswers({ client }: Site): Promise<void> {
  equal(await client.query(Calculator, 'add', [2, 3]), 5, 'a call afterwards');
}

/** Over HTTP the server is told of the deadline and keeps it too, so that either side may be the first to say so. */
async function timesOut(site: Site, call: Promise<string>): Promise<string> {
  const outcome = await settle(call);
  await stillAnswers(site);
  const byClient = { 'the client gave up': () => isCode(outcome, 'timeout') };
  const byServer = { 'the server gave up': () => isStatus(outcome, 408) };
  return oneOf(site.via === 'ws' ? byClient : { ...byClient, ...byServer });
}

export const calls = subject(
  'calls',
  both('a hundred equal queries at once are one request', async ({ client, traffic }) => {
    const results = await Promise.all(HUNDRED.map(() => client.query(Calculator, 'slow', [40])));
    equal(new Set(results), new Set(['done']), 'the results');
    equal(traffic.sent, 1, 'requests');
  }),
  both('a hundred different queries at once get each its own answer', async ({ client, traffic }) => {
    equal(
      await Promise.all(HUNDRED.map((i) => client.query(Calculator, 'add', [i, 1]))),
      HUNDRED.map((i) => i + 1),
    );
    equal(traffic.sent, 100, 'requests');
  }),
  both('equal mutations at once are as many requests', async ({ client, traffic }) => {
    await Promise.all([1, 2, 3].map(() => client.mutate(Calculator, 'add', [2, 3])));
    equal(traffic.sent, 3, 'requests');
  }),
  both('a query that is aborted fails at once', async (site) => {
    const gaveUp = new AbortController();
    const asked = started(site.client.query(Calculator, 'slow', [TOO_LONG_MS], { signal: gaveUp.signal }));
    await stillAnswers(site);
    gaveUp.abort();
    await failsWith(asked, 'aborted');
    await stillAnswers(site);
  }),
  both('a mutation that is aborted fails at once', async (site) => {
    const gaveUp = new AbortController();
    const asked = started(site.client.mutate(Calculator, 'slow', [TOO_LONG_MS], { signal: gaveUp.signal }));
    await stillAnswers(site);
    gaveUp.abort();
    await failsWith(asked, 'aborted');
    await stillAnswers(site);
  }),
  both('who aborts leaves the others their answer', async ({ client, traffic }) => {
    const gaveUp = new AbortController();
    const left = failsWith(client.query(Calculator, 'slow', [80], { signal: gaveUp.signal }), 'aborted');
    const stayed = started(client.query(Calculator, 'slow', [80]));
    gaveUp.abort();
    await left;
    equal(await stayed, 'done');
    equal(traffic.sent, 1, 'requests');
  }),
  both('a query over its deadline fails', (site) =>
    timesOut(site, site.client.query(Calculator, 'slow', [TOO_LONG_MS], { timeout: 60 })),
  ),
  both('a mutation over its deadline fails', (site) =>
    timesOut(site, site.client.mutate(Calculator, 'slow', [TOO_LONG_MS], { timeout: 60 })),
  ),
  both('a megabyte there and back', async ({ client }) => {
    const text = 'ü'.repeat(MEGABYTE / 2);
    equal((await client.query(Echo, 'echo', [text])) === text, true, 'whether it came back as it went');
  }),
);
