import { beforeEach, describe, expect, it } from 'vitest';
import { barrier, counted, FOREVER, get, Items, refOf, World } from './cache/test-world.js';
import { type DehydratedState, dehydrate, hydrate, layer } from './index.js';
import type { NetronClient } from './netron-client.js';
import type { Item } from './testing/test-item-service.js';
import { recordViews } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

/** Time goes by, and a turn of the event loop with it. */
const pass = async (on = client) => {
  world.runtime.nowMs += 10;
  await barrier(on);
};
/** What another client has of the item, which both asked for a while ago. */
const stateOfOther = async (): Promise<DehydratedState> => {
  await get(client, 'a', FOREVER);
  await pass();
  const other = world.client();
  await get(other, 'a', FOREVER);
  const state = dehydrate(other);
  await pass();
  return state;
};
/** As it comes in a text, which has travelled for as long. */
const travelled = (state: DehydratedState): DehydratedState => ({
  ...state,
  methods: state.methods.map(({ entries, ...method }) => ({
    ...method,
    entries: entries.map(([args, data, ageMs, key]) =>
      key === undefined ? [args, data, ageMs + 10] : [args, data, ageMs + 10, key],
    ),
  })),
});

describe('what is hydrated', () => {
  it('is seen at once, however many entries it is', () => {
    const other = world.client();
    for (const id of ['a', 'b']) other.setData(refOf(other, id), counted(1));
    const views = recordViews(() => ['a', 'b'].map((id) => client.read(refOf(client, id))?.count));
    hydrate(client, dehydrate(other));
    expect(views.views).toEqual([
      [undefined, undefined],
      [1, 1],
    ]);
    views.stop();
  });

  it('does not undo a mutation that was committed after it was made', async () => {
    const state = await stateOfOther();
    await client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(
        refOf(client, 'a'),
        (item: Item) => item,
        (_item: Item, saved: Item) => saved,
      ),
    });
    hydrate(client, travelled(state));
    expect(client.peek(refOf(client, 'a'))).toMatchObject({ count: 1 });
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 1 });
  });

  it.each([
    ['an invalidation', () => client.invalidate(Items)],
    ['a mutation that invalidates', () => client.mutate(Items, 'ping', [], { invalidate: Items })],
  ])('does not make fresh what %s has made stale since', async (_name, invalidate) => {
    const state = await stateOfOther();
    world.items.set('a', { count: 1 });
    await invalidate();
    hydrate(client, travelled(state), FOREVER.cache);
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 1 });
  });

  it('is fresh where it was made after the invalidation', async () => {
    await get(client, 'a', FOREVER);
    client.invalidate(Items);
    const other = world.client();
    await pass(other);
    other.setData(refOf(other, 'a'), counted(5));
    hydrate(client, dehydrate(other), FOREVER.cache);
    expect(await get(client, 'a', FOREVER)).toMatchObject({ count: 5 });
    expect(world.gets).toBe(1);
  });
});
