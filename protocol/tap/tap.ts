import type { TapReason } from './tap-reason.js';

/** `globalThis[Symbol.for('netron.tap')]`: every client on the page adds its tap here at creation. */
export const TAP_REGISTRY_KEY = Symbol.for('netron.tap');

/** Stands in a record for a value that the ring does not hold any more, though it still holds the record. */
export const RELEASED = Symbol.for('netron.released');

/** Shared by all clients of a document, so that one cursor serves them all. */
export interface TapClock {
  /** Names the document; a panel that meets another one starts over. */
  readonly session: string;
  /** The number that the next record gets; records count from 1, and 0 means "no cause". */
  seq: number;
  /** The number that the next cache entry gets. */
  entryId: number;
}

export interface TapRegistry extends Array<Tap> {
  clock: TapClock;
}

/**
 * `[seq, kind, tUs, causeSeq, reason, ref, a, b]`. `tUs`: microseconds since the document's time origin. What `ref`,
 * `a` and `b` are depends on the kind:
 *
 * | kinds | ref | a | b |
 * |---|---|---|---|
 * | `callStart` | {@link TapCall} | | |
 * | `callAttempt` | {@link TapCall} | error of the attempt before | milliseconds until this one |
 * | `callEnd` | {@link TapCall} | result or error | {@link CallOutcome} |
 * | `frameOut`, `frameIn` | {@link TapCall} | bytes | what it was: `CALL #7`, `200` |
 * | `cacheHit`, `cacheMiss`, `cacheShared`, `cacheStale`, `cacheRevalidate`, `cacheEvict`, `cacheGc` | {@link TapEntry} | | |
 * | `cacheWrite`, `optimisticApply`, `optimisticCommit`, `optimisticRollback` | {@link TapEntry} | view before | view after |
 * | `optimisticRebase` | {@link TapEntry} | {@link TapCall} whose layer was folded again | view after |
 * | `cacheInvalidate` | null | the selector itself | entries matched |
 * | `signalSubscribe`, `signalDispose` | {@link TapEntry} | observers left | |
 * | `streamOpen`, `streamChunk`, `streamEnd` | {@link TapCall} | stream id, chunk, error | bytes of the chunk |
 * | `breakerState` | `{ name }` of the backend, `service` | state | why |
 * | `backendState` | {@link TapBackend} | state | |
 */
export type TapRow = readonly [
  seq: number,
  kind: number,
  tUs: number,
  causeSeq: number,
  reason: string,
  ref: unknown,
  a: unknown,
  b: unknown,
];

/** What a client offers to an agent. Values in rows are the page's own, by reference. */
export interface Tap {
  readonly v: 1;
  readonly clientId: string;
  /** A panel is there: keep `capacity` records instead of the few of the dormant ring. */
  attach(capacity: number): void;
  detach(): void;
  /**
   * Rows with `seq >= from`, oldest first, at most `max`. Every seq below `next` that is not among them was either
   * another client's or is lost; `lost` counts the records this ring has overwritten in all.
   */
  read(from: number, max: number): { readonly rows: readonly TapRow[]; readonly next: number; readonly lost: number };
  /** Runs one of {@link TapCommand}; anything else returns `{ error }`. */
  command(command: unknown): unknown;
}

export type TapCommand =
  | { readonly type: 'describe' }
  | { readonly type: 'entries' }
  | { readonly type: 'invalidate'; readonly entryId: number }
  | { readonly type: 'refetch'; readonly entryId: number };

export interface TapDescription {
  readonly name: string;
  readonly backends: readonly TapBackend[];
  readonly ringCapacity: number;
  readonly ringLength: number;
}

export interface TapBackend {
  readonly name: string;
  readonly url: string;
}

export const CallOutcome = { ok: 0, error: 1, aborted: 2 } as const;
export type CallOutcome = (typeof CallOutcome)[keyof typeof CallOutcome];

export type CallKind = 'query' | 'mutation' | 'stream';

export interface TapCall {
  /** Seq of its `callStart`, which names it. */
  readonly seq: number;
  readonly kind: CallKind;
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly via: 'HTTP' | 'WS';
  /** The entry that a query fills. */
  readonly entry: TapEntry | null;
}

export interface TapLayer {
  readonly call: TapCall;
  /** `pending`: not confirmed. `held`: confirmed, kept until requests in flight have landed and layers below are settled. */
  readonly state: 'pending' | 'held';
  /** The value below it with this layer applied. */
  readonly after: unknown;
}

export interface TapEntry {
  readonly id: number;
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly tags: readonly string[];
  readonly observers: number;
  readonly hasBase: boolean;
  readonly base: unknown;
  readonly layers: readonly TapLayer[];
  readonly view: unknown;
  /** Same clock as `tUs`, in whole milliseconds; 0 while nothing was fetched. */
  readonly updatedAtMs: number;
  readonly maxAgeMs: number;
  /** Worked out when it is asked for: no record tells of it where nobody observes the entry. */
  readonly invalidated: boolean;
  /** The cache does not hold it any more, or not until somebody uses it again. */
  readonly evicted: boolean;
  readonly fetching: boolean;
  readonly error: unknown;
  /** Bytes of the last response; 0 when the value did not come over the wire. */
  readonly sizeBytes: number;
  readonly hits: number;
  readonly writes: number;
  readonly lastReason: TapReason;
}
