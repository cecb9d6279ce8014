import { VALUE_RELEASED } from '../../../protocol/index.js';
import type { CallRow } from './call-row.js';
import { circuitOf } from './circuits.js';
import type { HistoryKind, HistoryRow } from './history-row.js';

export const HISTORY_VERBS: Readonly<Record<HistoryKind, string>> = {
  write: 'write',
  invalidate: 'invalidated',
  evict: 'evicted',
  optimistic: 'optimistic',
  commit: 'confirmed',
  rollback: 'rolled back',
  rebase: 'rebased',
  breaker: 'circuit',
  gap: '',
};

/** What the words of a row are made from. */
interface Names {
  readonly callLog: { get(seq: number): CallRow | undefined };
  namesOf(row: HistoryRow): string;
}

/** An optimistic change is known by its mutation; a plain write by its entry. */
export function subjectOf(row: HistoryRow, names: Names): string {
  if (row.kind === 'invalidate') return row.label;
  if (row.kind === 'breaker') {
    const { name, state } = circuitOf(row.label);
    return `${name} ${state}`;
  }
  const call = row.call === 0 ? undefined : names.callLog.get(row.call);
  if (call === undefined || call.kind !== 'mutation' || row.kind === 'write') return names.namesOf(row);
  return `${call.method}(${call.args})`;
}

export function causeOf(row: HistoryRow, names: Names): string {
  if (row.kind === 'breaker') return row.text;
  const call = row.call === 0 ? undefined : names.callLog.get(row.call);
  if (call === undefined) return row.reason;
  return row.kind === 'rollback' ? call.status : `call #${call.no} ${row.reason}`;
}

/** Everything that the list shows of a row in words: what its filter searches. */
export function historyText(row: HistoryRow, names: Names): string {
  return `${HISTORY_VERBS[row.kind]} ${subjectOf(row, names)} ${causeOf(row, names)}`;
}

/** One figure for a transaction on several entries: `~1` and `+2 ~1` are `+2 ~2`. `released` where no value is left. */
export function sumOfDiffs(diffs: readonly string[]): string {
  const totals = new Map<string, number>();
  for (const [, sign = '', count] of diffs.join(' ').matchAll(/([+−~])(\d+)/g)) {
    totals.set(sign, (totals.get(sign) ?? 0) + Number(count));
  }
  if (totals.size === 0) return diffs.includes('=') ? '=' : diffs.includes(VALUE_RELEASED) ? 'released' : '';
  return ['+', '−', '~'].flatMap((sign) => (totals.has(sign) ? [`${sign}${totals.get(sign)}`] : [])).join(' ');
}
