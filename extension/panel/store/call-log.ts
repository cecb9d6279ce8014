import { CallOutcome, type EntryRow, TapKind } from '../../../protocol/index.js';
import { BoundedList } from './bounded-list.js';
import { type CallRow, type CallState, type Effect, failureStatus } from './call-row.js';
import { MAX_CALLS, MAX_CAUSES, MAX_EFFECTS } from './limits.js';
import type { TapRecord } from './record.js';

/** Parts of a label are joined by NUL in the agent (`record-row.ts`). */
const PART = '\u0000';

/** Builds the rows of the Calls view from records, and knows which call is behind any record. */
export class CallLog {
  readonly #bySeq = new Map<number, CallRow>();
  readonly #list = new BoundedList<CallRow>(MAX_CALLS, (row) => this.#bySeq.delete(row.seq));
  /** Seq of a record → seq of the record that caused it; oldest first. */
  readonly #causes = new Map<number, number>();
  #count = 0;
  errors = 0;
  bytes = 0;

  get rows(): readonly CallRow[] {
    return this.#list.items;
  }

  get dropped(): number {
    return this.#list.dropped;
  }

  get(seq: number): CallRow | undefined {
    return this.#bySeq.get(seq);
  }

  /** Follows causes back to the call that began it. */
  callBehind(seq: number): CallRow | undefined {
    let at = seq;
    for (let steps = 0; at > 0 && steps < 32; steps++) {
      const call = this.#bySeq.get(at);
      if (call !== undefined) return call;
      at = this.#causes.get(at) ?? 0;
    }
    return undefined;
  }

  add(record: TapRecord, entryOf: (id: number) => EntryRow | undefined): void {
    this.#remember(record);
    switch (record.kind) {
      case TapKind.gap:
        return this.#push(this.#gap(record));
      case TapKind.callStart:
        this.#push(this.#started(record));
        break;
      case TapKind.cacheHit:
      case TapKind.cacheShared:
        this.#push(this.#read(record, entryOf(record.refId)));
        break;
      case TapKind.callEnd:
        this.#ended(record);
        break;
      default:
        this.#progressed(record);
    }
    this.#effect(record);
  }

  clear(): void {
    this.#list.clear();
    this.#bySeq.clear();
    this.#causes.clear();
    this.#count = 0;
    this.errors = 0;
    this.bytes = 0;
  }

  #push(row: CallRow): void {
    this.#bySeq.set(row.seq, row);
    this.#list.push(row);
  }

  #remember({ seq, cause }: TapRecord): void {
    if (cause === 0) return;
    this.#causes.set(seq, cause);
    if (this.#causes.size <= MAX_CAUSES) return;
    const [oldest] = this.#causes.keys();
    if (oldest !== undefined) this.#causes.delete(oldest);
  }

  #started(record: TapRecord): CallRow {
    const [kind, backend, service, method, via] = record.label.split(PART);
    return row(record, {
      no: ++this.#count,
      kind: kind === 'mutation' || kind === 'stream' ? kind : 'query',
      backend: backend ?? '',
      service: service ?? '',
      method: method ?? '',
      via: via ?? '',
      entryId: record.num,
      state: 'pending',
      status: 'pending',
    });
  }

  #read(record: TapRecord, entry: EntryRow | undefined): CallRow {
    const shared = record.kind === TapKind.cacheShared;
    return row(record, {
      no: ++this.#count,
      kind: 'read',
      backend: entry?.backend ?? '',
      service: entry?.service ?? '?',
      method: entry?.method ?? '?',
      args: entry?.args ?? '',
      via: shared ? 'dedup' : 'cache',
      entryId: record.refId,
      state: shared ? 'shared' : 'cached',
      status: shared ? 'joined' : 'fresh',
    });
  }

  #gap(record: TapRecord): CallRow {
    return row(record, { no: 0, kind: 'gap', state: 'gap', text: String(record.num) });
  }

  #ended(record: TapRecord): void {
    const call = this.#bySeq.get(record.refId);
    if (call === undefined) return;
    call.endUs = record.tUs;
    call.endSeq = record.seq;
    call.text = record.text;
    call.state = stateOf(record.num);
    call.status = call.state === 'error' ? failureStatus(record.label) : record.label;
    if (call.state === 'error') this.errors++;
  }

  #progressed(record: TapRecord): void {
    const call = this.#bySeq.get(record.refId);
    if (record.kind === TapKind.optimisticApply || record.kind === TapKind.optimisticRollback) {
      const mutation = this.callBehind(record.cause);
      if (mutation !== undefined) mutation.optimistic = true;
      if (mutation !== undefined && record.kind === TapKind.optimisticRollback) mutation.state = 'rolled-back';
      return;
    }
    if (call === undefined) return;
    if (record.kind === TapKind.frameOut) {
      call.bytesUp += record.num;
      if (call.sentUs === 0) call.sentUs = record.tUs;
      this.bytes += record.num;
    } else if (record.kind === TapKind.frameIn) {
      call.bytesDown += record.num;
      call.receivedUs = record.tUs;
      this.bytes += record.num;
    } else if (record.kind === TapKind.callAttempt) {
      call.retries++;
    } else if (record.kind === TapKind.streamOpen) {
      call.state = 'open';
      call.status = 'open';
    } else if (record.kind === TapKind.streamChunk) {
      call.chunks++;
      call.text = record.text;
      call.bytesDown += record.num;
      this.bytes += record.num;
    }
  }

  /** Whatever a call brought about is one line of its chain. Chunks are counted instead. */
  #effect(record: TapRecord): void {
    if (record.kind === TapKind.streamChunk) return;
    const call = this.callBehind(record.cause);
    if (call === undefined || call.effects.length >= MAX_EFFECTS) return;
    const { seq, kind, tUs, reason, refId, label, num, text } = record;
    const effect: Effect = { seq, kind, tUs, reason, entryId: refId, label, num, text };
    call.effects.push(effect);
  }
}

function row(record: TapRecord, fields: Partial<CallRow> & Pick<CallRow, 'no' | 'kind' | 'state'>): CallRow {
  return {
    seq: record.seq,
    backend: '',
    service: '',
    method: '',
    args: record.text,
    via: '',
    reason: record.reason,
    cause: record.cause,
    startUs: record.tUs,
    entryId: 0,
    status: '',
    text: '',
    sentUs: 0,
    receivedUs: 0,
    endUs: record.tUs,
    endSeq: record.seq,
    bytesUp: 0,
    bytesDown: 0,
    chunks: 0,
    retries: 0,
    optimistic: false,
    effects: [],
    ...fields,
  };
}

function stateOf(outcome: number): CallState {
  if (outcome === CallOutcome.ok) return 'ok';
  return outcome === CallOutcome.aborted ? 'aborted' : 'error';
}
