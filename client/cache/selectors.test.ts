import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../index.js';
import type { NetronClient } from '../netron-client.js';
import type { ItemApi } from '../testing/test-item-service.js';
import { observe } from '../testing/test-observer.js';
import { until } from '../testing/test-watch.js';
import type { Selector } from './selector.js';
import { barrier, FOREVER, get, Items, World } from './test-world.js';

const OverHttp = service<ItemApi>('item', { backend: 'http' });
const world = World.set();
let client: NetronClient;

beforeEach(() => {
  client = world.client();
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
    ['a RegExp over one version', /@1\.0\.0\.get$/, ['a', 'b']],
    ['a pattern of many stars', { method: `${'*'.repeat(30)}.names` }, ['names']],
    ['a pattern of many stars that fits nothing', { method: `${'*'.repeat(30)}!` }, []],
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
      const before = world.gets + world.items.gate.count('names');
      await query();
      if (world.gets + world.items.gate.count('names') > before) asked.push(name);
    }
    expect(asked).toEqual(expected);
  });

  it('goes by the tags of the last query', async () => {
    const tagged = (tags: string[]) => client.query(Items, 'get', ['a'], { cache: { maxAge: 1e9, tags } });
    await tagged(['old']);
    await tagged(['new']);
    client.invalidate('old');
    await get(client, 'a', { cache: 1e9 });
    expect(world.gets).toBe(1);
    client.invalidate('new');
    await get(client, 'a', { cache: 1e9 });
    expect(world.gets).toBe(2);
  });

  it('fetches observed entries again, once each, however many selectors and observers there are', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const options = { cache: { maxAge: 1e9, tags: ['item'] } };
    const observers = [observe(client, ref, options), observe(client, ref, options)];
    await until(() => observers[0]?.data.value !== undefined);
    await get(client, 'unobserved', { cache: 1e9 });
    client.invalidate(['item', { method: 'item.*' }, /get/]);
    await until(() => observers[0]?.fetching.value === false);
    expect(world.gets).toBe(3);
    for (const observer of observers) observer.stop();
    client.invalidate('item');
    await barrier(client);
    expect(world.gets).toBe(3);
  });

  it('leaves nothing half done when a predicate throws', async () => {
    await get(client, 'a', FOREVER);
    expect(() =>
      client.invalidate([
        { method: 'item.*' },
        () => {
          throw new Error('bad predicate');
        },
      ]),
    ).toThrow('bad predicate');
    await get(client, 'a', FOREVER);
    expect(world.gets).toBe(1);
  });
});
