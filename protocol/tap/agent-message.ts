/** What the agent (in the page) and the panel say to each other. Replies are JSON strings of these shapes. */

/** Raised with every change of a message's shape. An agent of another version is replaced at attach. */
export const AGENT_VERSION = 1;

/** `globalThis[Symbol.for('netron.agent')]`. */
export const AGENT_KEY = 'netron.agent';

/** Text of a record whose value the page's ring does not hold any more. */
export const VALUE_RELEASED = 'value released';

/** Values of one record in {@link DrainMessage.rows}. */
export const ROW_WIDTH = 8;

/**
 * One record, flattened. `dtUs`: microseconds since the record before. `label`: index into the message's table.
 * Which fields say what, by kind, is decided in `extension/agent/record-row.ts` and read in `extension/panel/store`.
 */
export type RecordRow = readonly [
  dtUs: number,
  kind: number,
  cause: number,
  reason: number,
  refId: number,
  label: number,
  num: number,
  text: string,
];

export interface EntryRow {
  readonly id: number;
  readonly client: string;
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  readonly args: string;
  readonly tags: readonly string[];
  readonly observers: number;
  readonly hasBase: boolean;
  readonly updatedAtMs: number;
  /** -1 stands for "never stale". */
  readonly maxAgeMs: number;
  readonly invalidated: boolean;
  /** No longer in the cache: what the panel knows of it is only history. */
  readonly evicted: boolean;
  readonly fetching: boolean;
  readonly error: string;
  readonly sizeBytes: number;
  readonly hits: number;
  readonly writes: number;
  readonly lastReason: string;
  readonly layers: readonly { readonly call: number; readonly state: string }[];
}

export interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly backends: readonly { readonly name: string; readonly url: string }[];
  readonly ringCapacity: number;
  readonly ringLength: number;
}

export interface HelloMessage {
  readonly v: number;
  /** Empty while the page has no client. */
  readonly session: string;
  /** Why the agent cannot be trusted here, such as a page that replaced `JSON`; empty when all is well. */
  readonly fault: string;
  readonly clients: readonly ClientRow[];
  /** Page clock in milliseconds since its time origin, and that origin as epoch milliseconds. */
  readonly nowMs: number;
  readonly timeOriginMs: number;
  readonly url: string;
}

export interface DrainMessage {
  readonly v: number;
  readonly session: string;
  readonly from: number;
  readonly next: number;
  readonly lost: number;
  /** More records are waiting: drain again at once. */
  readonly more: boolean;
  readonly nowMs: number;
  /** Time of the first record in microseconds; the rest follow by `dtUs`. */
  readonly t0Us: number;
  readonly table: readonly string[];
  /** {@link RecordRow}s end to end. */
  readonly rows: readonly (number | string)[];
  /**
   * The state, now, of every entry that the records touch or made stale. On the first drain, and after a loss, of all
   * entries, in this drain and those that follow.
   */
  readonly entries: readonly EntryRow[];
  readonly clients: readonly ClientRow[];
  /** Page time that the agent took between the last two drains, in milliseconds: our own cost, shown to the user. */
  readonly costMs: number;
}

/** Where a value is: in a record, or in an entry. */
export type ValueRef =
  | { readonly of: 'record'; readonly seq: number; readonly slot: 'args' | 'a' | 'b' }
  | {
      readonly of: 'entry';
      readonly id: number;
      readonly slot: 'args' | 'base' | 'view' | 'layer';
      readonly layer: number;
    };

export type ValueType =
  | 'null'
  | 'undefined'
  | 'boolean'
  | 'number'
  | 'bigint'
  | 'string'
  | 'symbol'
  | 'function'
  | 'date'
  | 'regexp'
  | 'bytes'
  | 'error'
  | 'array'
  | 'object'
  | 'map'
  | 'set'
  | 'accessor'
  | 'redacted'
  | 'unreadable';

export interface ValueNode {
  readonly type: ValueType;
  /** One bounded line. */
  readonly preview: string;
  /** Children in all; 0 for a leaf. */
  readonly size: number;
  /** Absent where the page of values ended above it: ask again with its path. */
  readonly children?: readonly { readonly key: string; readonly node: ValueNode }[];
}

export type ValueReply =
  | { readonly v: number; readonly node: ValueNode; readonly offset: number }
  | { readonly v: number; readonly gone: string };

export interface ValueChange {
  readonly path: string;
  readonly op: 'add' | 'remove' | 'change';
  readonly before: string;
  readonly after: string;
}

export type DiffReply =
  | { readonly v: number; readonly changes: readonly ValueChange[]; readonly omitted: number }
  | { readonly v: number; readonly gone: string };

export type CommandReply = { readonly v: number; readonly ok: true } | { readonly v: number; readonly error: string };
