import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey } from './canonical-key.js';

const keyOf = (args: readonly unknown[]): string =>
  canonicalKey(args, { backend: 'main', service: 'users', method: 'get' });

class Point {
  readonly x = 1;
}

const same: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  ['object keys in another order', [{ a: 1, b: { c: 2, d: 3 } }], [{ b: { d: 3, c: 2 }, a: 1 }]],
  ['-0 and 0', [-0, [-0]], [0, [0]]],
  [
    'a Map in another order',
    [
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    [
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
  ],
  ['a Set in another order', [new Set([1, 'x'])], [new Set(['x', 1])]],
  ['two Dates of one moment', [new Date(5)], [new Date(5)]],
  ['two invalid Dates', [new Date(Number.NaN)], [new Date(Number.NaN)]],
  ['NaN and NaN', [Number.NaN], [Number.NaN]],
  ['a plain object and one without a prototype', [{ a: 1 }], [Object.assign(Object.create(null), { a: 1 })]],
  ['bytes and a Buffer of the same bytes', [Uint8Array.of(1, 2)], [Buffer.from([1, 2])]],
  ['a hole and undefined', [Array(1)], [[undefined]]],
];

const different: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  ['undefined and absent', [{ a: undefined }], [{}]],
  ['a trailing undefined argument and none', ['x', undefined], ['x']],
  ['no argument and undefined', [], [undefined]],
  ['null and undefined', [null], [undefined]],
  ['an empty array and one with a hole', [[]], [Array(1)]],
  ['a number and its text', [1], ['1']],
  ['true and its text', [true], ['true']],
  ['a BigInt, its number and its text', [1n], [1]],
  ['a BigInt and its key as text', [1n], ['1n']],
  ['a Date and its milliseconds', [new Date(5)], [5]],
  ['a Date and its key as text', [new Date(5)], ['Date(5)']],
  ['a Date and its ISO text', [new Date(0)], ['1970-01-01T00:00:00.000Z']],
  ['a Map and an object', [new Map([['a', 1]])], [{ a: 1 }]],
  ['a Map and the Set of its pairs', [new Map([['a', 1]])], [new Set([['a', 1]])]],
  ['a Set and an array', [new Set([1])], [[1]]],
  ['keys and values of a Map swapped', [new Map([['a', 'b']])], [new Map([['b', 'a']])]],
  ['bytes and an array', [Uint8Array.of(1, 2)], [[1, 2]]],
  ['bytes 1 2 and 12', [Uint8Array.of(1, 2)], [Uint8Array.of(12)]],
  ['two arguments and one array', [1, 2], [[1, 2]]],
  ['arguments that only join alike', ['a,b'], ['a', 'b']],
  ['a RegExp with other flags', [/a/g], [/a/i]],
  ['a key that looks like two', [{ 'a":1,"b': 1 }], [{ a: 1, b: 1 }]],
  ['own __proto__ and none', [JSON.parse('{"__proto__":1}')], [{}]],
  ['NaN and null', [Number.NaN], [null]],
];

describe('canonicalKey', () => {
  it.each(same)('is the same for %s', (_name, a, b) => {
    expect(keyOf(a)).toBe(keyOf(b));
  });

  it.each(different)('tells apart %s', (_name, a, b) => {
    expect(keyOf(a)).not.toBe(keyOf(b));
  });

  it.each([
    ['a function', () => 1, 'a function cannot be an argument, at args[0].user["the friends"][1]'],
    ['a symbol', Symbol('s'), 'a symbol cannot be an argument, at args[0].user["the friends"][1]'],
    ['a class instance', new Point(), 'a class instance cannot be an argument, at args[0].user["the friends"][1]'],
    ['a Promise', Promise.resolve(), 'a class instance cannot be an argument, at args[0].user["the friends"][1]'],
  ])('refuses %s with its path, and takes the next arguments', (_name, bad, reason) => {
    expect(() => keyOf([{ user: { 'the friends': [0, bad] } }])).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason }),
    );
    expect(keyOf([{ user: 1 }])).toBe(keyOf([Object.fromEntries([['user', 1]])]));
  });

  it.each([
    ['the first in the order of its object', [{ c: 1, b: () => 1, a: Symbol('s') }], 'a function', 'args[0].b'],
    ['in a value of a map', [new Map([['k', { y: () => 1 }]])], 'a function', 'args[0][0][1].y'],
    ['in a set', [1, new Set([1, [Symbol('s')]])], 'a symbol', 'args[1][1][0]'],
  ])('names what was refused and where it is: %s', (_name, args, what, path) => {
    expect(() => keyOf(args)).toThrow(expect.objectContaining({ reason: `${what} cannot be an argument, at ${path}` }));
  });

  it('takes no longer for fields that are in no order, however deep they are', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { b: nested(levels - 1), a: 1 });
    expect(keyOf([nested(60)])).toHaveLength(keyOf([nested(30)]).length * 2 - keyOf([1]).length);
  });

  it('refuses a cycle and nesting over 64 levels, and takes 64', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    expect(() => keyOf(cycle)).toThrow(/nesting over 64 levels/);
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(() => keyOf([nested(65)])).toThrow(/nesting over 64 levels/);
    expect(keyOf([nested(64)])).toBe(keyOf([nested(64)]));
    expect(keyOf([nested(64)])).not.toBe(keyOf([nested(63)]));
  });

  it('sorts keys as texts, also those that an object keeps in the order of numbers', () => {
    expect(keyOf([{ 9: 1, 10: 2, a: 3 }])).toBe(keyOf([{ a: 3, 10: 2, 9: 1 }]));
    expect(keyOf([{ 9: 1, 10: 2 }])).not.toBe(keyOf([{ 9: 2, 10: 1 }]));
  });

  it('is equal exactly for JSON values that are deeply equal', () => {
    const alike = (a: unknown, b: unknown): boolean => {
      if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
      if (Array.isArray(a) !== Array.isArray(b)) return false;
      const [left, right] = [Object.keys(a), Object.keys(b)];
      return (
        left.length === right.length &&
        left.every((key) => Object.hasOwn(b, key) && alike(Reflect.get(a, key), Reflect.get(b, key)))
      );
    };
    // Few keys and values, so that equal pairs come up as well as unequal ones.
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, 0, -0, 1, '', '1', 'null', ','),
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('any'), { maxKeys: 2 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 2 }), fc.array(value, { maxLength: 2 }), (a, b) => {
        expect(keyOf(a) === keyOf(b)).toBe(alike(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not depend on the order in which keys were added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(keyOf([value])).toBe(keyOf([reversed]));
      }),
    );
  });
});
