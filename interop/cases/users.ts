import { both, subject } from '../case.js';
import { Users } from '../contracts.js';
import { equal, fails, holds } from '../expect.js';
import { createUser } from '../new-user.js';
import type { Site } from '../site.js';

const DETAILS = { why: 'interop', errorCode: 'INTEROP' };
const FAILURE = { code: 503, message: 'flaky', details: DETAILS };
const FAILED = { status: 503, reason: 'flaky', businessCode: 'INTEROP', details: DETAILS };

/** Whatever becomes of the case, the next one finds a server that works. */
function endFailureAfterwards(site: Site): void {
  site.onEnd(() => site.open().client.mutate(Users, 'setFailure', [null]));
}

export const users = subject(
  'users',
  both('list begins with u1 and u2', async ({ client }) => {
    const found = await client.query(Users, 'list', []);
    equal(
      found.slice(0, 2).map(({ id }) => id),
      ['u1', 'u2'],
      'the first ids',
    );
    for (const { version } of found) holds(Number.isInteger(version) && version >= 1, `a version is ${version}`);
  }),
  both('create, get and list agree', async (site) => {
    const user = await createUser(site);
    equal(await site.client.query(Users, 'get', [user.id]), user);
    const listed = (await site.client.query(Users, 'list', [])).filter(({ id }) => id === user.id);
    equal(listed, [user], 'the user in the list');
  }),
  both('get of an unknown id is not found', async ({ client }) => {
    const details = { resource: 'User', id: 'u0' };
    await fails(client.mutate(Users, 'get', ['u0']), { status: 404, reason: 'User with id u0 not found', details });
  }),
  both('update merges and counts versions', async (site) => {
    const user = await createUser(site);
    const renamed = await site.client.mutate(Users, 'update', [user.id, { name: 'Renamed' }]);
    equal(renamed, { ...user, name: 'Renamed', version: 2 });
    const moved = await site.client.mutate(Users, 'update', [user.id, { email: 'x@y.example', version: 2 }]);
    equal(moved, { ...user, name: 'Renamed', email: 'x@y.example', version: 3 });
    equal(await site.client.query(Users, 'get', [user.id]), moved);
  }),
  both('update from another version is a conflict', async (site) => {
    const user = await createUser(site);
    const details = { current: 1, errorCode: 'VERSION_CONFLICT' };
    const conflict = { status: 409, reason: 'Version conflict', businessCode: 'VERSION_CONFLICT', details };
    await fails(site.client.mutate(Users, 'update', [user.id, { name: 'Late', version: 7 }]), conflict);
    equal(await site.client.query(Users, 'get', [user.id]), user);
  }),
  both('update of an unknown id is not found', async ({ client }) => {
    const details = { resource: 'User', id: 'u0' };
    const asked = client.mutate(Users, 'update', ['u0', { name: 'Nobody' }]);
    await fails(asked, { status: 404, reason: 'User with id u0 not found', details });
  }),
  both('setFailure fails as many calls as it says', async (site) => {
    const { client } = site;
    const user = await createUser(site);
    endFailureAfterwards(site);
    equal(await client.mutate(Users, 'setFailure', [{ remaining: 4, ...FAILURE }]), true);
    await fails(client.mutate(Users, 'list', []), FAILED);
    await fails(client.mutate(Users, 'get', [user.id]), FAILED);
    await fails(client.mutate(Users, 'create', [{ name: 'No', email: 'no@interop.example' }]), FAILED);
    await fails(client.mutate(Users, 'update', [user.id, { name: 'No' }]), FAILED);
    equal(await client.query(Users, 'get', [user.id]), user);
  }),
  both('setFailure with null ends it', async (site) => {
    const { client } = site;
    const user = await createUser(site);
    endFailureAfterwards(site);
    await client.mutate(Users, 'setFailure', [{ remaining: 1_000, ...FAILURE }]);
    await fails(client.mutate(Users, 'get', [user.id]), FAILED);
    equal(await client.mutate(Users, 'setFailure', [null]), true);
    equal(await client.query(Users, 'get', [user.id]), user);
  }),
);
