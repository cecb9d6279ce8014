import { type RecordRow, ROW_WIDTH, TAP_REASONS, TapKind } from '../../../protocol/index.js';
import { recordRow } from '../../../protocol/tap/agent-message.schema.js';
import type { RawDrain } from '../../bridge/page-agent.js';

/** One record as the store reads it: a row with its seq, its absolute time and its strings. */
export interface TapRecord {
  readonly seq: number;
  readonly kind: number;
  readonly tUs: number;
  readonly cause: number;
  readonly reason: string;
  readonly refId: number;
  readonly label: string;
  readonly num: number;
  readonly text: string;
}

/** Parses the rows of a drain, each on its own; those that are not what was agreed are counted. */
export function parseRecords(drain: RawDrain): { readonly records: TapRecord[]; readonly rejected: number } {
  const records: TapRecord[] = [];
  let rejected = 0;
  let tUs = drain.t0Us;
  let seq = Math.max(drain.from, 1);
  for (let at = 0; at + ROW_WIDTH <= drain.rows.length; at += ROW_WIDTH) {
    const parsed = recordRow.safeParse(drain.rows.slice(at, at + ROW_WIDTH));
    if (!parsed.success) {
      rejected++;
      seq++;
      continue;
    }
    const [dtUs, kind, cause, reason, refId, label, num, text]: RecordRow = parsed.data;
    tUs += dtUs;
    const reasonText = TAP_REASONS[reason] ?? '';
    records.push({ seq, kind, tUs, cause, reason: reasonText, refId, label: drain.table[label] ?? '', num, text });
    seq += kind === TapKind.gap ? num : 1;
  }
  if (drain.rows.length % ROW_WIDTH !== 0) rejected++;
  return { records, rejected };
}
