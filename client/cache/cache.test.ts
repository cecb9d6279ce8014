import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { layer, NetronClient, service } from '../index.js';
import { type ItemApi, ItemService } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import type { Selector } from './selector.js';

const Items = service<ItemApi>('item@1.0.0');
const OverHttp = service<ItemApi>('item', { backend: 'http' });
const FOREVER = { cache: Number.POSITIVE_INFINITY };

let fixture: Fixture;
let items: ItemService;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = open();
  items.gate.reset();
  items.items.clear();
});
afterEach(() => client.close());

const open = (maxEntries = 10_000, cache = 0): NetronClient =>
  new NetronClient({
    backends: { main: { url: fixture.ws, cache }, http: fixture.http },
    cache: { maxEntries },
    runtime,
  });

const requests = (): number => items.gate.count('get');
const get = (id: string, options: { cache?: number; signal?: AbortSignal; timeout?: number } = {}) =>
  client.query(Items, 'get', [id], options);
/** After its answer, everything that was sent before has arrived, and everything answered before has landed. */
const barrier = () => client.mutate(Items, 'ping', []);

describe('concurrent misses', () => {
  it('share one request', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => get('a')));
    expect(requests()).toBe(1);
    expect(new Set(all).size).toBe(1);
  });

  it('share it with equal arguments only', async () => {
    await Promise.all([get('a'), get('b'), client.query(OverHttp, 'get', ['a'])]);
    expect(requests()).toBe(3);
  });

  it('are all told of its failure, and the next one asks again', async () => {
    items.gate.close('get');
    const outcomes = [outcomeOf(get('a')), outcomeOf(get('a'))];
    (await items.gate.next('get')).fail(new Error('no'));
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ error: { code: 'remote' } });
    items.gate.closed.clear();
    expect(await get('a')).toMatchObject({ count: 0 });
  });

  it('go on when one of several waiters gives up', async () => {
    items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    const staying = get('a', { signal: new AbortController().signal });
    const held = await items.gate.next('get');
    controller.abort();
    expect(await leaving).toMatchObject({ error: { code: 'aborted', backend: 'main', method: 'get' } });
    held.answer();
    expect(await staying).toMatchObject({ count: 0 });
    expect(requests()).toBe(1);
  });

  it('go on when all give up but one that never can', async () => {
    items.gate.close('get');
    const controller = new AbortController();
    const staying = get('a');
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    const held = await items.gate.next('get');
    controller.abort();
    await leaving;
    held.answer();
    expect(await staying).toMatchObject({ count: 0 });
  });

  it('are aborted when the last waiter gives up', async () => {
    const log = new TapLog();
    items.gate.close('get');
    const controllers = [new AbortController(), new AbortController()];
    const outcomes = controllers.map(({ signal }) => outcomeOf(get('a', { signal })));
    await items.gate.next('get');
    for (const controller of controllers) controller.abort();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ error: { code: 'aborted' } });
    await barrier();
    expect(log.all('callEnd')[0]).toMatchObject({ b: 2, a: { code: 'aborted' } });
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null, hasBase: false });
  });

  it('do not join a request that was just given up', async () => {
    items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    await items.gate.next('get');
    controller.abort();
    const anew = outcomeOf(get('a'));
    (await items.gate.next('get')).answer();
    expect(await anew).toMatchObject({ value: { count: 0 } });
    expect(await leaving).toMatchObject({ error: { code: 'aborted' } });
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null, hasBase: true });
  });

  it('keep the deadline of each caller', async () => {
    items.gate.close('get');
    const patient = get('a', { timeout: 10_000 });
    const hurried = outcomeOf(get('a', { timeout: 100 }));
    const held = await items.gate.next('get');
    runtime.advance(100);
    expect(await hurried).toMatchObject({ error: { code: 'timeout', reason: 'no answer within 100 ms' } });
    held.answer();
    expect(await patient).toMatchObject({ count: 0 });
    expect(runtime.timers).toBe(0);
  });
});

describe('maxAge', () => {
  it('answers from the cache until it is over', async () => {
    await get('a', { cache: 100 });
    runtime.nowMs += 99;
    await get('a', { cache: 100 });
    expect(requests()).toBe(1);
    runtime.nowMs += 1;
    await get('a', { cache: 100 });
    expect(requests()).toBe(2);
  });

  it('is counted from the answer, not from the request', async () => {
    items.gate.close('get');
    const slow = get('a', { cache: 100 });
    const held = await items.gate.next('get');
    runtime.nowMs += 500;
    held.answer();
    await slow;
    runtime.nowMs += 99;
    await get('a', { cache: 100 });
    expect(requests()).toBe(1);
  });

  it('is 0 by default: every query asks', async () => {
    await get('a');
    await get('a');
    expect(requests()).toBe(2);
  });

  it('may be set for the backend', async () => {
    const own = open(10, 100);
    await own.query(Items, 'get', ['a']);
    await own.query(Items, 'get', ['a']);
    expect(requests()).toBe(1);
    own.close();
  });

  it('keeps a result of undefined as well', async () => {
    await client.query(Items, 'nothing', [], FOREVER);
    expect(await client.query(Items, 'nothing', [], FOREVER)).toBeUndefined();
    expect(items.gate.count('nothing')).toBe(1);
  });

  it('is not shortened by a reader that joins without one', async () => {
    items.gate.close('get');
    const [first, second] = [get('a', FOREVER), get('a')];
    (await items.gate.next('get')).answer();
    await Promise.all([first, second]);
    items.gate.closed.clear();
    await get('a');
    expect(requests()).toBe(1);
  });

  it.each([-1, Number.NaN, '5' as unknown as number])('is refused when it is no duration: %s', async (cache) => {
    for (const [option, options] of [
      ['cache', { cache }],
      ['cache.maxAge', { cache: { maxAge: cache } }],
    ] as const) {
      await expect(client.query(Items, 'get', ['a'], options)).rejects.toMatchObject({
        code: 'invalid-argument',
        backend: 'main',
        service: 'item@1.0.0',
        method: 'get',
        reason: expect.stringContaining(`option ${option} is`),
      });
    }
    expect(await get('a')).toMatchObject({ count: 0 });
  });

  it('does not keep a failure', async () => {
    items.gate.close('get');
    const failed = outcomeOf(get('a', FOREVER));
    (await items.gate.next('get')).fail(new Error('no'));
    await failed;
    items.gate.closed.clear();
    expect(await get('a', FOREVER)).toMatchObject({ count: 0 });
  });
});

describe('invalidate', () => {
  const selectors: readonly (readonly [string, Selector | readonly Selector[], readonly string[]])[] = [
    ['a tag', 'list', ['names']],
    ['a tag of several entries', 'item', ['a', 'b']],
    ['an unknown tag', 'nope', []],
    ['no tag by inheritance', 'constructor', []],
    ['several tags', ['list', 'item'], ['a', 'b', 'names']],
    ['a pattern over all methods of a service, in every version', { method: 'item.*' }, ['a', 'b', 'names', 'plain']],
    ['a pattern over one version', { method: 'item@1.0.0.*' }, ['a', 'b', 'names']],
    ['one method', { method: 'item.names' }, ['names']],
    ['a pattern in the middle', { method: 'i*m.n*s' }, ['names']],
    ['a pattern whose dot is a dot', { method: 'itemxnames' }, []],
    ['a RegExp', /\.n/, ['names']],
    ['a global RegExp twice', [/names/g, /names/g], ['names']],
    ['a service', Items, ['a', 'b', 'names']],
    ['a service without a version', service('item'), ['plain']],
    ['a service on another backend', service('item@1.0.0', { backend: 'http' }), []],
    ['a predicate', (entry) => entry.args[0] === 'b', ['b']],
    ['a predicate over data and tags', ({ tags, data }) => tags.includes('item') && data !== undefined, ['a', 'b']],
    ['nothing', [], []],
  ];

  it.each(selectors)('by %s makes stale exactly what it means', async (_name, selector, expected) => {
    const ask = {
      a: () => client.query(Items, 'get', ['a'], { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item', 'a'] } }),
      b: () => client.query(Items, 'get', ['b'], { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } }),
      names: () => client.query(Items, 'names', [], { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['list'] } }),
      plain: () => client.query(OverHttp, 'get', ['plain'], FOREVER),
    };
    await Promise.all(Object.values(ask).map((query) => query()));
    client.invalidate(selector);
    const asked: string[] = [];
    for (const [name, query] of Object.entries(ask)) {
      const before = requests() + items.gate.count('names');
      await query();
      if (requests() + items.gate.count('names') > before) asked.push(name);
    }
    expect(asked).toEqual(expected);
  });

  it('goes by the tags of the last query', async () => {
    const tagged = (tags: string[]) => client.query(Items, 'get', ['a'], { cache: { maxAge: 1e9, tags } });
    await tagged(['old']);
    await tagged(['new']);
    client.invalidate('old');
    await get('a', { cache: 1e9 });
    expect(requests()).toBe(1);
    client.invalidate('new');
    await get('a', { cache: 1e9 });
    expect(requests()).toBe(2);
  });

  it('fetches observed entries again, once each, however many selectors and observers there are', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const options = { cache: { maxAge: 1e9, tags: ['item'] } };
    const observers = [observe(client, ref, options), observe(client, ref, options)];
    await until(() => observers[0]?.data.value !== undefined);
    await get('unobserved', { cache: 1e9 });
    client.invalidate(['item', { method: 'item.*' }, /get/]);
    await until(() => observers[0]?.fetching.value === false);
    expect(requests()).toBe(3);
    for (const observer of observers) observer.stop();
    client.invalidate('item');
    await barrier();
    expect(requests()).toBe(3);
  });

  it('leaves nothing half done when a predicate throws', async () => {
    await get('a', FOREVER);
    expect(() =>
      client.invalidate([
        { method: 'item.*' },
        () => {
          throw new Error('bad predicate');
        },
      ]),
    ).toThrow('bad predicate');
    await get('a', FOREVER);
    expect(requests()).toBe(1);
  });
});

describe('an invalidation during a fetch', () => {
  it('makes its result stale, and an observed entry is fetched again once', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    const outdated = (await items.gate.next('get')).apply();
    items.set('a', { count: 1 });
    client.invalidate(Items);
    outdated.answer();
    (await items.gate.next('get')).answer();
    await until(() => observer.fetching.value === false);
    expect(observer.data.value).toMatchObject({ count: 1 });
    expect(requests()).toBe(2);
    await get('a', FOREVER);
    expect(requests()).toBe(2);
    observer.stop();
  });

  it('makes its result stale for the next reader where nobody observes', async () => {
    items.gate.close('get');
    const first = get('a', FOREVER);
    const outdated = (await items.gate.next('get')).apply();
    items.set('a', { count: 1 });
    client.invalidate(Items);
    outdated.answer();
    await first;
    items.gate.closed.clear();
    expect(await get('a', FOREVER)).toMatchObject({ count: 1 });
    expect(requests()).toBe(2);
  });

  it.each(['query', 'refetch'] as const)('is not answered with the outdated result: %s', async (kind) => {
    items.gate.close('get');
    const ref = client.entry(Items, 'get', ['a']);
    const observer = observe(client, ref, FOREVER);
    const outdated = (await items.gate.next('get')).apply();
    await client.mutate(Items, 'patch', ['a', { count: 1 }], { invalidate: Items });
    const after = kind === 'query' ? get('a', FOREVER) : observer.refetch();
    outdated.answer();
    (await items.gate.next('get')).answer();
    expect(await after).toMatchObject({ count: 1 });
    expect(requests()).toBe(2);
    observer.stop();
  });

  it('does not let the outdated result overwrite a newer one', async () => {
    items.gate.close('get');
    const first = get('a', FOREVER);
    const outdated = (await items.gate.next('get')).apply();
    items.set('a', { count: 1 });
    client.invalidate(Items);
    const second = get('a', FOREVER);
    (await items.gate.next('get')).answer();
    expect(await second).toMatchObject({ count: 1 });
    outdated.answer();
    expect(await first).toMatchObject({ count: 1 });
    expect(await get('a', FOREVER)).toMatchObject({ count: 1 });
    expect(requests()).toBe(2);
  });

  it('fetches an observed entry again though the outdated request fails', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    const outdated = await items.gate.next('get');
    client.invalidate(Items);
    outdated.fail(new Error('no'));
    (await items.gate.next('get')).answer();
    await until(() => observer.data.value !== undefined);
    expect(observer.error.value).toBeUndefined();
    expect(requests()).toBe(2);
    observer.stop();
  });

  it('fetches an observed entry again though the outdated request is given up', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), { cache: 100 });
    await until(() => observer.data.value !== undefined);
    runtime.nowMs += 100;
    items.gate.close('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    await items.gate.next('get');
    items.set('a', { count: 1 });
    client.invalidate(Items);
    controller.abort();
    await leaving;
    (await items.gate.next('get')).answer();
    await until(() => observer.data.value?.count === 1);
    observer.stop();
  });
});

describe('eviction', () => {
  const ids = () => entriesOf().map(({ args }) => args[0]);

  it('takes the least recently used', async () => {
    client.close();
    client = open(3);
    const log = new TapLog();
    for (const id of ['a', 'b', 'c']) await get(id);
    await get('a');
    await get('d');
    expect(ids()).toEqual(['c', 'a', 'd']);
    expect(log.one('cacheEvict')).toMatchObject({ reason: 'lru', ref: { args: ['b'] } });
    client.invalidate({ method: 'item.*' });
    expect(log.one('cacheInvalidate')).toMatchObject({ b: 3 });
  });

  it('forgets the tags of what it took', async () => {
    client.close();
    client = open(1);
    const log = new TapLog();
    await client.query(Items, 'get', ['a'], { cache: { tags: ['t'] } });
    await get('b');
    client.invalidate('t');
    expect(log.one('cacheInvalidate')).toMatchObject({ b: 0 });
  });

  it('never takes what is observed, being fetched or layered', async () => {
    client.close();
    client = open(1);
    const observer = observe(client, client.entry(Items, 'get', ['observed']), FOREVER);
    await until(() => observer.data.value !== undefined);
    items.gate.close('get', 'add');
    const fetching = get('fetching');
    const heldGet = await items.gate.next('get');
    const target = client.entry(Items, 'get', ['layered']);
    const mutation = client.mutate(Items, 'add', ['layered', 1], { optimistic: layer(target, (item) => item) });
    const heldAdd = await items.gate.next('add');
    items.gate.closed.clear();
    for (const id of ['x', 'y', 'z']) await get(id);
    expect(ids()).toEqual(expect.arrayContaining(['observed', 'fetching', 'layered', 'z']));
    expect(ids()).toHaveLength(4);
    heldGet.answer();
    heldAdd.answer();
    await Promise.all([fetching, mutation]);
    observer.stop();
    // Nothing keeps them any more: the next one makes the cache as small as it should be.
    await get('next');
    expect(ids()).toEqual(['next']);
  });

  it('brings back an entry whose handle is used again, and asks for what it has forgotten', async () => {
    client.close();
    client = open(1);
    const ref = client.entry(Items, 'get', ['a']);
    await get('a', FOREVER);
    await get('b');
    expect(ids()).toEqual(['b']);
    const observer = observe(client, ref, FOREVER);
    expect(ids()).toEqual(['a']);
    expect(observer.data.value).toBeUndefined();
    await until(() => observer.data.value !== undefined);
    expect(client.entry(Items, 'get', ['a'])).toBe(ref);
    client.invalidate(Items);
    await until(() => observer.fetching.value === false);
    expect(requests()).toBe(4);
    observer.stop();
  });

  it('lets an old handle mean the entry that has taken its place', async () => {
    client.close();
    client = open(1);
    const old = client.entry(Items, 'get', ['a']);
    await get('b');
    const current = client.entry(Items, 'get', ['a']);
    const observers = [observe(client, current, FOREVER), observe(client, old, FOREVER)];
    await until(() => observers.every(({ data }) => data.value !== undefined));
    expect(requests()).toBe(2);
    expect(ids()).toEqual(['a']);
    items.set('a', { count: 1 });
    client.invalidate(Items);
    await until(() => observers.every(({ data }) => data.value?.count === 1));
    expect(requests()).toBe(3);
    expect(client.peek(old)).toBe(client.peek(current));
    items.gate.close('add');
    const mutation = client.mutate(Items, 'add', ['a', 1], {
      optimistic: layer(old, (item) => ({ ...item, count: item.count + 1 })),
    });
    expect(observers.map(({ data }) => data.value?.count)).toEqual([2, 2]);
    (await items.gate.next('add')).answer();
    await mutation;
    for (const observer of observers) observer.stop();
    await get('next');
    expect(ids()).toEqual(['next']);
  });
});
