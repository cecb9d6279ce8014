import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSummary, diffValues } from './diff.js';
import { DIFF_CHANGES, DIFF_VISITS } from './limits.js';

const alarm = (): never => {
  throw new Error('the page was made to run');
};
function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}
const summary = (before: unknown, after: unknown, visits = 1_000): string => diffSummary(before, after, { visits });
const lines = (before: unknown, after: unknown): string[] =>
  diffValues(before, after).changes.map(({ path, op, before, after }) => `${op} ${path} ${before}>${after}`);

describe('diffValues', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['nothing', { a: 1 }, { a: 1 }, []],
    ['NaN', [Number.NaN], [Number.NaN], []],
    ['a zero that changed its sign', [0], [-0], ['change [0] 0>-0']],
    ['an addition', { a: 1 }, { a: 1, b: 2 }, ['add .b >2']],
    ['a removal', { a: 1, b: 2 }, { a: 1 }, ['remove .b 2>']],
    ['a change', { a: 1 }, { a: 2 }, ['change .a 1>2']],
    ['a field set to undefined', { a: 1 }, { a: undefined }, ['change .a 1>undefined']],
    ['undefined added', {}, { a: undefined }, ['add .a >undefined']],
    ['depth', { a: [{ b: 1 }, 2] }, { a: [{ b: 3 }, 2, 4] }, ['change .a[0].b 1>3', 'add .a[2] >4']],
    ['a shorter list', [1, 2, 3], [1], ['remove [1] 2>', 'remove [2] 3>']],
    ['another type', { a: [] }, { a: {} }, ['change .a []>{}']],
    ['a whole', 1, 'x', ['change  1>"x"']],
    [
      'a class instance',
      { d: new Date(0) },
      { d: new Date(1) },
      ['change .d 1970-01-01T00:00:00.000Z>1970-01-01T00:00:00.001Z'],
    ],
    ['a first value', undefined, { a: 1, b: 2 }, ['add .a >1', 'add .b >2']],
    ['a first list', undefined, [7, 8], ['add [0] >7', 'add [1] >8']],
    ['a first scalar', undefined, 5, ['add  >5']],
    ['a value that went', { a: 1 }, undefined, ['change  {a: 1}>undefined']],
    ['null', null, { a: 1 }, ['change  null>{a: 1}']],
    ['no prototype', Object.create(null), Object.assign(Object.create(null), { a: 1 }), ['add .a >1']],
    [
      'names of the prototype',
      {},
      JSON.parse('{"__proto__":1,"constructor":2}'),
      ['add .__proto__ >1', 'add .constructor >2'],
    ],
  ])('tells %s', (_, before, after, expected) => expect(lines(before, after)).toEqual(expected));

  it('does not look inside what is the same object', () => {
    const same = new Proxy({}, { ownKeys: alarm, getOwnPropertyDescriptor: alarm });
    expect(diffValues({ same, a: 1 }, { same, a: 2 }).changes).toHaveLength(1);
    expect(diffValues([same], [same])).toEqual({ changes: [], omitted: 0 });
    expect(diffValues(same, same)).toEqual({ changes: [], omitted: 0 });
  });

  it('runs no getter', () => {
    const loud = (value: unknown): object => Object.defineProperty({ value }, 'a', { get: alarm, enumerable: true });
    const loudList = (): unknown[] => Object.defineProperty([0, 1], '0', { get: alarm });
    expect(lines(loud(1), loud(2))).toEqual(['change .value 1>2']);
    expect(lines(loudList(), loudList())).toEqual([]);
    expect(lines(undefined, loudList())).toEqual(['add [0] >undefined', 'add [1] >1']);
  });

  it('survives what cannot be read, and tells the rest', () => {
    expect(diffValues(revoked({}), { a: 1 }).changes).toHaveLength(1);
    expect(diffValues({ a: 1, b: revoked({}) }, { a: 2, b: revoked({}) }).changes[0]).toMatchObject({ path: '.a' });
    expect(lines({ a: 1 }, { a: 2 })).toEqual(['change .a 1>2']);
  });

  it('lists a hundred changes and counts the others', () => {
    const after = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, i]));
    const { changes, omitted } = diffValues({}, after);
    expect([changes.length, omitted]).toEqual([DIFF_CHANGES, 150]);
  });

  it('owns up when it gave up', () => {
    const list = (n: number): unknown[] =>
      Array.from({ length: DIFF_VISITS + 10 }, (_, i) => ({ n: i < DIFF_VISITS ? 0 : n }));
    const { changes, omitted } = diffValues(list(1), list(2));
    expect(changes).toEqual([]);
    expect(omitted).toBeGreaterThan(0);
  });

  it('bounds the length of a path', () => {
    const { changes } = diffValues({}, { ['k'.repeat(1_000_000)]: 1 });
    expect(changes[0]?.path.length).toBeLessThan(200);
  });

  it('finds nothing between a value and its copy, and something once a leaf has changed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        const same: unknown = JSON.parse(JSON.stringify(value));
        expect(diffValues(copy, same)).toEqual({ changes: [], omitted: 0 });
        expect(diffValues({ copy }, { copy: { changed: same } }).changes).not.toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('diffSummary', () => {
  it.each([
    ['=', { a: 1 }, { a: 1 }],
    ['~1', { a: 1 }, { a: 2 }],
    ['+1 −1 ~1', { a: 1, b: 2, c: 3 }, { a: 9, c: 3, d: 4 }],
    ['+7', undefined, [1, 2, 3, 4, 5, 6, 7]],
    ['+2', undefined, { a: 1, b: [1, 2, 3] }],
    ['+1', undefined, 5],
    ['=', undefined, undefined],
    ['~1', { password: 'a' }, { password: 'b' }],
  ])('%s', (expected, before, after) => expect(summary(before, after)).toBe(expected));

  it('is empty when it would have cost too much, and the budget is spent', () => {
    const budget = { visits: 100 };
    const rows = (n: number): unknown[] => Array.from({ length: 200 }, () => ({ n }));
    expect(diffSummary(rows(1), rows(2), budget)).toBe('');
    expect(budget.visits).toBe(0);
    expect(diffSummary({ a: 1 }, { a: 2 }, budget)).toBe('');
    expect(summary({ a: 1 }, { a: 2 })).toBe('~1');
  });

  it('takes off the budget what it cost', () => {
    const budget = { visits: 1_000 };
    diffSummary({ a: 1 }, { a: 2 }, budget);
    expect(budget.visits).toBeLessThan(1_000);
    expect(budget.visits).toBeGreaterThan(990);
  });

  it.each([
    ['a million keys', Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`k${i}`, i])), undefined],
    ['a million items', new Array(3_000_000).fill(0), new Array(3_000_000).fill(0)],
  ])('stays cheap for %s', (_, before, after) => {
    const startedMs = performance.now();
    diffSummary(after, before, { visits: 5_000 });
    diffSummary(before, {}, { visits: 5_000 });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it('survives what cannot be read', () => {
    expect(summary(revoked({}), { a: 1 })).toBe('~1');
    expect(summary([1], [revoked([])])).toBe('~1');
    expect(summary({ a: 1 }, { a: 1 })).toBe('=');
  });
});
