import {
  CallOutcome,
  RELEASED,
  type TapCall,
  type TapEntry,
  type TapRow,
  VALUE_RELEASED,
} from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { diffSummary } from './diff.js';
import { ownDescriptor } from './intrinsics.js';
import { clip, errorLine, preview, previewArgs } from './preview.js';
import { redactText } from './redaction.js';
import { selectorWords } from './selector-words.js';

/** What a record says besides its head: whom it is about, and three fields whose meaning its kind decides. */
export interface RowBody {
  readonly refId: number;
  readonly label: string;
  readonly num: number;
  readonly text: string;
}

/** Separates the parts of a label that names a call; in them it is replaced. */
const PART = '\u0000';

/**
 * | kind | refId | label | num | text |
 * |---|---|---|---|---|
 * | `callStart` | call | kind, backend, service, method, via | entry or 0 | arguments |
 * | `callEnd` | call | `ok`, `aborted`, or code, status and business code | outcome | result or message |
 * | `frame*` | call | what it was | bytes | |
 * | `cache*`, `signal*` | entry | | observers | |
 * | `cacheWrite`, `optimistic*` | entry | | mutation of a rebase | difference |
 * | `cacheInvalidate` | 0 | selector | entries | |
 * | `stream*` | call | | bytes | chunk |
 * | `callAttempt` | call | as of a failed `callEnd`: the attempt before | milliseconds until this one | its message |
 * | `breakerState` | 0 | backend, state, service or nothing | | why |
 * | `backendState` | 0 | backend, state | | |
 */
export function rowBody([seq, kind, , , , ref, a, b]: TapRow, budget: { visits: number }): RowBody {
  switch (kind) {
    case TapKind.callStart: {
      const call = ref as TapCall;
      const label = [call.kind, call.backend, call.service, call.method, call.via].map(part).join(PART);
      return { refId: seq, label, num: call.entry?.id ?? 0, text: previewArgs(call.args) };
    }
    case TapKind.callEnd:
      return { refId: callSeq(ref), ...outcome(b, a) };
    case TapKind.frameOut:
    case TapKind.frameIn:
      return { refId: callSeq(ref), label: String(b), num: Number(a), text: '' };
    case TapKind.streamOpen:
    case TapKind.streamEnd:
      return { refId: callSeq(ref), label: '', num: Number(a) || 0, text: '' };
    case TapKind.streamChunk:
      return { refId: callSeq(ref), label: '', num: Number(b), text: isReleased(a) ? VALUE_RELEASED : preview(a) };
    case TapKind.cacheInvalidate:
      return { refId: 0, label: selectorWords(a), num: Number(b), text: '' };
    case TapKind.callAttempt:
      return { refId: callSeq(ref), ...outcome(CallOutcome.error, a), num: Number(b) };
    case TapKind.breakerState: {
      const { name, service } = ref as { name: string; service: string };
      return { refId: 0, label: [name, a, service].map(part).join(PART), num: 0, text: part(b) };
    }
    case TapKind.backendState:
      return { refId: 0, label: [(ref as { name: string }).name, a].map(part).join(PART), num: 0, text: '' };
    case TapKind.cacheWrite:
    case TapKind.optimisticApply:
    case TapKind.optimisticCommit:
    case TapKind.optimisticRollback:
      return {
        refId: entryId(ref),
        label: '',
        num: 0,
        text: isReleased(a, b) ? VALUE_RELEASED : diffSummary(a, b, budget),
      };
    case TapKind.optimisticRebase:
      return { refId: entryId(ref), label: '', num: callSeq(a), text: '' };
    case TapKind.signalSubscribe:
    case TapKind.signalDispose:
      return { refId: entryId(ref), label: '', num: Number(a), text: '' };
    default:
      return { refId: entryId(ref), label: '', num: 0, text: '' };
  }
}

function outcome(code: unknown, value: unknown): { label: string; num: number; text: string } {
  if (code === CallOutcome.ok)
    return { label: 'ok', num: CallOutcome.ok, text: isReleased(value) ? VALUE_RELEASED : preview(value) };
  if (code === CallOutcome.aborted) return { label: 'aborted', num: CallOutcome.aborted, text: '' };
  const error = value instanceof Error ? value : new Error(preview(value));
  const field = (name: string): unknown => ownDescriptor(error, name)?.value;
  const parts = [field('code'), field('status'), field('businessCode')].map(part);
  const reason = field('reason');
  const text = typeof reason === 'string' ? redactText(reason, 300) : errorLine(error);
  return { label: parts.join(PART), num: CallOutcome.error, text: clip(text, 300) };
}

function part(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return clip(text, 200).replaceAll(PART, '␀');
}

/** The record is there, but its value was too much to keep. */
function isReleased(...values: readonly unknown[]): boolean {
  return values.includes(RELEASED);
}

function callSeq(ref: unknown): number {
  return (ref as TapCall | null)?.seq ?? 0;
}

function entryId(ref: unknown): number {
  return (ref as TapEntry | null)?.id ?? 0;
}
