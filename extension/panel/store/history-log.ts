import { TapKind } from '../../../protocol/index.js';
import { BoundedList } from './bounded-list.js';
import type { HistoryKind, HistoryRow } from './history-row.js';
import { MAX_HISTORY } from './limits.js';
import type { TapRecord } from './record.js';

const KINDS: ReadonlyMap<number, HistoryKind> = new Map([
  [TapKind.gap, 'gap'],
  [TapKind.cacheWrite, 'write'],
  [TapKind.cacheInvalidate, 'invalidate'],
  [TapKind.cacheEvict, 'evict'],
  [TapKind.cacheGc, 'evict'],
  [TapKind.optimisticApply, 'optimistic'],
  [TapKind.optimisticCommit, 'commit'],
  [TapKind.optimisticRollback, 'rollback'],
  [TapKind.optimisticRebase, 'rebase'],
  [TapKind.breakerState, 'breaker'],
]);

/** Builds the rows of the History view: one per transaction, which is one kind of change with one cause. */
export class HistoryLog {
  readonly #bySeq = new Map<number, HistoryRow>();
  readonly #list = new BoundedList<HistoryRow>(MAX_HISTORY, (row) => this.#bySeq.delete(row.seq));
  #count = 0;
  rollbacks = 0;

  get rows(): readonly HistoryRow[] {
    return this.#list.items;
  }

  get dropped(): number {
    return this.#list.dropped;
  }

  get(seq: number): HistoryRow | undefined {
    return this.#bySeq.get(seq);
  }

  /** `callBehind`: seq of the call that a seq goes back to, or 0. */
  add(record: TapRecord, callBehind: (seq: number) => number): void {
    const kind = KINDS.get(record.kind);
    if (kind === undefined) return;
    const last = this.#list.items.at(-1);
    if (last !== undefined && continues(last, kind, record)) {
      last.touched.push(touch(record));
      return;
    }
    if (kind === 'rollback') this.rollbacks++;
    const { seq, tUs, cause, reason, refId, label, num, text } = record;
    const row: HistoryRow = {
      no: kind === 'gap' ? 0 : ++this.#count,
      seq,
      kind,
      tUs,
      cause,
      reason,
      call: kind === 'rebase' ? num : callBehind(cause),
      label,
      text,
      touched: refId === 0 ? [] : [touch(record)],
      count: num,
    };
    this.#bySeq.set(seq, row);
    this.#list.push(row);
  }

  clear(): void {
    this.#list.clear();
    this.#bySeq.clear();
    this.#count = 0;
    this.rollbacks = 0;
  }
}

/** Several entries changed by one cause in one go are one transaction; a sweep of the cache is its own cause. */
function continues(last: HistoryRow, kind: HistoryKind, record: TapRecord): boolean {
  const lastSeq = last.touched.at(-1)?.seq;
  const isOfOne = kind === 'evict' ? last.reason === record.reason && record.reason !== '' : record.cause !== 0;
  if (last.kind !== kind || last.cause !== record.cause || !isOfOne || kind === 'invalidate') return false;
  return lastSeq === record.seq - 1 && (kind !== 'rebase' || last.call === record.num);
}

function touch({ refId, seq, text }: TapRecord): HistoryRow['touched'][number] {
  return { entryId: refId, seq, diff: text };
}
