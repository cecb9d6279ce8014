import { both, http, subject, ws } from '../case.js';
import { equal, fails, holds, isError, isResult, oneOf, settle } from '../expect.js';
import type { Site } from '../site.js';

const BOTH_ITEMS = [{ sku: 'a' }, { sku: 'b', page: 1 }];

async function add({ client }: Site, service: string, expected: unknown): Promise<void> {
  equal(await client.query(service, 'add', [2, 3]), expected);
}

export const versions = subject(
  'versions',
  both('calculator@1.0.0', (site) => add(site, 'calculator@1.0.0', 5)),
  both('calculator@2.0.0', (site) => add(site, 'calculator@2.0.0', { v: 2, sum: 5 })),
  both('calculator@10.0.0', (site) => add(site, 'calculator@10.0.0', { v: 10, sum: 5 })),
  http('a bare name is the version registered last', (site) => add(site, 'calculator', { v: 2, sum: 5 })),
  ws('a bare name is the highest version', (site) => add(site, 'calculator', { v: 10, sum: 5 })),
  ws('a bare name is resolved once per connection', async ({ client, traffic }) => {
    for (const a of [1, 2, 3]) equal(await client.query('calculator', 'add', [a, 0]), { v: 10, sum: a });
    equal(traffic.sent, 4, 'packets sent for three calls and one definition');
  }),
  both('a bare name where there is one version', async ({ client }) => {
    const users = await client.query('users', 'list', []);
    holds(Array.isArray(users), 'the result is no list');
  }),
  http('a bare name of a service with a contract', async ({ client }) =>
    equal(await client.query('catalog', 'items', []), BOTH_ITEMS),
  ),
  ws('a bare name of a service with a contract', async ({ client }) => {
    const outcome = await settle(client.query('catalog', 'items', []));
    return oneOf({
      'has a definition': () => isResult(outcome, BOTH_ITEMS),
      'has no definition, as at the reference (045)': () =>
        isError(outcome, { status: 500, reason: 'Not supported: object' }),
    });
  }),
  http('an unknown bare name is not found', async ({ client }) =>
    fails(client.mutate('nope', 'x', []), { status: 404, reason: 'Service nope not found' }),
  ),
  ws('an unknown bare name is not found', async ({ client }) => {
    const resource = "Service 'nope'";
    const details = { resource, id: undefined };
    await fails(client.mutate('nope', 'x', []), { status: 404, reason: `${resource} not found`, details });
  }),
  http('a range is no version', async ({ client }) => {
    const reason = 'Service calculator@^1.0.0 not found';
    await fails(client.mutate('calculator@^1.0.0', 'add', [1, 2]), { status: 404, reason });
  }),
  ws('a range is no version', async ({ client }) => {
    const resource = "Service 'calculator@^1.0.0'";
    const details = { resource, id: undefined };
    const asked = client.mutate('calculator@^1.0.0', 'add', [1, 2]);
    await fails(asked, { status: 404, reason: `${resource} not found`, details });
  }),
);
