import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashArgs } from './args-hash.js';
import { isSame } from './same-args.js';

const hashOf = (args: readonly unknown[]): number =>
  hashArgs(args, { backend: 'main', service: 'users', method: 'get' });

/** As the cache tells them apart: by their hashes first. */
const areSame = (a: readonly unknown[], b: readonly unknown[]): boolean => hashOf(a) === hashOf(b) && isSame(a, b);

class Point {
  readonly x = 1;
}

const many = Array.from({ length: 5_000 }, (_, i) => ({ i }));

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
  ['a large Set in another order', [new Set(many)], [new Set([...many].reverse())]],
  ['Errors of one name, text and cause', [new Error('x', { cause: 1 })], [new Error('x', { cause: 1 })]],
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
  ['Errors with other causes', [new Error('x', { cause: 1 })], [new Error('x', { cause: 2 })]],
];

describe('arguments', () => {
  it.each(same)('are the same: %s', (_name, a, b) => {
    expect(hashOf(a)).toBe(hashOf(b));
    expect(isSame(a, b)).toBe(true);
    expect(isSame(b, a)).toBe(true);
  });

  // Without their hashes, since those may be equal by chance.
  it.each(different)('are told apart: %s', (_name, a, b) => {
    expect(isSame(a, b)).toBe(false);
    expect(isSame(b, a)).toBe(false);
  });

  it.each([
    ['a function', () => 1, 'a function cannot be an argument, at args[0].user["the friends"][1]'],
    ['a symbol', Symbol('s'), 'a symbol cannot be an argument, at args[0].user["the friends"][1]'],
    ['a class instance', new Point(), 'a class instance cannot be an argument, at args[0].user["the friends"][1]'],
    ['a Promise', Promise.resolve(), 'a class instance cannot be an argument, at args[0].user["the friends"][1]'],
  ])('are refused with their path: %s; and the next are taken', (_name, bad, reason) => {
    expect(() => hashOf([{ user: { 'the friends': [0, bad] } }])).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason }),
    );
    expect(areSame([{ user: 1 }], [Object.fromEntries([['user', 1]])])).toBe(true);
  });

  it.each([
    ['the first in the order of its object', [{ c: 1, b: () => 1, a: Symbol('s') }], 'a function', 'args[0].b'],
    ['in a value of a map', [new Map([['k', { y: () => 1 }]])], 'a function', 'args[0][0][1].y'],
    ['in a set', [1, new Set([1, [Symbol('s')]])], 'a symbol', 'args[1][1][0]'],
  ])('are refused with what it was and where: %s', (_name, args, what, path) => {
    expect(() => hashOf(args)).toThrow(
      expect.objectContaining({ reason: `${what} cannot be an argument, at ${path}` }),
    );
  });

  it('take no longer for fields that are in no order, however deep they are', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { b: nested(levels - 1), a: 1 });
    const other = (levels: number): unknown => (levels === 0 ? 1 : { a: 1, b: other(levels - 1) });
    expect(areSame([nested(60)], [other(60)])).toBe(true);
  });

  it('are refused where they are a cycle or over 64 levels deep, and taken with 64', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    expect(() => hashOf(cycle)).toThrow(/nesting over 64 levels cannot be an argument, at args(\[0\]){8}$/);
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(() => hashOf([nested(65)])).toThrow(/nesting over 64 levels/);
    expect(areSame([nested(64)], [nested(64)])).toBe(true);
    expect(areSame([nested(64)], [nested(63)])).toBe(false);
  });

  it('with keys that an object keeps in the order of numbers are compared by key', () => {
    expect(areSame([{ 9: 1, 10: 2, a: 3 }], [{ a: 3, 10: 2, 9: 1 }])).toBe(true);
    expect(areSame([{ 9: 1, 10: 2 }], [{ 9: 2, 10: 1 }])).toBe(false);
  });

  it('are the same exactly where JSON values are deeply equal', () => {
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
        expect(isSame(a, b)).toBe(alike(a, b));
        expect(areSame(a, b)).toBe(alike(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not depend on the order in which keys were added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(areSame([value], [reversed])).toBe(true);
      }),
    );
  });
});

describe('hashArgs', () => {
  it('gives numbers that an engine keeps without an object', () => {
    fc.assert(
      fc.property(
        fc.array(fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }), { maxLength: 4 }),
        (args) => {
          const hash = hashOf(args);
          expect(hash).toBe(hash | 0);
          expect(Math.abs(hash)).toBeLessThanOrEqual(2 ** 30);
        },
      ),
    );
  });

  // Of 50,000 among 2^31 numbers, 0.6 would meet by chance.
  it.each<readonly [string, (i: number) => readonly unknown[]]>([
    ['integers', (i) => [i]],
    ['ids', (i) => [`user-${i}`]],
    ['times', (i) => [1_700_000_000_000 + i * 1_000]],
    ['fractions', (i) => [i / 7]],
    ['pages', (i) => [{ id: i % 250, page: Math.floor(i / 250) }]],
    ['pairs', (i) => [i % 250, Math.floor(i / 250)]],
    ['fields that go against each other', (i) => [{ x: i, y: 50_000 - i }]],
    ['nested filters', (i) => [{ filter: { a: i % 250, b: { c: Math.floor(i / 250) } } }]],
    ['sets', (i) => [new Set([i % 250, 1_000 + Math.floor(i / 250)])]],
    ['long texts that differ at one place', (i) => [`${'x'.repeat(300)}${i}${'y'.repeat(300)}`]],
  ])('spreads %s', (_name, argsOf) => {
    const hashes = new Set<number>();
    for (let i = 0; i < 50_000; i++) hashes.add(hashOf(argsOf(i)));
    expect(hashes.size).toBeGreaterThan(49_900);
  });
});
