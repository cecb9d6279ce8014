import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROW_WIDTH, TapKind } from '../../../protocol/index.js';
import type { RawDrain } from '../../bridge/page-agent.js';
import { parseRecords } from './record.js';

function drainOf(rows: readonly unknown[], from = 1, table: string[] = ['one', 'two']): RawDrain {
  return {
    ...{ v: 1, session: 's', from, next: 0, lost: 0, more: false, nowMs: 0, t0Us: 1_000, table, rows },
    ...{ entries: [], clients: [], costMs: 0 },
  };
}

const hit = (dtUs = 0, text = ''): unknown[] => [dtUs, TapKind.cacheHit, 5, 2, 7, 1, 3, text];
const gap = (num: number): unknown[] => [0, TapKind.gap, 0, 0, 0, 0, num, ''];
const seqs = (rows: readonly unknown[], from = 1): number[] =>
  parseRecords(drainOf(rows, from)).records.map(({ seq }) => seq);

describe('parseRecords', () => {
  it('gives each row its seq, its time and its strings', () => {
    expect(parseRecords(drainOf([...hit(0, 'a'), ...hit(250, 'b')], 40))).toEqual({
      records: [
        {
          seq: 40,
          kind: TapKind.cacheHit,
          tUs: 1_000,
          cause: 5,
          reason: 'mount',
          refId: 7,
          label: 'two',
          num: 3,
          text: 'a',
        },
        {
          seq: 41,
          kind: TapKind.cacheHit,
          tUs: 1_250,
          cause: 5,
          reason: 'mount',
          refId: 7,
          label: 'two',
          num: 3,
          text: 'b',
        },
      ],
      rejected: 0,
    });
  });

  it('counts from 1 when a drain begins at 0', () => expect(seqs([...hit(), ...hit()], 0)).toEqual([1, 2]));

  it('goes on behind a gap', () => {
    expect(seqs([...gap(10), ...hit(), ...gap(2), ...hit(), ...hit()], 5)).toEqual([5, 15, 16, 18, 19]);
  });

  it('takes time steps that go back, as those of two clients may', () => {
    const { records } = parseRecords(drainOf([...hit(0), ...hit(-300), ...hit(300)]));
    expect(records.map(({ tUs }) => tUs)).toEqual([1_000, 700, 1_000]);
  });

  it('knows reasons and labels that are not there as empty', () => {
    const [record] = parseRecords(drainOf([0, 1, 0, 999, 0, 999, 0, ''])).records;
    expect([record?.reason, record?.label]).toEqual(['', '']);
  });

  it.each([
    ['a kind in words', ['x', 1, 0, 0, 0, 0, 0, '']],
    ['null', [0, null, 0, 0, 0, 0, 0, '']],
    ['a text that is a number', [0, 1, 0, 0, 0, 0, 0, 5]],
    ['a negative cause', [0, 1, -1, 0, 0, 0, 0, '']],
    ['half a seq', [0, 1, 0, 0, 0.5, 0, 0, '']],
    ['an object', [{}, {}, {}, {}, {}, {}, {}, {}]],
  ])('rejects a row and keeps the seqs of the others: %s', (_, bad) => {
    const { records, rejected } = parseRecords(drainOf([...hit(), ...bad, ...hit()]));
    expect([records.map(({ seq }) => seq), rejected]).toEqual([[1, 3], 1]);
  });

  it('counts a row that is cut off', () => {
    const { records, rejected } = parseRecords(drainOf([...hit(), ...hit().slice(0, 5)]));
    expect([records.length, rejected]).toEqual([1, 1]);
  });

  it('survives any rows', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.nat()), { maxLength: 40 }), (rows) => {
        const { records, rejected } = parseRecords(drainOf(rows));
        expect(records.length + rejected).toBe(Math.ceil(rows.length / ROW_WIDTH));
      }),
      { numRuns: 200 },
    );
  });
});
