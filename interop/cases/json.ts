import { http, subject } from '../case.js';
import { Echo } from '../contracts.js';
import { equal, holds, isRefused } from '../expect.js';
import type { Site } from '../site.js';

const ISO = '2023-11-14T22:13:20.000Z';

/** What JSON makes of the values of `echo.make` (PROTOCOL §3.3). */
const MADE: Readonly<Record<string, unknown>> = {
  date: ISO,
  map: {},
  set: {},
  bigint: Number('12345678901234567890'),
  regexp: {},
  bytes: { type: 'Buffer', data: [0, 1, 2, 253, 254, 255] },
  uint8: { 0: 1, 1: 2, 2: 3 },
  undefined: undefined,
  null: null,
  nested: { d: ISO, m: {}, l: [null, null, true, -1, 1.5, 2 ** 40] },
  negDate: '1969-12-31T23:59:59.000Z',
  error: {},
  'a kind it does not know': 'a kind it does not know',
};

class NotPlain {
  readonly field = 1;
}

/** What JSON would drop or change on the way to the server. */
const LOST: Readonly<Record<string, unknown>> = {
  Date: new Date(0),
  Map: new Map([['a', 1]]),
  Set: new Set([1]),
  BigInt: 1n,
  RegExp: /a/,
  Uint8Array: Uint8Array.of(1),
  Error: new Error('mine'),
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'undefined in a list': undefined,
  'a function': () => 1,
  'an instance of a class': new NotPlain(),
};

async function refuses({ client, traffic }: Site, value: unknown): Promise<void> {
  await isRefused(client.mutate(Echo, 'echo', [{ list: [0, value] }]), 'args[0].list[1]');
  equal(traffic.sent, 0, 'requests sent for it');
  equal(await client.query(Echo, 'echo', [{ list: [0, 1] }]), { list: [0, 1] });
}

export const json = subject(
  'json',
  ...Object.entries(MADE).map(([kind, expected]) =>
    http(`${kind}, made`, async ({ client }) => equal(await client.query(Echo, 'make', [kind]), expected)),
  ),
  http('titanError, made', async ({ client }) => {
    const { code, details } = (await client.query(Echo, 'make', ['titanError'])) as Record<string, unknown>;
    equal({ code, details }, { code: 409, details: { a: 1 } });
  }),
  http('class, made', async ({ client }) => {
    const made = await client.query(Echo, 'make', ['class']);
    holds(typeof made === 'object' && made !== null && !Array.isArray(made), 'the result is no object');
  }),
  ...Object.entries(LOST).map(([title, value]) =>
    http(`${title} is refused with its path`, (site) => refuses(site, value)),
  ),
  http('a field that is undefined is not sent', async ({ client }) =>
    equal(await client.query(Echo, 'echo', [{ a: undefined, b: 1 }]), { b: 1 }),
  ),
  http('arguments at the end that are undefined are absent', async ({ client }) =>
    equal(await client.query('catalog@1.0.0', 'items', [undefined]), [{ sku: 'a' }, { sku: 'b', page: 1 }]),
  ),
  http('lossy sends them as JSON makes them', async (site) => {
    const { client } = site.open({ lossy: true });
    const sent = [new Date(1_700_000_000_000), new Map([['a', 1]]), undefined, Number.NaN];
    equal(await client.query(Echo, 'echo', [sent]), [ISO, {}, null, null]);
  }),
);
