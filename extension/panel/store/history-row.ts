/** What changed state, in the words of the History view. */
export type HistoryKind =
  | 'write'
  | 'invalidate'
  | 'evict'
  | 'optimistic'
  | 'commit'
  | 'rollback'
  | 'rebase'
  | 'breaker'
  | 'gap';

/** One transaction: the same change on one entry or several. */
export interface HistoryRow {
  readonly no: number;
  readonly seq: number;
  readonly kind: HistoryKind;
  readonly tUs: number;
  readonly cause: number;
  readonly reason: string;
  /** Seq of the call behind it; 0 when there is none. */
  readonly call: number;
  /** Selector of an invalidation, or what {@link circuitOf} reads. */
  readonly label: string;
  /** Why a breaker changed. */
  readonly text: string;
  /** Entries it touched, each with the seq of its own record. */
  readonly touched: { readonly entryId: number; readonly seq: number; readonly diff: string }[];
  /** Entries matched by an invalidation, or records lost in a gap. */
  readonly count: number;
}
