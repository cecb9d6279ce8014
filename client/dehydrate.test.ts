import { beforeEach, describe, expect, it } from 'vitest';
import { counted, FOREVER, HttpItems, Items, World } from './cache/test-world.js';
import { type DehydratedState, dehydrate, hydrate, layer, optimistic } from './index.js';
import type { NetronClient } from './netron-client.js';
import { EMPTY_ITEM } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TapLog } from './testing/test-tap-log.js';
import { until } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const set = (id: string, count: number, on = client) => on.setData(on.entry(Items, 'get', [id]), counted(count));
const peek = (id: string, on = client) => on.peek(on.entry(Items, 'get', [id]))?.count;
/** Time goes by, and a turn of the event loop with it. */
const pass = async (byMs: number) => {
  world.runtime.nowMs += byMs;
  await client.mutate(Items, 'ping', []);
};
const stateOf = (...entries: unknown[]): DehydratedState => ({
  v: 1,
  methods: [{ backend: 'main', service: 'item@1.0.0', method: 'get', entries: entries as never }],
});

describe('dehydrate', () => {
  it('gives plain data: names once, a row for each entry', async () => {
    world.items.set('a', { count: 1 });
    await client.query(Items, 'get', ['a'], FOREVER);
    await client.query(Items, 'get', ['b'], FOREVER);
    await client.query(HttpItems, 'names', [], FOREVER);
    await pass(25);
    const state = dehydrate(client);
    expect(state).toEqual({
      v: 1,
      methods: [
        {
          backend: 'main',
          service: 'item@1.0.0',
          method: 'get',
          entries: [
            [['a'], { ...EMPTY_ITEM, count: 1 }, 25],
            [['b'], EMPTY_ITEM, 25],
          ],
        },
        { backend: 'http', service: 'item@1.0.0', method: 'names', entries: [[[], ['a'], 25]] },
      ],
    });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('leaves out layers, what was invalidated, and what holds nothing', async () => {
    set('a', 1);
    set('b', 2);
    client.entry(Items, 'get', ['empty']);
    optimistic(
      client,
      layer(client.entry(Items, 'get', ['a']), () => counted(9)),
    );
    client.invalidate(({ args }) => args[0] === 'b');
    expect(dehydrate(client).methods).toMatchObject([{ entries: [[['a'], { count: 1 }, 0]] }]);
    expect(dehydrate(world.client())).toEqual({ v: 1, methods: [] });
  });

  it('keeps apart what is the same by arguments but not by dedupe', async () => {
    world.items.set('a', { count: 1 });
    await client.query(Items, 'get', ['a'], { ...FOREVER, dedupe: 'mine' });
    world.items.set('a', { count: 2 });
    await client.query(Items, 'get', ['a'], FOREVER);
    const other = world.client();
    hydrate(other, JSON.parse(JSON.stringify(dehydrate(client))), Number.POSITIVE_INFINITY);
    expect(await other.query(Items, 'get', ['z'], { ...FOREVER, dedupe: 'mine' })).toMatchObject({ count: 1 });
    expect(await other.query(Items, 'get', ['a'], FOREVER)).toMatchObject({ count: 2 });
    expect(world.gets).toBe(2);
  });
});

describe('hydrate', () => {
  it('brings everything to another client, with its age', async () => {
    await client.query(Items, 'get', ['a'], { cache: 100 });
    await pass(60);
    const state = dehydrate(client);
    // Another clock, as that of another page.
    world.runtime.nowMs += 1e6;
    const other = world.client();
    hydrate(other, state, 100);
    expect(await other.query(Items, 'get', ['a'])).toEqual(EMPTY_ITEM);
    world.runtime.nowMs += 39;
    await other.query(Items, 'get', ['a']);
    expect(world.gets).toBe(1);
    world.runtime.nowMs += 1;
    await other.query(Items, 'get', ['a']);
    expect(world.gets).toBe(2);
    expect(dehydrate(other)).not.toEqual(state);
  });

  it('gives back the very state where no time went by', async () => {
    for (const id of ['a', 'b']) await client.query(Items, 'get', [id], FOREVER);
    await pass(7);
    const state = dehydrate(client);
    const other = world.client();
    hydrate(other, state);
    expect(dehydrate(other)).toEqual(state);
  });

  it('leaves what is fresh to the defaults of the backend where nothing is said', async () => {
    const other = world.client({ backend: { cache: 50 } });
    hydrate(other, stateOf([['a'], counted(1), 30], [['b'], counted(2), 60]));
    expect(await other.query(Items, 'get', ['a'])).toMatchObject({ count: 1 });
    expect(await other.query(Items, 'get', ['b'])).toMatchObject({ count: 0 });
  });

  it('leaves what is newer, and replaces what is older', async () => {
    set('a', 1);
    await pass(100);
    set('b', 2);
    hydrate(client, stateOf([['a'], counted(10), 50], [['b'], counted(20), 50]));
    expect([peek('a'), peek('b')]).toEqual([10, 2]);
  });

  it('shows observers what came, and takes an error away', async () => {
    world.items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    (await world.nextGet()).fail(new Error('no'));
    await until(() => observer.error.value !== undefined);
    hydrate(client, stateOf([['a'], counted(3), 0]));
    expect([observer.data.value?.count, observer.error.value]).toEqual([3, undefined]);
    observer.stop();
  });

  it('is replaced by an answer that was on its way', async () => {
    world.items.gate.close('get');
    const asked = client.query(Items, 'get', ['a'], FOREVER);
    const held = await world.nextGet();
    hydrate(client, stateOf([['a'], counted(3), 0]));
    held.answer();
    expect(await asked).toMatchObject({ count: 0 });
    expect(entriesOf()[0]).toMatchObject({ invalidated: false });
  });

  it('does not let a 304 speak for what was hydrated', async () => {
    world.shelf.values.set('k', 'server');
    const ask = () => client.query('shelf@1.0.0', 'hinted', ['k'], { cache: 0 });
    client = world.client({ default: 'http' });
    await ask();
    await pass(10);
    const state: DehydratedState = {
      v: 1,
      methods: [{ backend: 'http', service: 'shelf@1.0.0', method: 'hinted', entries: [[['k'], 'hydrated', 0]] }],
    };
    hydrate(client, state);
    expect(entriesOf()[0]).toMatchObject({ base: 'hydrated', sizeBytes: 0 });
    expect(await ask()).toBe('server');
    await pass(10);
    // On its way with the validator of what was there before.
    world.shelf.gate.close('hinted');
    const asked = ask();
    const held = await world.shelf.gate.next('hinted');
    hydrate(client, state);
    held.answer();
    expect(await asked).toBe('server');
    expect(entriesOf()[0]).toMatchObject({ base: 'server' });
  });

  it('takes as many as fit, the last ones, and counts the rest as evicted', () => {
    const small = world.client({ cache: { maxEntries: 3 } });
    hydrate(small, stateOf(...['a', 'b', 'c', 'd', 'e'].map((id, i) => [[id], counted(i), 0])));
    expect(entriesOf().map(({ args, hasBase }) => [args[0], hasBase])).toEqual([
      ['c', true],
      ['d', true],
      ['e', true],
    ]);
    expect(small.getCacheStats()).toMatchObject({ entries: 3, evictions: 2, sizeBytes: 0 });
  });

  it('is on the tap, a record for each entry', () => {
    const log = new TapLog();
    hydrate(client, stateOf([['a'], counted(1), 0], [['b'], counted(2), 0]));
    expect(log.all('cacheWrite')).toMatchObject([
      { reason: 'hydrate', cause: 0, a: undefined, b: { count: 1 } },
      { reason: 'hydrate', cause: 0, a: undefined, b: { count: 2 } },
    ]);
  });

  const good = { backend: 'main', service: 'item@1.0.0', method: 'get', entries: [[['a'], 1, 0]] };
  it.each([
    ['nothing', undefined, 'state is'],
    ['null', null, 'state is'],
    ['text', '{}', 'state is'],
    ['another version', { v: 2, methods: [] }, 'state is'],
    ['no methods', { v: 1 }, 'state is'],
    ['methods that are no list', { v: 1, methods: {} }, 'state is'],
    ['a method that is null', { v: 1, methods: [good, null] }, 'state.methods[1] is'],
    ['a method without a name', { v: 1, methods: [good, { ...good, method: 5 }] }, 'state.methods[1] is'],
    [
      'a method of a name that is none',
      { v: 1, methods: [good, { ...good, method: 'a b' }] },
      'state.methods[1]: "a b"',
    ],
    [
      'a backend that is not there',
      { v: 1, methods: [good, { ...good, backend: 'x' }] },
      'state.methods[1]: no backend',
    ],
    ['entries that are no list', { v: 1, methods: [{ ...good, entries: {} }] }, 'state.methods[0] is'],
    [
      'a row that is none',
      { v: 1, methods: [{ ...good, entries: [[['a'], 1, 0], 5] }] },
      'state.methods[0].entries[1]: ',
    ],
    [
      'a row without arguments',
      { v: 1, methods: [good, { ...good, entries: [['a', 1, 0]] }] },
      'state.methods[1].entries[0]: ',
    ],
    [
      'an age in text',
      { v: 1, methods: [good, { ...good, entries: [[['a'], 1, '5']] }] },
      'state.methods[1].entries[0]: ',
    ],
    [
      'an age of NaN',
      { v: 1, methods: [good, { ...good, entries: [[['a'], 1, Number.NaN]] }] },
      'state.methods[1].entries[0]: ',
    ],
    [
      'an age below 0',
      { v: 1, methods: [good, { ...good, entries: [[['a'], 1, -1]] }] },
      'state.methods[1].entries[0]: ',
    ],
    [
      'a key that is no text',
      { v: 1, methods: [good, { ...good, entries: [[['a'], 1, 0, 5]] }] },
      'state.methods[1].entries[0]: ',
    ],
    [
      'arguments that cannot be a key',
      {
        v: 1,
        methods: [
          good,
          {
            ...good,
            entries: [
              [['a'], 1, 0],
              [[{ x: () => 1 }], 1, 0],
            ],
          },
        ],
      },
      'state.methods[1].entries[1]: a function cannot be an argument, at args[0].x',
    ],
  ])('refuses %s by its path, and takes nothing over', (_name, state, reason) => {
    expect(() => hydrate(client, state as DehydratedState)).toThrow(
      expect.objectContaining({ reason: expect.stringContaining(reason) }),
    );
    expect(client.getCacheStats().entries).toBe(0);
    hydrate(client, stateOf([['a'], counted(1), 0]));
    expect(peek('a')).toBe(1);
  });

  it.each([-1, Number.NaN, { tags: 5 }, 'x'])('refuses a cache of %j, and takes nothing over', (cache) => {
    expect(() => hydrate(client, stateOf([['a'], counted(1), 0]), cache as number)).toThrow(
      expect.objectContaining({ reason: expect.stringContaining('option cache') }),
    );
    expect(client.getCacheStats().entries).toBe(0);
    hydrate(client, stateOf([['a'], counted(1), 0]), { maxAge: 5, tags: ['t'] });
    expect(entriesOf()[0]).toMatchObject({ tags: ['t'], maxAgeMs: 5 });
  });
});
