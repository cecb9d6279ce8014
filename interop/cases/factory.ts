import type { NetronClient, RemoteService } from '../../client/index.js';
import { http, subject, ws } from '../case.js';
import { FACTORY } from '../contracts.js';
import { equal, failsWith, holds, isRefused } from '../expect.js';

async function openSession(client: NetronClient): Promise<RemoteService> {
  const session = (await client.mutate(FACTORY, 'open', [])) as RemoteService;
  holds(typeof session?.call === 'function', 'what open answered is no service');
  return session;
}

export const factory = subject(
  'factory',
  ws('open gives a session that counts', async ({ client }) => {
    const session = await openSession(client);
    equal([session.name, session.version], ['session', '1.0.0'], 'its name and version');
    equal(await session.call('inc'), 1);
    equal(await session.call('inc', 4), 5);
    equal(await session.get('label'), 'sess', 'its label');
    await session.release();
  }),
  ws('sessions count apart', async ({ client }) => {
    const [one, other] = [await openSession(client), await openSession(client)];
    holds(one.definitionId !== other.definitionId, 'two sessions have one id');
    equal(await one.call('inc', 10), 10, 'the first');
    equal(await other.call('inc', 1), 1, 'the second');
    equal(await one.call('inc', 1), 11, 'the first again');
    await Promise.all([one.release(), other.release()]);
  }),
  ws('a session that was released is gone', async ({ client }) => {
    const [session, other] = [await openSession(client), await openSession(client)];
    await session.release();
    await failsWith(session.call('inc'), 'remote', 404);
    equal(await other.call('inc'), 1, 'one that was not released');
    await other.release();
  }),
  ws('a session has no other methods', async ({ client }) => {
    const session = await openSession(client);
    await failsWith(session.call('nope'), 'remote', 404);
    equal(await session.call('inc'), 1);
    await session.release();
  }),
  ws('title is a property', async ({ client }) =>
    equal(await (await client.backend()).get(FACTORY, 'title'), 'factory-title'),
  ),
  ws('title can be set', async (site) => {
    const live = await site.client.backend();
    const title = await live.get(FACTORY, 'title');
    site.onEnd(async () => (await site.open().client.backend()).set(FACTORY, 'title', title));
    await live.set(FACTORY, 'title', 'another');
    equal(await live.get(FACTORY, 'title'), 'another');
  }),
  http('properties are refused', async ({ client }) => {
    const backend = await client.backend();
    await isRefused(backend.get(FACTORY, 'title'), 'HTTP');
    await isRefused(backend.set(FACTORY, 'title', 'x'), 'HTTP');
    equal(await client.query('calculator@1.0.0', 'add', [2, 3]), 5);
  }),
);
