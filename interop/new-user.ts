import type { NetronClient } from '../client/index.js';
import { type User, Users } from './contracts.js';
import { equal, holds } from './expect.js';
import type { Site } from './site.js';

/** A user that no other case changes. Cases need their own, since a server may have served many runs before. */
export async function createUser(site: Site, client: NetronClient = site.client): Promise<User> {
  const name = site.unique('interop');
  const input = { name, email: `${name}@interop.example` };
  const user = await client.mutate(Users, 'create', [input]);
  holds(/^u\d+$/.test(user.id), `the id is ${JSON.stringify(user.id)}, expected u and a number`);
  equal(user, { id: user.id, version: 1, ...input }, 'the new user');
  return user;
}
