import { describe, expect, it } from 'vitest';
import { TapKind } from '../../../protocol/index.js';
import { HistoryLog } from './history-log.js';
import { MAX_HISTORY } from './limits.js';
import type { TapRecord } from './record.js';

let log: HistoryLog;

function add(seq: number, kind: keyof typeof TapKind, fields: Partial<TapRecord> = {}): void {
  const record = { cause: 0, reason: '', refId: 0, label: '', num: 0, text: '', tUs: seq * 10, ...fields };
  log.add({ ...record, kind: TapKind[kind], seq }, (cause) => (cause > 0 ? 100 + cause : 0));
}
const shape = () =>
  log.rows.map(({ no, seq, kind, touched }) => [no, seq, kind, touched.map(({ entryId }) => entryId)]);

describe('HistoryLog', () => {
  it('has a row for each kind of change, and for nothing else', () => {
    log = new HistoryLog();
    const kinds = Object.keys(TapKind) as (keyof typeof TapKind)[];
    kinds.forEach((kind, i) => {
      add(i * 10 + 1, kind, { refId: kind === 'gap' || kind === 'cacheInvalidate' ? 0 : 4 });
    });
    expect(log.rows.map(({ kind }) => kind)).toEqual([
      ...['gap', 'write', 'invalidate', 'evict', 'evict', 'optimistic', 'commit', 'rollback', 'rebase', 'breaker'],
    ]);
    expect(log.rollbacks).toBe(1);
  });

  it('takes what one cause changed in one go for one transaction', () => {
    log = new HistoryLog();
    add(10, 'optimisticApply', { cause: 9, refId: 1, text: '~1', reason: 'user' });
    add(11, 'optimisticApply', { cause: 9, refId: 2, text: '+1', reason: 'user' });
    add(12, 'optimisticApply', { cause: 8, refId: 3 });
    add(14, 'optimisticApply', { cause: 8, refId: 4 });
    add(15, 'optimisticCommit', { cause: 8, refId: 4 });
    expect(shape()).toEqual([
      [1, 10, 'optimistic', [1, 2]],
      [2, 12, 'optimistic', [3]],
      [3, 14, 'optimistic', [4]],
      [4, 15, 'commit', [4]],
    ]);
    expect(log.get(10)).toMatchObject({
      ...{ cause: 9, reason: 'user', call: 109, tUs: 100 },
      touched: [
        { entryId: 1, seq: 10, diff: '~1' },
        { entryId: 2, seq: 11, diff: '+1' },
      ],
    });
    expect(log.get(11)).toBeUndefined();
  });

  it('keeps apart what nothing is known to have caused', () => {
    log = new HistoryLog();
    add(1, 'cacheEvict', { refId: 1 });
    add(2, 'cacheEvict', { refId: 2 });
    expect(shape()).toEqual([
      [1, 1, 'evict', [1]],
      [2, 2, 'evict', [2]],
    ]);
  });

  it('takes a sweep of the cache for one transaction', () => {
    log = new HistoryLog();
    for (const seq of [1, 2, 3]) add(seq, 'cacheGc', { refId: seq, reason: 'gc' });
    add(4, 'cacheEvict', { refId: 4, reason: 'lru' });
    expect(shape()).toEqual([
      [1, 1, 'evict', [1, 2, 3]],
      [2, 4, 'evict', [4]],
    ]);
  });

  it('groups a rebase by the call whose layer was folded again', () => {
    log = new HistoryLog();
    add(5, 'optimisticRollback', { cause: 4, refId: 1, reason: 'error' });
    add(6, 'optimisticRebase', { cause: 5, refId: 1, num: 31, reason: 'rollback' });
    add(7, 'optimisticRebase', { cause: 5, refId: 2, num: 31 });
    add(8, 'optimisticRebase', { cause: 5, refId: 2, num: 32 });
    expect(log.rows.map(({ kind, call, touched }) => [kind, call, touched.length])).toEqual([
      ['rollback', 104, 1],
      ['rebase', 31, 2],
      ['rebase', 32, 1],
    ]);
  });

  it('shows an invalidation with its selector, and each on its own', () => {
    log = new HistoryLog();
    add(1, 'cacheInvalidate', { cause: 9, label: 'tag users', num: 3 });
    add(2, 'cacheInvalidate', { cause: 9, label: 'tag teams', num: 0 });
    expect(log.rows.map(({ label, count, touched }) => [label, count, touched])).toEqual([
      ['tag users', 3, []],
      ['tag teams', 0, []],
    ]);
  });

  it('shows a gap without a number, and goes on behind it', () => {
    log = new HistoryLog();
    add(1, 'cacheWrite', { refId: 1 });
    add(2, 'gap', { num: 40 });
    add(42, 'cacheWrite', { refId: 1 });
    expect(shape()).toEqual([
      [1, 1, 'write', [1]],
      [0, 2, 'gap', []],
      [2, 42, 'write', [1]],
    ]);
    expect(log.get(2)?.count).toBe(40);
  });

  it('bounds its rows and forgets those that went', () => {
    log = new HistoryLog();
    for (let i = 1; i <= MAX_HISTORY * 1.2; i++) add(i * 2, 'cacheWrite', { refId: 1 });
    expect(log.rows.length + log.dropped).toBe(MAX_HISTORY * 1.2);
    expect(log.rows.length).toBeLessThan(MAX_HISTORY * 1.1);
    expect(log.get(2)).toBeUndefined();
    log.clear();
    expect(log).toMatchObject({ rows: [], dropped: 0, rollbacks: 0 });
    add(1, 'cacheWrite', { refId: 1 });
    expect(shape()).toEqual([[1, 1, 'write', [1]]]);
  });
});
