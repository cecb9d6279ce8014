import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PREVIEW_CHARS } from './limits.js';
import { errorLine, preview, previewArgs } from './preview.js';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

const alarm = (): never => {
  throw new Error('the page was made to run');
};
/** Each of its traps fails, those that a reader cannot avoid as well. */
const refusing = (): object => new Proxy({}, new Proxy({}, { get: () => alarm }));
function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}
function cycle(): unknown {
  const one: Record<string, unknown> = { a: 1 };
  one.self = one;
  return one;
}
function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

const THENABLE = Object.fromEntries([['then', alarm]]);

describe('preview', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['0', 0],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['12345678901234567890n', 12345678901234567890n],
    ['"a"', 'a'],
    ['"two⏎lines"', 'two\nlines'],
    [`"${'x'.repeat(39)}…"`, 'x'.repeat(100)],
    ['"\ud800"', '\ud800'],
    ['ƒ', () => 1],
    ['ƒ', class A {}],
    ['Symbol(s)', Symbol('s')],
    ['Symbol()', Symbol()],
    ['[]', []],
    ['{}', {}],
    ['[1, 2, 3]', [1, 2, 3]],
    ['[0, 0, 0, 0, 0, …]', new Array(1_000_000).fill(0)],
    ['[1, empty, 3]', Object.assign(new Array(3), { 0: 1, 2: 3 })],
    ['[empty, empty, empty, empty, empty, …]', new Array(4_294_967_295)],
    ['{a: 1, "b c": 2}', { a: 1, 'b c': 2 }],
    ['{a: {b: {…}}}', { a: { b: { c: 1 } } }],
    ['[[[…]]]', [[[1]]]],
    ['{a: 1, self: {a: 1, self: {…}}}', cycle()],
    ['{a: 1}', Object.assign(Object.create(null), { a: 1 })],
    ['Point {x: 1, y: 2}', new Point(1, 2)],
    ['{toJSON: ƒ}', { toJSON: alarm }],
    ['{toString: ƒ, valueOf: ƒ}', { toString: alarm, valueOf: alarm }],
    ['{then: ƒ}', THENABLE],
    ['{__proto__: 1}', JSON.parse('{"__proto__":1}')],
    ['2023-11-14T22:13:20.000Z', new Date(1_700_000_000_000)],
    ['Invalid Date', new Date(Number.NaN)],
    ['Map(2)', new Map([[1, 2] as const, [3, 4] as const])],
    ['Set(1)', new Set([1])],
    ['Bytes(3)', new Uint8Array(3)],
    ['Bytes(0)', detached()],
    ['/ab+/gi', /ab+/gi],
    ['/(?:)/', /(?:)/],
    ['/x/dgimsuy', /x/dgimsuy],
    ['TypeError: bad', new TypeError('bad')],
    ['Error', new Error('')],
    ['Error: boom', Object.defineProperty(new Error('boom'), 'name', { get: alarm })],
    ['(unreadable)', revoked({})],
    ['(unreadable)', revoked([])],
    ['(unreadable)', refusing()],
    ['[1, (unreadable), 3]', [1, revoked({}), 3]],
    ['{a: 1, b: (unreadable)}', { a: 1, b: refusing() }],
  ])('%s', (line, value) => {
    expect(preview(value)).toBe(line);
    expect(preview({ ok: 1 })).toBe('{ok: 1}');
  });

  it('runs no getter, whatever it sits on', () => {
    const get = alarm;
    const withGetters = {
      object: Object.defineProperty({}, 'a', { get, enumerable: true }),
      list: Object.defineProperty([1, 2], '0', { get, enumerable: true }),
      date: Object.defineProperties(new Date(0), { getTime: { get }, toISOString: { get } }),
      map: Object.defineProperties(new Map([[1, 2]]), { size: { get }, [Symbol.iterator]: { get } }),
      set: Object.defineProperty(new Set([1]), 'size', { get }),
      bytes: Object.defineProperty(new Uint8Array(2), 'length', { get }),
      regexp: Object.defineProperties(/a/g, { source: { get }, flags: { get }, global: { get } }),
      error: Object.defineProperties(new Error('e'), { message: { get }, name: { get } }),
    };
    expect(Object.values(withGetters).map(preview)).toEqual([
      '{a: (…)}',
      '[(…), 2]',
      '1970-01-01T00:00:00.000Z',
      'Map(1)',
      'Set(1)',
      'Bytes(2)',
      '/a/g',
      'Error',
    ]);
  });

  it('runs no getter of a subclass', () => {
    class Loud extends Map<number, number> {
      override get size(): number {
        return alarm();
      }
    }
    class LoudBytes extends Uint8Array {
      override get length(): number {
        return alarm();
      }
    }
    class LoudPoint {
      a = 1;
      get b(): number {
        return alarm();
      }
      static get [Symbol.species](): unknown {
        return alarm();
      }
    }
    expect([new Loud().set(1, 2), new LoudBytes(2), new LoudPoint()].map(preview)).toEqual([
      'Map(1)',
      'Bytes(2)',
      'LoudPoint {a: 1}',
    ]);
  });

  it('says what it can of things that only pretend', () => {
    const fakes = [Map, Set, Date, RegExp, Uint8Array].map((made) => Object.create(made.prototype) as unknown);
    for (const fake of fakes) expect(preview(fake)).toMatch(/^\(unreadable\)$|^\//);
    expect(preview({ [Symbol.toStringTag]: 'Date' })).toBe('{}');
  });

  it('reads the objects of another realm', () => {
    const foreign = runInNewContext('[{ a: 1 }, [1, 2], new Map([[1, 2]]), new Date(0), null]') as unknown[];
    expect(foreign.map(preview)).toEqual(['{a: 1}', '[1, 2]', 'Map {}', 'Date {}', 'null']);
  });

  it('does not write out what is too long', () => {
    const startedMs = performance.now();
    expect(preview(2n ** 4_000_000n)).toBe('(huge bigint)');
    expect(preview(-(2n ** 4_000_000n))).toBe('(huge bigint)');
    expect(preview('x'.repeat(50_000_000)).length).toBeLessThanOrEqual(42);
    expect(preview({ ['k'.repeat(1_000_000)]: 1 }).length).toBeLessThanOrEqual(PREVIEW_CHARS);
    expect(preview(Symbol('s'.repeat(1_000_000))).length).toBeLessThanOrEqual(PREVIEW_CHARS);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  it('never throws, and never says more than a line', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withSparseArray: true,
          withTypedArray: true,
          withNullPrototype: true,
          withObjectString: true,
          maxDepth: 4,
        }),
        (value) => {
          const line = preview(value);
          expect(line.length).toBeLessThanOrEqual(PREVIEW_CHARS);
          expect(line).not.toContain('\n');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('previewArgs', () => {
  it.each([
    ['', []],
    ['"a", 1', ['a', 1]],
    ['1, 2, 3, 4, 5', [1, 2, 3, 4, 5, 6]],
    ['(…)', Object.defineProperty([], '0', { get: alarm })],
    ['(unreadable), 1', [revoked({}), 1]],
    ['(unreadable)', revoked([])],
    ['(unreadable)', new Proxy([1], { getOwnPropertyDescriptor: alarm })],
    ['', undefined],
    ['', 'text'],
    ['', { 0: 1, length: 1 }],
  ])('%s', (line, args) => {
    expect(previewArgs(args)).toBe(line);
    expect(previewArgs([1])).toBe('1');
  });
});

describe('errorLine', () => {
  it.each([
    ['Error: boom', new Error('boom')],
    ['RangeError: far', new RangeError('far')],
    ['VersionConflict: expected 16', Object.assign(new Error('expected 16'), { name: 'VersionConflict' })],
    ['Error', Object.defineProperty(new Error('x'), 'message', { get: alarm })],
    ['Error: 1', Object.assign(new Error('1'), { name: 5 })],
  ])('%s', (line, error) => expect(errorLine(error)).toBe(line));

  it('is bounded', () => expect(errorLine(new Error('x'.repeat(10_000_000))).length).toBeLessThan(5_000));
});
