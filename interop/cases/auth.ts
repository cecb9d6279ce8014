import type { AuthResult } from '../../client/index.js';
import { both, http, subject, withAuth, ws } from '../case.js';
import { Admin } from '../contracts.js';
import { equal, failsWith, holds, isStatus, oneOf, settle } from '../expect.js';
import type { Site } from '../site.js';

const LOGIN = { username: 'ada', password: 'pw' };
const BAD_LOGIN = { username: 'ada', password: 'not this' };

async function authenticate({ client }: Site, credentials: Readonly<Record<string, unknown>>): Promise<AuthResult> {
  return (await client.backend()).authenticate(credentials);
}

async function signsIn(site: Site, credentials: Readonly<Record<string, unknown>>, user: string, role: string) {
  const { success, context } = await authenticate(site, credentials);
  equal([success, context?.userId, context?.roles], [true, user, [role]], 'success, user and roles');
}

async function isRefusedLogin(site: Site, credentials: Readonly<Record<string, unknown>>): Promise<void> {
  const { success, error, context } = await authenticate(site, credentials);
  equal([success, context], [false, undefined], 'success and context');
  holds(typeof error === 'string' && error !== '', 'the answer does not say why');
}

const NOBODY = { status: 401, reason: 'Authentication required' };

async function isNobody({ client }: Site): Promise<void> {
  const { reason } = await failsWith(client.mutate(Admin, 'me', []), 'remote', NOBODY.status);
  equal(reason, NOBODY.reason, 'the reason');
}

export const auth = subject(
  'auth',
  both('a bad login', async (site) => {
    const outcome = await settle(authenticate(site, BAD_LOGIN));
    return oneOf({
      'is an answer, no error': () => holds(outcome.ok && !(outcome.value as AuthResult).success, 'it is none'),
      '503, since the server knows no accounts': () => isStatus(outcome, 503),
    });
  }),
  withAuth([
    ...both('a login', (site) => signsIn(site, LOGIN, 'ada', 'admin')),
    ...both('t-admin', (site) => signsIn(site, { token: 't-admin' }, 'ada', 'admin')),
    ...both('t-user', (site) => signsIn(site, { token: 't-user' }, 'bob', 'user')),
    ...both('a wrong password is an answer', (site) => isRefusedLogin(site, BAD_LOGIN)),
    ...both('a wrong token is an answer', (site) => isRefusedLogin(site, { token: 't-nobody' })),
    ...http('a login does not outlive its request', async (site) => {
      await signsIn(site, LOGIN, 'ada', 'admin');
      await isNobody(site);
    }),
    ...ws('a login holds for its connection alone', async (site) => {
      await isNobody(site);
      await signsIn(site, LOGIN, 'ada', 'admin');
      equal(await site.client.query(Admin, 'secret', []), 'top-secret');
      const other = site.open().client;
      await failsWith(other.mutate(Admin, 'secret', []), 'remote', NOBODY.status);
    }),
    ...ws('a later login that fails changes nothing', async (site) => {
      await signsIn(site, { token: 't-admin' }, 'ada', 'admin');
      await isRefusedLogin(site, BAD_LOGIN);
      equal(await site.client.query(Admin, 'secret', []), 'top-secret');
    }),
    ...http('a wrong token is nobody', async (site) => {
      const { client } = site.open({ token: () => 't-nobody' });
      equal(await client.query(Admin, 'open', []), 'open');
      const { reason } = await failsWith(client.mutate(Admin, 'me', []), 'remote', NOBODY.status);
      equal(reason, NOBODY.reason, 'the reason');
    }),
    ...ws('a wrong token opens no connection', async (site) => {
      const refused = await failsWith(
        site.open({ token: () => 't-nobody' }).client.mutate(Admin, 'open', []),
        'network',
      );
      holds(refused.reason.includes('4001'), `the reason is "${refused.reason}", which does not name 4001`);
      equal(await site.client.query(Admin, 'open', []), 'open', 'without a token');
    }),
    ...ws('a token that was refused is asked for anew', async (site) => {
      const { client } = site.open({ token: (refresh) => (refresh ? 't-user' : 't-nobody') });
      // Whether this call waits for the second token or fails with the first is the client's affair.
      await settle(client.mutate(Admin, 'me', []));
      equal(await client.query(Admin, 'me', []), 'me');
    }),
    ...both('the token is asked for when it is needed', async (site) => {
      const asked: boolean[] = [];
      const token = async (refresh: boolean): Promise<string> => {
        asked.push(refresh);
        return 't-admin';
      };
      const { client } = site.open({ token });
      equal(asked, [], 'the questions before the first call');
      equal(await client.query(Admin, 'me', []), 'me');
      equal(asked, [false], 'the questions after it');
    }),
  ]),
);
