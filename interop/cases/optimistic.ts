import { type EntryRef, layer, type NetronClient } from '../../client/index.js';
import { both, subject } from '../case.js';
import { type User, Users } from '../contracts.js';
import { equal, fails, started } from '../expect.js';
import { createUser } from '../new-user.js';
import type { Site } from '../site.js';

type Patch = Partial<Omit<User, 'id'>>;

/** A user of its own in the cache, and what readers see of it. */
async function cachedUser(site: Site, tag?: string) {
  const { client } = site;
  const user = await createUser(site);
  const tags = tag === undefined ? [] : [tag];
  equal(await client.query(Users, 'get', [user.id], { cache: { maxAge: 60_000, tags } }), user, 'the user');
  return { user, entry: client.entry(Users, 'get', [user.id]) };
}

function update(client: NetronClient, entry: EntryRef<User>, id: string, patch: Patch, invalidate?: string) {
  const optimistic = layer(
    entry,
    (user, _id: string, change: Patch): User => ({ ...user, ...change }),
    (_user, result: User): User => result,
  );
  const options = invalidate === undefined ? { optimistic } : { optimistic, invalidate };
  return started(client.mutate(Users, 'update', [id, patch], options));
}

function conflictAt(current: number) {
  const details = { current, errorCode: 'VERSION_CONFLICT' };
  return { status: 409, reason: 'Version conflict', businessCode: 'VERSION_CONFLICT', details };
}

export const optimistic = subject(
  'optimistic',
  both('an update shows before its answer, and stays after it', async (site) => {
    const { client } = site;
    const { user, entry } = await cachedUser(site);
    const updating = update(client, entry, user.id, { name: 'Soon', version: 1 });
    equal(client.peek(entry), { ...user, name: 'Soon' }, 'before the answer');
    const changed = await updating;
    equal(changed, { ...user, name: 'Soon', version: 2 }, 'the answer');
    equal(client.peek(entry), changed, 'after the answer');
  }),
  both('VERSION_CONFLICT takes it back', async (site) => {
    const { client } = site;
    const { user, entry } = await cachedUser(site);
    const refused = update(client, entry, user.id, { name: 'Never', version: 7 });
    equal(client.peek(entry)?.name, 'Never', 'the name before the answer');
    await fails(refused, conflictAt(1));
    equal(client.peek(entry), user, 'after the answer');
    equal(await site.open().client.query(Users, 'get', [user.id]), user, 'what the server holds');
  }),
  both('a conflict with somebody else’s change, then again from theirs', async (site) => {
    const { client } = site;
    const { user, entry } = await cachedUser(site, 'user');
    const theirs = await site.open().client.mutate(Users, 'update', [user.id, { name: 'Theirs' }]);
    await fails(update(client, entry, user.id, { email: 'mine@x.example', version: 1 }), conflictAt(2));
    equal(client.peek(entry), user, 'after the conflict');
    client.invalidate('user');
    equal(await client.query(Users, 'get', [user.id]), theirs, 'asked again');
    const mine = await update(client, entry, user.id, { email: 'mine@x.example', version: 2 });
    equal(mine, { ...theirs, email: 'mine@x.example', version: 3 });
    equal(client.peek(entry), mine, 'after the second attempt');
  }),
  both('one of two in flight fails, the other stays', async (site) => {
    const { client } = site;
    const { user, entry } = await cachedUser(site);
    const refused = update(client, entry, user.id, { name: 'Never', version: 7 });
    const confirmed = update(client, entry, user.id, { email: 'new@x.example' });
    equal(client.peek(entry), { ...user, name: 'Never', version: 7, email: 'new@x.example' }, 'before the answers');
    await fails(refused, conflictAt(1));
    const changed = await confirmed;
    equal(changed, { ...user, email: 'new@x.example', version: 2 }, 'the answer');
    equal(client.peek(entry), changed, 'after the answers');
  }),
  both('with invalidate the next query asks again', async (site) => {
    const { client, traffic } = site;
    const { user, entry } = await cachedUser(site, 'user');
    const changed = await update(client, entry, user.id, { name: 'Soon' }, 'user');
    const sentBefore = traffic.sent;
    equal(await client.query(Users, 'get', [user.id], { cache: 60_000 }), changed);
    equal(traffic.sent - sentBefore, 1, 'requests for it');
  }),
);
