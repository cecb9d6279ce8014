import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallOutcome, RELEASED, TapKind, type TapRow } from '../../protocol/index.js';
import { TapRing } from './tap-ring.js';

const rowOf = (seq: number): TapRow => [seq, seq % 80, seq * 10, seq - 1, `r${seq}`, { seq }, `a${seq}`, null];

function filled(capacity: number, ...seqs: number[]): TapRing {
  const ring = new TapRing(capacity, capacity);
  for (const seq of seqs) ring.write(...rowOf(seq));
  return ring;
}

const seqsOf = (ring: TapRing, from = 0, max = 1_000): number[] => ring.read(from, max).map(([seq]) => seq);

describe('TapRing', () => {
  it('returns records as they were written', () => {
    expect(filled(4, 1, 2).read(0, 10)).toEqual([rowOf(1), rowOf(2)]);
  });

  it('overwrites the oldest record and counts each that is lost', () => {
    const ring = filled(3, 1, 2, 3, 4, 5);
    expect(seqsOf(ring)).toEqual([3, 4, 5]);
    expect([ring.length, ring.lost, ring.capacity]).toEqual([3, 2, 3]);
  });

  describe('which keeps the values of its newest two records', () => {
    const call = {};
    const old = { before: true };
    const write = (ring: TapRing, seq: number, kind: number, a: unknown, b: unknown): void => {
      ring.write(seq, kind, seq, 0, '', call, a, b);
    };
    const values = (ring: TapRing) => ring.read(0, 10).map(({ 6: a, 7: b }) => [a, b]);

    it.each([
      ['a write', TapKind.cacheWrite, [RELEASED, RELEASED]],
      ['an eviction', TapKind.cacheEvict, [RELEASED, RELEASED]],
      ['what was forgotten unused', TapKind.cacheGc, [RELEASED, RELEASED]],
      ['a layer that was put on', TapKind.optimisticApply, [RELEASED, RELEASED]],
      ['a layer that was taken away', TapKind.optimisticRollback, [RELEASED, RELEASED]],
      ['a layer that was folded again', TapKind.optimisticRebase, [old, RELEASED]],
      ['a chunk', TapKind.streamChunk, [RELEASED, old]],
      ['an invalidation', TapKind.cacheInvalidate, [old, old]],
    ])('releases those of %s that is older, and keeps its record', (_name, kind, released) => {
      const ring = new TapRing(4, 2);
      write(ring, 1, kind, old, old);
      write(ring, 2, kind, old, old);
      expect(values(ring)).toEqual([
        [old, old],
        [old, old],
      ]);
      write(ring, 3, kind, old, old);
      expect(values(ring)).toEqual([released, [old, old], [old, old]]);
    });

    it('releases what a call gave, but not what it failed with', () => {
      const ring = new TapRing(4, 1);
      const error = new Error('no');
      write(ring, 1, TapKind.callEnd, old, CallOutcome.ok);
      write(ring, 2, TapKind.callEnd, error, CallOutcome.error);
      write(ring, 3, TapKind.cacheHit, null, null);
      expect(values(ring)).toEqual([
        [RELEASED, CallOutcome.ok],
        [error, CallOutcome.error],
        [null, null],
      ]);
    });

    it('keeps as many after it was made larger as it is told to', () => {
      const ring = new TapRing(2, 1);
      write(ring, 1, TapKind.cacheWrite, old, old);
      const larger = ring.resized(8, 3);
      for (const seq of [2, 3]) write(larger, seq, TapKind.cacheWrite, old, old);
      expect(values(larger)).toEqual(Array(3).fill([old, old]));
      write(larger, 4, TapKind.cacheWrite, old, old);
      expect(values(larger)[0]).toEqual([RELEASED, RELEASED]);
    });
  });

  it('lets go of the values it overwrote', () => {
    const ring = filled(2, 1, 2, 3, 4);
    expect(ring.read(0, 10).map(({ 5: ref }) => ref)).toEqual([{ seq: 3 }, { seq: 4 }]);
  });

  it.each([
    [0, [10, 20, 30, 40]],
    [20, [20, 30, 40]],
    [21, [30, 40]],
    [40, [40]],
    [41, []],
  ])('reads from seq %d on, though seqs of other clients lie between', (from, expected) => {
    expect(seqsOf(filled(8, 10, 20, 30, 40), from)).toEqual(expected);
  });

  it('reads no more than was asked for, oldest first', () => {
    expect(seqsOf(filled(3, 1, 2, 3, 4, 5), 0, 2)).toEqual([3, 4]);
    expect(seqsOf(filled(3, 1, 2, 3), 0, 0)).toEqual([]);
  });

  it('keeps everything when it grows', () => {
    const ring = filled(3, 1, 2, 3, 4).resized(5, 5);
    for (const seq of [5, 6]) ring.write(...rowOf(seq));
    expect(seqsOf(ring)).toEqual([2, 3, 4, 5, 6]);
    expect([ring.capacity, ring.lost]).toEqual([5, 1]);
  });

  it('keeps the newest when it shrinks and counts the others as lost', () => {
    const ring = filled(5, 1, 2, 3, 4, 5, 6).resized(2, 2);
    expect(seqsOf(ring)).toEqual([5, 6]);
    expect(ring.lost).toBe(4);
    ring.write(...rowOf(7));
    expect(seqsOf(ring)).toEqual([6, 7]);
    expect(ring.lost).toBe(5);
  });

  it('behaves as an array that is cut at the front', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 1, arbitrary: fc.record({ resize: fc.integer({ min: 1, max: 20 }) }) },
    );
    const read = fc.record({ back: fc.integer({ min: -3, max: 60 }), max: fc.integer({ min: 0, max: 25 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(step, { maxLength: 30 }),
        read,
        (capacity, steps, asked) => {
          let ring = new TapRing(capacity, capacity);
          let model: TapRow[] = [];
          let lost = 0;
          let seq = 0;
          const cut = (to: number): void => {
            const gone = Math.max(0, model.length - to);
            lost += gone;
            model = model.slice(gone);
          };
          for (const one of steps) {
            if ('resize' in one) {
              ring = ring.resized(one.resize, one.resize);
              cut(one.resize);
              continue;
            }
            for (let i = 0; i < one.write; i++) {
              seq += 1 + (i % 3);
              ring.write(...rowOf(seq));
              model.push(rowOf(seq));
              cut(ring.capacity);
            }
          }
          const from = seq - asked.back;
          expect(ring.read(from, asked.max)).toEqual(model.filter((row) => row[0] >= from).slice(0, asked.max));
          expect([ring.length, ring.lost]).toEqual([model.length, lost]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
