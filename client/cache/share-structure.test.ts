import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../../protocol/limits.js';
import { MAX_SHARED_NODES } from '../limits.js';
import type { NetronClient } from '../netron-client.js';
import { shareStructure } from './share-structure.js';
import { HttpShelves, Shelves, World } from './test-world.js';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

type Shape = Record<string, never> & { [key: string]: Shape };
const share = (previous: unknown, next: unknown): Shape => shareStructure(frozen(previous), frozen(next)) as Shape;
const parse = (json: string): Shape => JSON.parse(json) as Shape;

class Point {
  x = 1;
}

class Page extends Map<string, number> {
  total = 0;
}

const page = (total: number): Page => Object.assign(new Page([['a', 1]]), { total });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const mapOf = (...keys: string[]) => new Map([['in', new Map(keys.map((key) => [key, 1]))]]);
const setOf = (...items: string[]) => new Map([['in', new Set(items)]]);

describe('shareStructure', () => {
  it.each([
    ['an equal object', { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }],
    ['an equal list', [1, [2], { a: 3 }], [1, [2], { a: 3 }]],
    ['empty ones', {}, {}],
    ['NaN and -0', [Number.NaN, -0], [Number.NaN, -0]],
  ])('keeps %s whole', (_name, previous, next) => {
    expect(share(previous, next)).toBe(previous);
  });

  it('keeps what is equal in its place, and takes what is not', () => {
    const previous = { list: [{ id: 1 }, { id: 2 }], same: { deep: { x: 1 } }, gone: {} };
    const next = { list: [{ id: 1 }, { id: 3 }, { id: 2 }], same: { deep: { x: 1 } }, added: {} };
    const shared = share(previous, next);
    expect(shared).toEqual(next);
    expect(shared.same).toBe(previous.same);
    expect(shared.list?.[0]).toBe(previous.list[0]);
    expect(shared.list?.[1]).toBe(next.list[1]);
    expect(shared.added).toBe(next.added);
  });

  it.each([
    ['a shorter list', [1, 2, 3], [1, 2]],
    ['a longer list', [1, 2], [1, 2, 3]],
    ['a list for an object', { 0: 1 }, [1]],
    ['an object for a list', [1], { 0: 1 }],
    ['a field that is gone', { a: 1, b: 2 }, { a: 1 }],
    ['a field of undefined for none', { a: 1 }, { a: 1, b: undefined }],
    ['another field', { a: undefined }, { b: undefined }],
    ['0 for -0', [-0], [0]],
    ['a list with undefined at its end', [1], [1, undefined]],
    ['an object without prototype', {}, Object.create(null)],
    ['null', {}, null],
  ])('takes %s as it is', (_name, previous, next) => {
    const shared = share(previous, next);
    expect(shared).toBe(next);
  });

  it('keeps an equal Date, Map and Set', () => {
    const make = () => ({ at: new Date(1), by: new Map([[1, { x: new Date(2) }]]), of: new Set([1, 'a']), n: 1 });
    const previous = make();
    expect(shareStructure(previous, make())).toBe(previous);
    const shared = shareStructure(previous, { ...make(), n: 2 }) as typeof previous;
    expect([shared.at, shared.by, shared.of]).toEqual([previous.at, previous.by, previous.of]);
    expect(shared.by).toBe(previous.by);
  });

  it.each([
    ['another Date', new Date(1), new Date(2)],
    ['another value in a Map', new Map([[1, { x: 1 }]]), new Map([[1, { x: 2 }]])],
    [
      'a Map in another order',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['a Set in another order', new Set([1, 2]), new Set([2, 1])],
    ['a Map that holds one in another order', mapOf('a', 'b'), mapOf('b', 'a')],
    ['a Map that holds a Set in another order', setOf('a', 'b'), setOf('b', 'a')],
    ['a Map that holds equal bytes', new Map([[1, Uint8Array.of(1)]]), new Map([[1, Uint8Array.of(1)]])],
    ['a Map of a class of its own', page(1), page(2)],
    ['a Date that was a Map', new Map(), new Date(1)],
    ['equal bytes', Uint8Array.of(1), Uint8Array.of(1)],
    ['an equal instance of a class', new Point(), new Point()],
  ])('replaces whole: %s', (_name, previous, next) => {
    const shared = shareStructure({ kept: { a: 1 }, value: previous }, { kept: { a: 1 }, value: next }) as Shape;
    expect(Reflect.get(shared, 'value')).toBe(next);
  });

  it('leaves a field named __proto__ a field', () => {
    const previous = parse('{"__proto__":{"a":{"b":1}},"n":1}');
    const next = parse('{"__proto__":{"a":{"b":1},"c":2},"n":1}');
    const shared = share(previous, next);
    expect(Object.keys(shared)).toEqual(['__proto__', 'n']);
    expect(Object.getPrototypeOf(shared)).toBe(Object.prototype);
    expect(JSON.stringify(shared)).toBe(JSON.stringify(next));
    expect(Reflect.get(Object.getOwnPropertyDescriptor(shared, '__proto__')?.value, 'a')).toBe(
      Reflect.get(Object.getOwnPropertyDescriptor(previous, '__proto__')?.value, 'a'),
    );
    expect(share(parse('{"x":{}}'), parse('{"__proto__":{},"x":{}}'))).toEqual(parse('{"__proto__":{},"x":{}}'));
    expect(({} as Shape).a).toBeUndefined();
  });

  it('compares MAX_SHARED_NODES lists and objects, and takes the rest as it is', () => {
    const rows = (changed?: number) =>
      Array.from({ length: MAX_SHARED_NODES + 50 }, (_, id) => ({ id, changed: id === changed }));
    const [previous, next] = [rows(), rows(5)];
    const shared = share(previous, next) as unknown as typeof next;
    expect(shared).toEqual(next);
    // The list itself is one of them.
    const kept = shared.filter((row, i) => row === previous[i]).length;
    expect(kept).toBe(MAX_SHARED_NODES - 2);
    expect(shared.at(-1)).toBe(next.at(-1));
  });

  it.each([
    ['a Set', (size: number) => new Set(upTo(size)), MAX_SHARED_NODES - 1],
    // Each pair is one of them.
    ['a Map', (size: number) => new Map(upTo(size).map((i) => [i, i])), MAX_SHARED_NODES - 1],
    ['a Map of rows', (size: number) => new Map([['rows', upTo(size).map((id) => ({ id }))]]), MAX_SHARED_NODES - 3],
  ])('compares no more of %s', (_name, make, fits) => {
    const previous = make(fits);
    expect(shareStructure(previous, make(fits))).toBe(previous);
    const next = make(fits + 1);
    expect(shareStructure(make(fits + 1), next)).toBe(next);
  });

  it('takes what is deeper than the wire can be as it is, and what contains itself', () => {
    const nested = (depth: number, end: unknown): unknown =>
      depth === 0 ? end : { in: nested(depth - 1, end), x: {} };
    const fits = share(nested(MAX_DEPTH - 1, 1), nested(MAX_DEPTH - 1, 2));
    expect(fits).toEqual(nested(MAX_DEPTH - 1, 2));
    const next = nested(MAX_DEPTH + 2, 2);
    expect(shareStructure(nested(MAX_DEPTH + 2, 1), next)).toBe(next);
    const cyclic = (name: string) => {
      const self: Record<string, unknown> = { name, kept: {} };
      self.list = [self, self];
      self.self = self;
      return self;
    };
    const [before, after] = [cyclic('a'), cyclic('b')];
    expect(shareStructure(before, after)).toBe(after);
    expect(after.self).toBe(after);
  });

  it('takes what throws where it is read as it is', () => {
    const bad = {
      a: {},
      get b(): never {
        throw new Error('no');
      },
    };
    expect(shareStructure({ a: {}, b: 1 }, bad)).toBe(bad);
    const { proxy, revoke } = Proxy.revocable({ a: 1 }, {});
    revoke();
    expect(shareStructure({ a: 1 }, proxy)).toBe(proxy);
  });

  it('gives, for any two values, one that equals the second, and the first where they are equal', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, json, (previous, next) => {
        frozen(previous);
        frozen(next);
        expect(shareStructure(previous, next)).toEqual(next);
        const same = structuredClone(previous);
        const shared = shareStructure(previous, same);
        if (typeof previous === 'object') expect(shared).toBe(previous);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('answers', () => {
  const world = new World();
  let client: NetronClient;

  beforeAll(() => world.open());
  afterAll(() => world.close());
  beforeEach(() => {
    world.reset();
    client = world.client();
  });
  afterEach(() => world.closeClients());

  const rows = (changed: number) => ({
    rows: [1, 2, 3].map((id) => ({ id, n: id === changed ? -1 : id })),
    meta: { a: [1] },
  });

  it.each([
    ['HTTP', HttpShelves],
    ['WebSocket', Shelves],
  ])('over %s keep the parts that have not changed', async (_wire, service) => {
    const ask = () => client.query(service, 'read', ['k']) as Promise<ReturnType<typeof rows>>;
    world.shelf.values.set('k', rows(0));
    const first = await ask();
    world.shelf.values.set('k', rows(2));
    const second = await ask();
    expect(second).toEqual(rows(2));
    expect(second).not.toBe(first);
    expect(second.meta).toBe(first.meta);
    expect(second.rows[0]).toBe(first.rows[0]);
    expect(second.rows[1]).not.toBe(first.rows[1]);
    expect(await ask()).toBe(second);
    expect(first).toEqual(rows(0));
  });

  it.each([
    ['HTTP', HttpShelves],
    ['WebSocket', Shelves],
  ])('over %s with a field named __proto__ change no prototype', async (_wire, service) => {
    const value = (n: number) => parse(`{"__proto__":{"polluted":${n}},"kept":{"x":1}}`);
    for (const n of [1, 2]) {
      world.shelf.values.set('k', value(n));
      const answer = (await client.query(service, 'read', ['k'])) as object;
      expect(JSON.stringify(answer)).toBe(JSON.stringify(value(n)));
      expect(Object.getPrototypeOf(answer)).toBe(Object.prototype);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    }
  });

  it('over WebSocket keep what they are where they hold dates and maps', async () => {
    const value = () => ({ at: new Date(5), by: new Map([['k', { x: 1 }]]), kept: { y: 1 } });
    world.shelf.values.set('k', value());
    const first = (await client.query(Shelves, 'read', ['k'])) as ReturnType<typeof value>;
    expect(first).toEqual(value());
    expect(await client.query(Shelves, 'read', ['k'])).toBe(first);
  });

  it('that transform made of anything are taken', async () => {
    const cyclic = (): unknown => {
      const self: Record<string, unknown> = {};
      self.self = self;
      return self;
    };
    for (let i = 0; i < 2; i++) {
      const answer = (await client.query(Shelves, 'read', ['k'], { transform: cyclic })) as Record<string, unknown>;
      expect(answer.self).toBe(answer);
    }
  });
});
