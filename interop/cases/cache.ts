import { both, http, subject, ws } from '../case.js';
import { Calculator, Catalog, Users } from '../contracts.js';
import { equal } from '../expect.js';
import { createUser } from '../new-user.js';

const ITEMS = [{ sku: 'a' }, { sku: 'b', page: 1 }];
const NOT_MODIFIED = 304;

export const cache = subject(
  'cache',
  both('a fresh result is not asked for again', async ({ client, traffic }) => {
    for (let i = 0; i < 3; i++) equal(await client.query(Calculator, 'add', [2, 3], { cache: 60_000 }), 5);
    equal(traffic.sent, 1, 'requests for three queries');
  }),
  both('without a policy every query asks', async ({ client, traffic }) => {
    for (let i = 0; i < 3; i++) equal(await client.query(Calculator, 'add', [2, 3]), 5);
    equal(traffic.sent, 3, 'requests for three queries');
  }),
  both('equal arguments are one entry, in any order of keys', async ({ client, traffic }) => {
    for (const terms of [
      { a: 2, b: 3 },
      { b: 3, a: 2 },
    ]) {
      equal(await client.query(Calculator, 'sum', [terms], { cache: 60_000 }), 5);
    }
    equal(traffic.sent, 1, 'requests');
  }),
  both('a mutation makes stale what its tag names', async (site) => {
    const { client, traffic } = site;
    const user = await createUser(site);
    const tag = site.unique('users');
    const read = () => client.query(Users, 'get', [user.id], { cache: { maxAge: 60_000, tags: [tag] } });
    equal([await read(), await read()], [user, user], 'before');
    const changed = await client.mutate(Users, 'update', [user.id, { name: 'Renamed' }], { invalidate: tag });
    equal([await read(), await read()], [changed, changed], 'after');
    equal(traffic.sent, 4, 'requests for two mutations and four queries');
  }),
  http('hints of the server make a result fresh', async ({ client, traffic }) => {
    for (let i = 0; i < 3; i++) equal(await client.query(Catalog, 'items', []), ITEMS);
    equal(traffic.sent, 1, 'requests for three queries');
  }),
  http('an app’s own word is over the hints', async ({ client, traffic }) => {
    for (let i = 0; i < 3; i++) equal(await client.query(Catalog, 'items', [], { cache: 0 }), ITEMS);
    equal(traffic.sent, 3, 'requests for three queries');
  }),
  http('a stale result is revalidated by its ETag', async ({ client, traffic }) => {
    equal(await client.query(Catalog, 'items', []), ITEMS, 'the first answer');
    client.invalidate({ method: 'catalog.items' });
    equal(await client.query(Catalog, 'items', []), ITEMS, 'after 304');
    equal(await client.query(Catalog, 'items', []), ITEMS, 'fresh again');
    equal(traffic.statuses, [200, NOT_MODIFIED], 'the statuses');
  }),
  http('another result has another ETag', async ({ client, traffic }) => {
    equal(await client.query(Catalog, 'items', []), ITEMS);
    equal(await client.query(Catalog, 'items', [{ page: 2 }]), [{ sku: 'a' }, { sku: 'b', page: 2 }]);
    equal(traffic.statuses, [200, 200], 'the statuses');
  }),
  ws('there are no hints', async ({ client, traffic }) => {
    for (let i = 0; i < 3; i++) equal(await client.query(Catalog, 'items', []), ITEMS);
    equal(traffic.sent, 3, 'requests for three queries');
  }),
);
