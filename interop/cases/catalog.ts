import { both, http, subject, ws } from '../case.js';
import { Catalog } from '../contracts.js';
import { equal, fails, isError, isResult, oneOf, settle } from '../expect.js';

const INVALID = {
  status: 400,
  reason: 'Input validation failed',
  details: { message: 'Request data does not match expected format' },
};
const INPUT = { email: 'ada@x.io', limit: 3 };

export const catalog = subject(
  'catalog',
  both('items of the first page', async ({ client }) =>
    equal(await client.query(Catalog, 'items', []), [{ sku: 'a' }, { sku: 'b', page: 1 }]),
  ),
  both('items of another page', async ({ client }) =>
    equal(await client.query(Catalog, 'items', [{ page: 2 }]), [{ sku: 'a' }, { sku: 'b', page: 2 }]),
  ),
  both('validated lets through what is valid', async ({ client }) =>
    equal(await client.query(Catalog, 'validated', [INPUT]), INPUT),
  ),
  http('validated refuses what is not', ({ client }) =>
    fails(client.mutate(Catalog, 'validated', [{ email: 'no address' }]), INVALID),
  ),
  http('items refuses page 0', ({ client }) => fails(client.mutate(Catalog, 'items', [{ page: 0 }]), INVALID)),
  ws('validated refuses what is not', async ({ client }) => {
    const input = { email: 'no address', limit: 3 };
    const outcome = await settle(client.mutate(Catalog, 'validated', [input]));
    return oneOf({
      'as over HTTP': () => isError(outcome, INVALID),
      'contracts are not checked here, as at the reference (046)': () => isResult(outcome, input),
    });
  }),
);
