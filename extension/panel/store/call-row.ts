import type { CallKind } from '../../../protocol/index.js';

/** How a call stands; each has a glyph and a colour of its own. */
export type CallState = 'pending' | 'open' | 'ok' | 'error' | 'aborted' | 'rolled-back' | 'cached' | 'shared' | 'gap';

export interface Effect {
  readonly seq: number;
  readonly kind: number;
  readonly tUs: number;
  readonly reason: string;
  readonly entryId: number;
  readonly label: string;
  readonly num: number;
  readonly text: string;
}

/** One line of the Calls view. Fields are filled in as the call goes on. */
export interface CallRow {
  /** Running number, for people. */
  readonly no: number;
  /** Seq of its first record; names it everywhere. */
  readonly seq: number;
  readonly kind: CallKind | 'read' | 'gap';
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  readonly via: string;
  readonly reason: string;
  readonly cause: number;
  readonly startUs: number;
  readonly entryId: number;
  state: CallState;
  status: string;
  /** Message of a failure, or a preview of the result. */
  text: string;
  sentUs: number;
  receivedUs: number;
  endUs: number;
  endSeq: number;
  bytesUp: number;
  bytesDown: number;
  chunks: number;
  /** Times that it was sent again. */
  retries: number;
  /** It put optimistic layers on entries. */
  optimistic: boolean;
  readonly effects: Effect[];
}

export function isSettled(row: CallRow): boolean {
  return row.state !== 'pending' && row.state !== 'open';
}

/** Time from start to end, or to now, in microseconds. */
export function durationUs(row: CallRow, nowUs: number): number {
  return Math.max(0, (isSettled(row) ? row.endUs : nowUs) - row.startUs);
}

/** `409 VERSION_CONFLICT`, `timeout`: how a failure is known, from the label that the agent made of it. */
export function failureStatus(label: string): string {
  const [code, status, businessCode] = label.split('\u0000');
  return [status === '' ? code : status, businessCode].filter((part) => part !== '' && part !== undefined).join(' ');
}
