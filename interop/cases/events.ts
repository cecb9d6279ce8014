import type { NetronClient } from '../../client/index.js';
import { both, http, subject, ws } from '../case.js';
import { Events, Users } from '../contracts.js';
import { equal, isRefused } from '../expect.js';
import { Mailbox } from '../mailbox.js';
import { createUser } from '../new-user.js';
import type { Site } from '../site.js';

/** Subscribed, and known to the server as such. */
async function subscribed(client: NetronClient, event: string): Promise<Mailbox> {
  const mailbox = new Mailbox();
  const subscription = (await client.backend()).subscribe(event, mailbox.put);
  mailbox.onLeave = () => subscription.unsubscribe();
  await subscription.ready;
  return mailbox;
}

/** Hears of one user being made and changed, over either transport. */
async function hearsOfUser(site: Site, writer: NetronClient): Promise<void> {
  const mailbox = await subscribed(site.open({}, 'ws').client, 'users:changed');
  const user = await createUser(site, writer);
  const isOurs = ([event]: readonly unknown[]): boolean => (event as { user?: { id?: unknown } }).user?.id === user.id;
  equal(await mailbox.take(isOurs), [{ op: 'create', user }], 'the event');
  const changed = await writer.mutate(Users, 'update', [user.id, { name: 'Renamed' }]);
  equal(await mailbox.take(isOurs), [{ op: 'update', user: changed }], 'the event');
}

export const events = subject(
  'events',
  both('users:changed tells of new and of changed users', (site) => hearsOfUser(site, site.client)),
  both('fire reaches who has subscribed', async (site) => {
    const event = site.unique('interop');
    const mailbox = await subscribed(site.open({}, 'ws').client, event);
    equal(await site.client.mutate(Events, 'fire', [event, { n: 1 }, 'two', null]), true);
    equal(await mailbox.take(), [{ n: 1 }, 'two', null], 'the arguments');
  }),
  both('fire without a listener', async (site) =>
    equal(await site.client.mutate(Events, 'fire', [site.unique('interop')]), true),
  ),
  ws('arguments arrive as they are', async (site) => {
    const event = site.unique('interop');
    const mailbox = await subscribed(site.client, event);
    const args = [new Date(0), new Map([['a', 1n]]), Uint8Array.of(1, 2), undefined, [new Set([1])]];
    await site.client.mutate(Events, 'fire', [event, ...args]);
    equal(await mailbox.take(), args, 'the arguments');
  }),
  ws('a hundred arrive in order', async (site) => {
    const event = site.unique('interop');
    const mailbox = await subscribed(site.client, event);
    for (let i = 0; i < 100; i++) await site.client.mutate(Events, 'fire', [event, i]);
    for (let i = 0; i < 100; i++) equal(await mailbox.take(), [i], `event ${i}`);
  }),
  ws('two clients hear the same event', async (site) => {
    const event = site.unique('interop');
    const mailboxes = await Promise.all([site.open(), site.open()].map(({ client }) => subscribed(client, event)));
    await site.client.mutate(Events, 'fire', [event, 1]);
    for (const mailbox of mailboxes) equal(await mailbox.take(), [1], 'the arguments');
  }),
  ws('handlers of one event share a subscription', async (site) => {
    const event = site.unique('interop');
    equal(await site.client.mutate(Events, 'fire', [event]), true);
    const sentBefore = site.traffic.sent;
    const mailboxes = [await subscribed(site.client, event), await subscribed(site.client, event)];
    equal(site.traffic.sent - sentBefore, 1, 'packets sent to subscribe');
    await site.client.mutate(Events, 'fire', [event, 1]);
    for (const mailbox of mailboxes) equal(await mailbox.take(), [1], 'the arguments');
  }),
  ws('nothing comes after unsubscribe', async (site) => {
    const { client } = site;
    const [left, kept] = [site.unique('left'), site.unique('kept')];
    const [gone, stays] = [await subscribed(client, left), await subscribed(client, kept)];
    await client.mutate(Events, 'fire', [left, 1]);
    equal(await gone.take(), [1], 'the event before');
    const sentBefore = site.traffic.sent;
    gone.leave();
    await client.mutate(Events, 'fire', [left, 2]);
    // Events come in the order in which they were fired: after this one, the other would have been here.
    await client.mutate(Events, 'fire', [kept, 3]);
    equal(await stays.take(), [3], 'the event after');
    equal(gone.waiting, 0, 'events that came for the handler that has left');
    equal(await client.mutate(Events, 'fire', [left, 4]), true);
    // The unsubscription, three calls, and a receipt for the one event.
    equal(site.traffic.sent - sentBefore, 5, 'packets sent since');
  }),
  http('a subscription is refused', async ({ client }) => {
    await isRefused((await client.backend()).subscribe('users:changed', () => undefined).ready, 'ws:');
    equal(await client.mutate(Events, 'fire', ['interop']), true);
  }),
);
