import type { NetronClient } from '../../client/index.js';
import { http, subject, withAuth } from '../case.js';
import { Admin, Calculator, Echo } from '../contracts.js';
import { equal, fails, isError, isRefused, isResult, oneOf, settle, started } from '../expect.js';

function add(client: NetronClient, a: number): Promise<number> {
  return client.query(Calculator, 'add', [a, 1]);
}

export const batch = subject(
  'batch',
  http('calls of one moment are one request', async (site) => {
    const { client, traffic } = site.open({ batch: true });
    equal(await Promise.all([1, 2, 3, 4, 5].map((a) => add(client, a))), [2, 3, 4, 5, 6]);
    equal(traffic.sent, 1, 'requests');
  }),
  http('each call has its own end', async (site) => {
    const { client, traffic } = site.open({ batch: true });
    await Promise.all([
      add(client, 1).then((sum) => equal(sum, 2)),
      client.query(Calculator, 'noResult', []).then((nothing) => equal(nothing, undefined)),
      fails(client.mutate(Calculator, 'divide', [1, 0]), { status: 500, reason: 'Division by zero' }),
      fails(client.mutate('nope', 'x', []), { status: 404, reason: 'Method not found: nope.x' }),
      // Items of a batch tell neither details nor business codes (PROTOCOL §3.6).
      fails(client.mutate(Echo, 'fail', ['titan']), { status: 409, reason: 'conflict!' }),
      fails(client.mutate(Echo, 'fail', ['business']), { status: 401, reason: 'Session expired' }),
      fails(client.mutate(Echo, 'fail', ['custom600']), { status: 600, reason: 'multi' }),
      fails(client.mutate(Echo, 'fail', ['string']), { status: 601, reason: 'just a string' }),
    ]);
    equal(traffic.sent, 1, 'requests');
  }),
  http('more than maxBatchSize are several requests', async (site) => {
    const { client, traffic } = site.open({ batch: { maxBatchSize: 2 } });
    equal(await Promise.all([1, 2, 3, 4, 5].map((a) => add(client, a))), [2, 3, 4, 5, 6]);
    equal(traffic.sent, 3, 'requests');
  }),
  http('what cannot be sent fails alone', async (site) => {
    const { client, traffic } = site.open({ batch: true });
    const refused = started(isRefused(client.mutate(Echo, 'echo', [new Date(0)]), 'args[0]'));
    equal(await Promise.all([add(client, 1), add(client, 2)]), [2, 3]);
    await refused;
    equal(traffic.sent, 1, 'requests');
  }),
  withAuth(
    http('a protected method, asked by nobody', async (site) => {
      const { client } = site.open({ batch: true });
      const outcome = await settle(client.mutate(Admin, 'secret', []));
      return oneOf({
        'refused with 401': () => isError(outcome, { status: 401, reason: 'Authentication required' }),
        'not protected in a batch, as at the reference': () => isResult(outcome, 'top-secret'),
      });
    }),
  ),
);
