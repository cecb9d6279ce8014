import { both, subject, withAuth } from '../case.js';
import { Admin } from '../contracts.js';
import { equal, fails, failsWith, isResult, isStatus, oneOf, settle } from '../expect.js';
import type { Site } from '../site.js';

const SECRET = { service: 'admin@1.0.0', method: 'secret' };
const NEEDS_ROLE = { status: 403, reason: 'Missing required role', details: { ...SECRET, missingRoles: ['admin'] } };

/** Over HTTP in the header of each call, over WebSocket in the URL of the connection. */
function as(site: Site, token: string) {
  return site.open({ token: () => token }).client;
}

export const admin = subject(
  'admin',
  both('open is open', async ({ client }) => equal(await client.query(Admin, 'open', []), 'open')),
  both('secret, asked by nobody', async ({ client }) => {
    const outcome = await settle(client.mutate(Admin, 'secret', []));
    return oneOf({
      'refused with 401': () => isStatus(outcome, 401),
      'open, since the server knows no accounts': () => isResult(outcome, 'top-secret'),
    });
  }),
  withAuth([
    ...both('nobody is refused what needs a login', async ({ client }) => {
      for (const method of ['me', 'secret'] as const) {
        const { reason } = await failsWith(client.mutate(Admin, method, []), 'remote', 401);
        equal(reason, 'Authentication required', `the reason for ${method}`);
      }
    }),
    ...both('t-user is somebody, and no admin', async (site) => {
      const client = as(site, 't-user');
      equal(await client.query(Admin, 'me', []), 'me');
      await fails(client.mutate(Admin, 'secret', []), NEEDS_ROLE);
      equal(await client.query(Admin, 'open', []), 'open');
    }),
    ...both('t-admin may do everything', async (site) => {
      const client = as(site, 't-admin');
      const answers = await Promise.all((['me', 'secret', 'open'] as const).map((m) => client.query(Admin, m, [])));
      equal(answers, ['me', 'top-secret', 'open']);
    }),
  ]),
);
