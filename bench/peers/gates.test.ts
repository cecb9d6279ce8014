import { describe, expect, it } from 'vitest';
import type { Comparison } from './comparison.ts';
import { GATES, judge } from './gates.ts';
import { OPERATION_NAMES } from './operation-name.ts';

const ratio = (value: number): Comparison => ({ ours_ns: 100, peer_ns: 100 * value, ratio: value });

describe('the gates', () => {
  it('cover every operation', () => {
    expect(new Set(GATES.map(({ operation }) => operation))).toEqual(new Set(OPERATION_NAMES));
  });

  it('let a ratio fall short by a fifth, and no more', () => {
    expect(judge({ observe: ratio(6.4) }, ['observe'])).toMatchObject([{ limit: 8, value: 6.4, met: true }]);
    expect(judge({ observe: ratio(6.3) }, ['observe'])).toMatchObject([{ limit: 8, value: 6.3, met: false }]);
  });

  it('let a bound be passed by a fifth, and no more', () => {
    const tap = (added: number): Comparison => ({ ...ratio(1), added_ns: added });
    expect(judge({ 'tap.on': tap(36) }, ['tap.on'])).toMatchObject([{ limit: 30, met: true }]);
    expect(judge({ 'tap.on': tap(36.1) }, ['tap.on'])).toMatchObject([{ limit: 30, met: false }]);
  });

  it('are missed by what was asked for and has no figure', () => {
    expect(judge({}, ['read.stable'])).toMatchObject([{ value: undefined, met: false }]);
    expect(judge({ 'dehydrate/entry': ratio(9) }, ['dehydrate/entry'])).toMatchObject([
      { figure: 'ratio', met: true },
      { figure: 'bytes_ratio', met: false },
    ]);
    expect(judge({}, [])).toEqual([]);
  });
});
