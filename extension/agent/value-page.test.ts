import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueNode } from '../../protocol/index.js';
import { VALUE_CHILDREN, VALUE_PAGE_CHARS, VALUE_STRING_CHARS } from './limits.js';
import { valueAt, valuePage } from './value-page.js';

const alarm = (): never => {
  throw new Error('the page was made to run');
};
function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const keysOf = ({ children }: ValueNode): readonly string[] | undefined => children?.map(({ key }) => key);
const typesOf = ({ children }: ValueNode): readonly string[] | undefined => children?.map(({ node }) => node.type);
const childAt = (node: ValueNode, at: number): ValueNode | undefined => node.children?.[at]?.node;

describe('valuePage', () => {
  it.each([
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['boolean', false, 'false'],
    ['number', -0, '-0'],
    ['bigint', 1n, '1n'],
    ['symbol', Symbol('s'), 'Symbol(s)'],
    ['function', alarm, 'ƒ'],
    ['date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['regexp', /a/g, '/a/g'],
    ['array', [], '[]'],
    ['object', {}, '{}'],
    ['map', new Map(), 'Map(0)'],
    ['set', new Set(), 'Set(0)'],
    ['bytes', new Uint8Array(), 'Bytes(0)'],
  ])('%s is a leaf when it holds nothing', (type, value, preview) => {
    expect(valuePage(value, 0)).toEqual({ type, preview, size: 0 });
  });

  it('gives two levels, and the size of what lies below', () => {
    const page = valuePage({ a: { b: { c: 1 } }, list: [1] }, 0);
    expect(page).toMatchObject({ type: 'object', size: 2 });
    expect(keysOf(page)).toEqual(['a', 'list']);
    expect(childAt(page, 0)?.children).toEqual([{ key: 'b', node: { type: 'object', preview: '{c: 1}', size: 1 } }]);
  });

  it.each([
    ['an array', Array.from({ length: 250 }, (_, i) => i), '249'],
    ['a sparse array', Object.assign(new Array(250), { 249: 'x' }), '249'],
    ['an object', Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, i])), 'k249'],
    ['a map', new Map(Array.from({ length: 250 }, (_, i) => [i, i])), '249'],
    ['a set', new Set(Array.from({ length: 250 }, (_, i) => i)), '249'],
    ['bytes', new Uint8Array(250), '249'],
  ])('pages %s by a hundred', (_, value, lastKey) => {
    const pages = [0, 100, 200, 300].map((offset) => valuePage(value, offset));
    expect(pages.map((page) => page.size)).toEqual([250, 250, 250, 250]);
    expect(pages.map((page) => page.children?.length)).toEqual([VALUE_CHILDREN, VALUE_CHILDREN, 50, 0]);
    expect(keysOf(pages[2] as ValueNode)?.at(-1)).toBe(lastKey);
  });

  it('does not touch what lies outside a page of a huge array', () => {
    const startedMs = performance.now();
    const page = valuePage(new Array(4_294_967_295), 4_000_000_000);
    expect([page.size, page.children?.length]).toEqual([4_294_967_295, 100]);
    expect(performance.now() - startedMs).toBeLessThan(300);
  });

  it('stops at its budget and leaves the rest to be asked for', () => {
    const page = valuePage(
      Array.from({ length: 100 }, () => ({ text: 'x'.repeat(10_000) })),
      0,
    );
    expect(JSON.stringify(page).length).toBeLessThan(VALUE_PAGE_CHARS * 1.5);
    expect(page.children?.length).toBeLessThan(20);
    const rest = valuePage(
      Array.from({ length: 100 }, (_, i) => i),
      page.children?.length ?? 0,
    );
    expect(rest.children?.[0]?.node.preview).toBe(String(page.children?.length));
    expect(page.size).toBe(100);
  });

  it('cuts a long string and says how long it is', () => {
    const page = valuePage('x'.repeat(100_000), 0);
    expect([page.type, page.size, page.preview.length]).toEqual(['string', 100_000, VALUE_STRING_CHARS]);
  });

  it('shows the fields of an error that matter though they are not enumerable', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 7 });
    Object.defineProperty(error, 'remoteStack', { value: 'at server' });
    expect(keysOf(valuePage(error, 0))).toEqual(['message', 'cause', 'remoteStack', 'code']);
  });

  it('runs no getter and says where one is', () => {
    const page = valuePage(
      {
        get a(): number {
          return alarm();
        },
        b: 1,
      },
      0,
    );
    expect(page.children).toEqual([
      { key: 'a', node: { type: 'accessor', preview: '(getter, not run)', size: 0 } },
      { key: 'b', node: { type: 'number', preview: '1', size: 0 } },
    ]);
  });

  it('runs no iterator of the page', () => {
    const map = Object.assign(new Map([['a', 1]]), { [Symbol.iterator]: alarm, entries: alarm });
    const set = Object.assign(new Set([1]), { [Symbol.iterator]: alarm, values: alarm });
    const bytes = Object.assign(new Uint8Array([7]), { [Symbol.iterator]: alarm });
    expect([map, set, bytes].map((value) => keysOf(valuePage(value, 0))?.[0])).toEqual(['"a"', '0', '0']);
  });

  it('keeps to the one part that cannot be read', () => {
    const page = valuePage({ good: 1, gone: revoked({}), goneToo: revoked([]), also: { x: 1 } }, 0);
    expect(typesOf(page)).toEqual(['number', 'unreadable', 'unreadable', 'object']);
    expect(valuePage(revoked({}), 0)).toMatchObject({ type: 'unreadable', size: 0 });
    expect(valuePage({ a: 1 }, 0).size).toBe(1);
  });

  it.each([[Number.NaN], [-1], [1e300], [0.5], [Number.POSITIVE_INFINITY]])('survives the offset %d', (offset) => {
    for (const value of [[1, 2], { a: 1 }, new Map([[1, 2]]), new Set([1]), new Uint8Array(2)]) {
      expect(valuePage(value, offset).type).toBeTypeOf('string');
    }
    expect(valuePage([1], 0).children?.length).toBe(1);
  });

  it('never throws and never leaves the budget far behind', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      maxDepth: 4,
    });
    fc.assert(
      fc.property(anything, fc.nat(300), (value, offset) => {
        expect(JSON.stringify(valuePage(value, offset)).length).toBeLessThan(VALUE_PAGE_CHARS * 2);
      }),
      { numRuns: 200 },
    );
  });
});

describe('valueAt', () => {
  const inner = { deep: [10, 20] };
  it.each([
    ['the root', inner, [], inner],
    ['an object', { a: 1, b: inner }, [1], inner],
    ['an array', [0, [1, inner]], [1, 1], inner],
    [
      'a map',
      new Map<unknown, unknown>([
        ['x', 0],
        [{}, inner],
      ]),
      [1],
      inner,
    ],
    ['a set', new Set([0, inner]), [1], inner],
    ['bytes', new Uint8Array([5, 6]), [1], 6],
    ['an error', new Error('e', { cause: inner }), [1], inner],
    ['several', { a: new Map([['m', new Set([[inner]])]]) }, [0, 0, 0, 0, 0, 1], 20],
  ])('goes by position through %s', (_, root, path, value) => {
    expect(valueAt(root, path)).toEqual({ value });
  });

  it.each([
    ['no such position', { a: 1 }, [1]],
    ['a leaf', 5, [0]],
    ['a negative position', [1], [-1]],
    ['a secret name', { password: { inner: 1 } }, [0]],
    ['below a secret name', { password: { inner: 1 } }, [0, 0]],
    ['a secret name in a map', new Map([['apiKey', { inner: 1 }]]), [0, 0]],
    ['a getter', Object.defineProperty({}, 'a', { get: alarm, enumerable: true }), [0]],
    ['a getter in an array', Object.defineProperty([], '0', { get: alarm }), [0]],
    ['a revoked proxy', [revoked({})], [0, 0]],
    ['a position that is none', [1], [Number.NaN]],
  ])('leads nowhere: %s', (_, root, path) => {
    const found = valueAt(root, path);
    expect(found?.value).toBeUndefined();
    expect(valueAt([1], [0])).toEqual({ value: 1 });
  });

  it('finds every child that a page names, where the page says it is', () => {
    const value = [
      { a: 1, list: [1, 2] },
      new Map<unknown, unknown>([['k', { v: 1 }]]),
      new Set(['s']),
      new Error('e', { cause: 5 }),
    ];
    const walk = (path: readonly number[]): number => {
      const found = valueAt(value, path);
      const page = valuePage(found?.value, 0);
      return 1 + (page.children ?? []).reduce((sum, _, i) => sum + walk([...path, i]), 0);
    };
    expect(walk([])).toBe(14);
  });
});
