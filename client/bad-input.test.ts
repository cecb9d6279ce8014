import { beforeEach, describe, expect, it } from 'vitest';
import { FOREVER, Items, World } from './cache/test-world.js';
import { layer } from './index.js';
import type { NetronClient } from './netron-client.js';
import { EMPTY_ITEM, type Item } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { outcomeOf, until } from './testing/test-watch.js';

const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
});

const PLACE = { backend: 'main', service: 'item@1.0.0', method: 'get' };
const circular: Record<string, unknown> = {};
circular.self = { list: [circular] };
let deep: unknown = 1;
for (let i = 0; i < 100; i++) deep = [deep];
class Point {}
class Unreadable extends Map {
  override [Symbol.iterator](): never {
    throw new Error('unreadable');
  }
}
const getter = {
  get field(): never {
    throw new Error('unreadable');
  },
};
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();

/** What is there before, during which it must not change, and who is told of what comes after. */
async function untouched(use: () => Promise<unknown>): Promise<unknown> {
  await client.query(Items, 'get', ['there'], FOREVER);
  const optimistic = layer(client.entry(Items, 'get', ['there']), (item: Item) => ({ ...item, a: 1 }));
  world.items.gate.close('patch');
  const pending = outcomeOf(client.mutate(Items, 'patch', ['there', {}], { optimistic }));
  const held = await world.items.gate.next('patch');
  const before = entriesOf().map(({ base, view, layers, tags, maxAgeMs }) => ({ base, view, layers, tags, maxAgeMs }));
  const told: unknown[] = [];
  const stop = client.watch(client.entry(Items, 'get', ['there']), (item) => told.push(item?.a));
  const outcome = await outcomeOf(use());
  const after = entriesOf().filter(({ hasBase }) => hasBase);
  expect(after.map(({ base, view, layers, tags, maxAgeMs }) => ({ base, view, layers, tags, maxAgeMs }))).toEqual(
    before,
  );
  expect(told).toEqual([]);
  held.fail(new Error('no'));
  await pending;
  expect(told).toEqual([0]);
  stop();
  world.items.gate.closed.clear();
  expect(await client.query(Items, 'get', ['there'], FOREVER)).toEqual(EMPTY_ITEM);
  expect(await client.mutate(Items, 'patch', ['there', { b: 1 }])).toMatchObject({ b: 1 });
  return 'error' in outcome ? outcome.error : outcome;
}

describe('arguments', () => {
  it.each([
    ['a circular object', [circular], /nesting over 64 levels .*args\[0\]\.self\.list\[0\]/],
    ['a list too deep', [deep], /nesting over 64 levels/],
    ['a function', [{ on: () => 1 }], /a function cannot be an argument, at args\[0\]\.on/],
    ['a symbol', [Symbol('s')], /a symbol cannot be an argument, at args\[0\]/],
    ['an instance of a class', ['a', new Point()], /a class instance cannot be an argument, at args\[1\]/],
    ['a getter that throws', [{ deep: getter }], /what throws when it is read .*at args\[0\]\.deep\.field/],
    ['a proxy without a target', ['a', [proxy]], /what throws when it is read .*at args\[1\]\[0\]/],
    ['a map that cannot be read', [new Unreadable()], /what throws when it is read .*at args\[0\]/],
    ['no list but text', 'a', /args is .*expected a list/],
    ['no list but an object', { 0: 'a', length: 1 }, /args is .*expected a list/],
    ['nothing', undefined, /args is .*expected a list/],
    ['null', null, /args is .*expected a list/],
  ])('of a query that are %s are refused with their path', async (_name, args, reason) => {
    const error = await untouched(() => client.query(Items, 'get', args as never, FOREVER));
    expect(error).toMatchObject({ code: 'invalid-argument', reason: expect.stringMatching(reason), ...PLACE });
    expect(() => client.entry(Items, 'get', args as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(world.gets).toBe(1);
  });

  it.each([
    ['a circular object', [circular]],
    ['a function', ['a', () => 1]],
    ['no list', 'a'],
    ['null', null],
  ])('of a mutation that are %s are refused, and its layer goes', async (_name, args) => {
    const optimistic = layer(client.entry(Items, 'get', ['there']), (item: Item) => ({ ...item, c: 1 }));
    const error = await outcomeOf(client.mutate(Items, 'patch', args as never, { optimistic }));
    expect(error).toMatchObject({ error: { code: 'invalid-argument', ...PLACE, method: 'patch' } });
    expect(entriesOf().every(({ layers }) => layers.length === 0)).toBe(true);
    expect(await client.mutate(Items, 'patch', ['there', { c: 2 }], { optimistic })).toMatchObject({ c: 2 });
  });
});

describe('names', () => {
  it.each([
    ['no service', undefined, 'get', 'invalid-argument', /a service is undefined/],
    ['no method', Items, undefined, 'invalid-argument', /no method name/],
    ['a method that is a number', Items, 5, 'invalid-argument', /no method name/],
    ['another backend', { name: 'item', backend: 'nowhere' }, 'get', 'unknown-backend', /"nowhere".*main, http/],
  ])('of %s are refused', async (_name, service, method, code, reason) => {
    const error = await untouched(() => client.query(service as never, method as never, [] as never));
    expect(error).toMatchObject({ code, reason: expect.stringMatching(reason) });
  });
});

describe('options of a query', () => {
  const controller = { signal: { aborted: false } };
  it.each([
    ['null', null, /options/],
    ['a number', 5, /options/],
    ['a cache of true', { cache: true }, /option cache is true \(boolean\)/],
    ['a cache of null', { cache: null }, /option cache is null/],
    ['a cache that is a list', { cache: [] }, /option cache is \[object Array\]/],
    ['a negative time', { cache: -1 }, /option cache is -1/],
    ['a time of NaN', { cache: { maxAge: Number.NaN } }, /option cache\.maxAge is NaN/],
    ['a time in text', { cache: { maxAge: '5' } }, /option cache\.maxAge is "5" \(string\)/],
    ['a window below 0', { cache: { staleWhileRevalidate: -5 } }, /option cache\.staleWhileRevalidate is -5/],
    ['a window of null', { cache: { staleWhileRevalidate: null } }, /option cache\.staleWhileRevalidate is null/],
    ['tags that are text', { cache: { tags: 'a' } }, /option cache\.tags is "a"/],
    ['a tag that is a number', { cache: { tags: ['a', 5] } }, /option cache\.tags is \[object Array\]/],
    ['cacheOnError in text', { cache: { cacheOnError: 'yes' } }, /option cache\.cacheOnError is "yes"/],
    ['a timeout of 0', { timeout: 0 }, /option timeout is 0/],
    ['a timeout below 0', { timeout: -1 }, /option timeout is -1/],
    ['a timeout of NaN', { timeout: Number.NaN }, /option timeout is NaN/],
    ['a timeout in text', { timeout: '5' }, /option timeout is "5"/],
    ['no timeout but null', { timeout: null }, /option timeout is null/],
    ['a signal that is none', controller, /option signal is object/],
    ['a signal of null', { signal: null }, /option signal is/],
    ['a transform that is no function', { transform: 5 }, /option transform is 5/],
    ['a validate that is no function', { validate: 5 }, /option validate is 5/],
    ['a priority that is none', { priority: 'now' }, /option priority is "now"/],
    ['a retry in text', { retry: 'often' }, /option retry is "often"/],
  ])('that are %s are refused by name', async (_name, options, reason) => {
    const error = await untouched(() => client.query(Items, 'get', ['a'], options as never));
    expect(error).toMatchObject({ code: 'invalid-argument', reason: expect.stringMatching(reason) });
    expect(entriesOf().every(({ fetching }) => !fetching)).toBe(true);
  });

  it('that are wrong leave an entry as it was asked for before', async () => {
    await client.query(Items, 'get', ['a'], { cache: { maxAge: 1_000, tags: ['x'] } });
    const wrong = [
      { cache: { maxAge: 5, tags: ['y', 5] } },
      { cache: { maxAge: 5, cacheOnError: 1 } },
      { cache: 5, timeout: 0 },
    ];
    for (const options of wrong) await outcomeOf(client.query(Items, 'get', ['a'], options as never));
    expect(entriesOf()[0]).toMatchObject({ maxAgeMs: 1_000, tags: ['x'] });
    await client.query(Items, 'get', ['a'], { cache: { maxAge: 1_000, tags: ['x'] } });
    expect(world.gets).toBe(1);
  });

  it.each([
    [
      'transform',
      {
        transform: () => {
          throw new Error('boom');
        },
      },
    ],
    [
      'validate',
      {
        validate: () => {
          throw new Error('boom');
        },
      },
    ],
  ])('whose %s throws are told so, and what was there stays', async (option, options) => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    const error = await outcomeOf(client.query(Items, 'get', ['a'], { cache: 0, ...options }));
    expect(error).toMatchObject({
      error: { code: 'invalid-result', reason: expect.stringMatching(new RegExp(`option ${option} threw.*boom`)) },
    });
    expect(observer.data.value).toEqual(EMPTY_ITEM);
    expect(observer.error.value).toMatchObject({ code: 'invalid-result' });
    expect(await client.query(Items, 'get', ['a'], { cache: 0 })).toEqual(EMPTY_ITEM);
    expect(observer.error.value).toBeUndefined();
    observer.stop();
  });
});

describe('options of one query that are found wrong when it is sent', () => {
  const WRONG = { ...FOREVER, retry: { attempts: -1 } } as const;

  it('are no error of those who observe the entry', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    expect(await outcomeOf(client.query(Items, 'get', ['a'], { ...WRONG, cache: 0 }))).toMatchObject({
      error: { code: 'invalid-argument' },
    });
    expect([observer.data.value, observer.error.value]).toEqual([EMPTY_ITEM, undefined]);
    observer.stop();
  });

  it('are no error of an observer that has joined it, which asks by itself', async () => {
    const wrong = outcomeOf(client.query(Items, 'get', ['a'], WRONG));
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    expect(await wrong).toMatchObject({ error: { code: 'invalid-argument' } });
    await until(() => observer.data.value !== undefined);
    expect(observer.error.value).toBeUndefined();
    expect(world.gets).toBe(1);
    observer.stop();
  });

  it('are an error of the observer whose own they are', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), WRONG);
    await until(() => observer.error.value !== undefined);
    expect(observer.error.value).toMatchObject({ code: 'invalid-argument', method: 'get' });
    observer.stop();
    expect(await client.query(Items, 'get', ['a'])).toEqual(EMPTY_ITEM);
  });
});

describe('options of a mutation', () => {
  it.each([
    ['null', null, /options/],
    ['text', 'x', /options/],
    ['a timeout of NaN', { timeout: Number.NaN }, /option timeout is NaN/],
    ['a signal that is none', { signal: 5 }, /option signal is number/],
    ['a scope that is a number', { scope: 5 }, /option scope is 5/],
    ['a selector that is a number', { invalidate: 5 }, /invalidate\[0\] is 5/],
    ['an onConflict that is text', { onConflict: 'x' }, /option onConflict is "x"/],
  ])('that are %s are refused by name, and nothing is sent', async (_name, options, reason) => {
    const error = await untouched(() => client.mutate(Items, 'add', ['a', 1], options as never));
    expect(error).toMatchObject({ code: 'invalid-argument', reason: expect.stringMatching(reason) });
    expect(world.items.gate.count('add')).toBe(0);
  });

  it('whose predicate throws do not keep others from being told', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    const thrown = await outcomeOf(
      client.mutate(Items, 'add', ['a', 1], {
        optimistic: layer(client.entry(Items, 'get', ['a']), (item: Item) => ({ ...item, count: 1 })),
        invalidate: [
          Items,
          () => {
            throw new Error('boom');
          },
        ],
      }),
    );
    expect(thrown).toMatchObject({
      error: {
        code: 'invalid-argument',
        reason: 'the server has confirmed it, but a predicate of invalidate threw: boom',
      },
    });
    expect(observer.data.value).toMatchObject({ count: 1 });
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
    observer.stop();
  });
});
