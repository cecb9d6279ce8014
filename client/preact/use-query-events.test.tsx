// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { NetronClient, service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TapLog } from '../testing/test-tap-log.js';
import { NetronProvider } from './netron-provider.js';
import { TestScreen } from './test-screen.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };

let fixture: Fixture;
let items: ItemService;
let screen: TestScreen;
let last: UseQueryResult<Item>;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  screen = new TestScreen(fixture.ws);
});
afterEach(() => screen.close());

function Query({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item> }) {
  last = useQuery(Items, 'get', [id], options);
  return <p>{last.data.value?.count}</p>;
}

const show = (options: UseQueryOptions<Item>, id?: string): Promise<void> =>
  screen.show(<Query options={options} {...(id === undefined ? {} : { id })} />);
const asked = (): number => items.gate.count('get');
const reasons = (log: TapLog): string[] =>
  log
    .all('callStart')
    .filter(({ ref }) => (ref as { method: string }).method === 'get')
    .map(({ reason }) => reason);

/** Mounted and answered. */
async function mounted(options: UseQueryOptions<Item>): Promise<TapLog> {
  await show(options);
  await screen.settle();
  return new TapLog();
}

describe('invalidateOn', () => {
  const fire = (event: string): Promise<unknown> => screen.client.mutate('events@1.0.0', 'fire', [event]);

  it('makes the entry stale when the server says so, once however many hooks listen', async () => {
    const options = { ...FOREVER, invalidateOn: ['item:changed', 'all:changed'] };
    await screen.show([<Query key="1" options={options} />, <Query key="2" options={options} />]);
    await screen.subscribed();
    items.set('a', { count: 5 });
    await fire('item:changed');
    await screen.land(() => last.data.value?.count === 5);
    expect(asked()).toBe(2);
    await fire('other:changed');
    await screen.settle();
    expect(asked()).toBe(2);
    await fire('all:changed');
    await screen.settle();
    expect(asked()).toBe(3);
  });

  it('is not subscribed anew by a render, and left with the component', async () => {
    await mounted({ ...FOREVER, invalidateOn: 'item:changed' });
    await screen.subscribed();
    const { eventsSent } = fixture.counters;
    for (let i = 0; i < 3; i++) await show({ ...FOREVER, invalidateOn: ['item:changed'] });
    await fire('item:changed');
    await screen.settle();
    expect(fixture.counters.eventsSent).toBe(eventsSent + 1);
    await show({ ...FOREVER, invalidateOn: 'item:gone' });
    await screen.subscribed();
    await fire('item:changed');
    await fire('item:gone');
    await screen.settle();
    expect(asked()).toBe(3);
    expect(fixture.counters.eventsSent).toBe(eventsSent + 2);
    await screen.show(null);
    await fire('item:gone');
    expect(fixture.counters.eventsSent).toBe(eventsSent + 2);
  });

  it('makes it stale as well when the connection is back, since events may have been missed', async () => {
    const log = await mounted({ ...FOREVER, invalidateOn: 'item:changed' });
    await screen.subscribed();
    screen.runtime.sockets.at(-1)?.close(4_000);
    const { state } = await screen.client.backend();
    await screen.land(() => state.value === 'waiting');
    items.set('a', { count: 5 });
    screen.runtime.advance(60_000);
    await screen.land(() => last.data.value?.count === 5);
    expect(reasons(log)).toEqual(['reconnect']);
    expect(asked()).toBe(2);
  });

  it('that cannot be is refused with its name, such as without a WebSocket', async () => {
    const overHttp = new NetronClient({ url: fixture.http });
    const under = (options: UseQueryOptions<Item>) => (
      <NetronProvider client={overHttp}>
        <Query options={options} />
      </NetronProvider>
    );
    await expect(screen.show(under({ invalidateOn: 'item:changed' }))).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('invalidateOn'),
    });
    await screen.show(null);
    await expect(show({ invalidateOn: [5 as unknown as string] })).rejects.toMatchObject({
      reason: expect.stringContaining('invalidateOn'),
    });
    await screen.show(null);
    await screen.show(under({}));
    await screen.land(() => last.data.value !== undefined);
    await screen.show(null);
    overHttp.close();
  });
});
