import {
  AGENT_VERSION,
  type ClientRow,
  type DrainMessage,
  type EntryRow,
  TAP_REASONS,
  type Tap,
  type TapEntry,
  type TapReason,
} from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { EntryBacklog } from './entry-backlog.js';
import { entryRow, touchedEntry } from './entry-row.js';
import { now, stringify } from './intrinsics.js';
import { CLOSED_CLIENT_DRAINS, RING_CAPACITY, SUMMARY_VISITS_PER_DRAIN, URL_CHARS } from './limits.js';
import { describeClient, pageTaps, readMerged } from './page-taps.js';
import { UNREADABLE } from './preview.js';
import { type RowBody, rowBody } from './record-row.js';
import { redactText } from './redaction.js';

export interface DrainRequest {
  /** Whose records the cursor counts; of another session, everything is sent. */
  readonly session: string;
  /** First seq that the panel has not seen. */
  readonly cursor: number;
  /** About how many characters the reply may have. */
  readonly capChars: number;
  /** A reply did not arrive, and with it what it told of entries. */
  readonly again?: boolean;
}

interface ClosedClient {
  readonly tap: Tap;
  readonly drainsLeft: number;
}

/** Characters of a row without its text, and of an entry, as estimates for the cap. */
const ROW_CHARS = 40;
const ENTRY_CHARS = 320;

/** Sends records and entries from a cursor on. What the panel already knows of entries is remembered per session. */
export class Drainer {
  readonly #attached = new WeakSet<Tap>();
  readonly #backlog = new EntryBacklog();
  #session = '';
  /** Of the last drain. */
  #listed: readonly Tap[] = [];
  /** Off the list since then. */
  #closed: readonly ClosedClient[] = [];

  /** `spentMs`: page time that we took since the last drain was asked for, reported along. */
  drain({ session, cursor, capChars, again }: DrainRequest, spentMs: number): string {
    const startedMs = now();
    const page = pageTaps();
    const starts = session !== page.session || cursor === 0 || this.#session !== page.session;
    this.#session = page.session;
    if (starts) this.#backlog.clear();
    for (const tap of page.taps) {
      if (this.#attach(tap) || starts || again === true) this.#backlog.queueAll(tap);
    }
    const taps = this.#withClosed(page.taps, starts);
    const from = session === page.session ? cursor : 0;
    const writer = new RowWriter();
    const { next, lost, full, invalidated } = this.#records(taps, from, capChars, writer);
    // What was lost may have told of any entry.
    for (const tap of lost > 0 ? page.taps : []) this.#backlog.queueAll(tap);
    for (const tap of invalidated) this.#backlog.queueInvalidated(tap);
    for (const item of this.#backlog.take((capChars - writer.chars) / ENTRY_CHARS)) writer.touch(...item);
    const message: DrainMessage = {
      v: AGENT_VERSION,
      session: page.session,
      from,
      next,
      lost,
      more: full || this.#backlog.size > 0,
      nowMs: startedMs,
      t0Us: writer.t0Us,
      table: writer.table,
      rows: writer.rows,
      entries: [...writer.entries].flatMap((item) => safely(() => [this.#entry(...item)], [])),
      clients: page.taps.map(clientRow),
      costMs: spentMs,
    };
    return stringify(message);
  }

  /** The panel is gone. */
  detach(): void {
    for (const tap of pageTaps().taps) {
      if (!this.#attached.delete(tap)) continue;
      tap.detach();
    }
    this.#session = '';
    this.#listed = [];
    this.#closed = [];
    this.#backlog.clear();
  }

  /** The page's taps, and those of clients that were closed just now. */
  #withClosed(listed: readonly Tap[], starts: boolean): readonly Tap[] {
    const before = starts ? [] : this.#closed.filter(({ drainsLeft }) => drainsLeft > 0);
    const gone = starts ? [] : this.#listed.filter((tap) => !listed.includes(tap));
    this.#listed = listed;
    this.#closed = [
      ...before.map(({ tap, drainsLeft }) => ({ tap, drainsLeft: drainsLeft - 1 })),
      ...gone.map((tap) => ({ tap, drainsLeft: CLOSED_CLIENT_DRAINS - 1 })),
    ];
    return [...listed, ...this.#closed.map(({ tap }) => tap)];
  }

  #entry(entry: TapEntry, client: string): EntryRow {
    const row = entryRow(entry, client);
    this.#backlog.sent(entry, row.invalidated);
    return row;
  }

  /** True the first time. */
  #attach(tap: Tap): boolean {
    if (this.#attached.has(tap)) return false;
    this.#attached.add(tap);
    tap.attach(RING_CAPACITY);
    return true;
  }

  #records(taps: readonly Tap[], from: number, capChars: number, writer: RowWriter) {
    let next = Math.max(from, 1);
    let lost = 0;
    const invalidated = new Set<Tap>();
    const budget = { visits: SUMMARY_VISITS_PER_DRAIN };
    for (;;) {
      const read = readMerged(taps, next);
      for (const { row, tap } of read.rows) {
        if (writer.chars >= capChars) return { next, lost, full: true, invalidated };
        const [seq, kind, tUs, cause, reason] = row;
        if (seq > next) {
          lost += seq - next;
          writer.row(tUs, TapKind.gap, 0, 0, { refId: 0, label: '', num: seq - next, text: '' });
        }
        writer.row(
          tUs,
          kind,
          cause,
          Math.max(0, TAP_REASONS.indexOf(reason as TapReason)),
          safely(() => rowBody(row, budget), NO_BODY),
        );
        if (kind === TapKind.cacheInvalidate) invalidated.add(tap);
        const entry = safely(() => touchedEntry(row), undefined);
        if (entry !== undefined) writer.touch(entry, tap.clientId);
        next = seq + 1;
      }
      if (read.rows.length === 0) {
        // Whatever lies between is nobody's any more: overwritten, or of a client that is gone.
        lost += Math.max(0, read.next - next);
        return { next: Math.max(next, read.next), lost, full: false, invalidated };
      }
    }
  }
}

/** What cannot be read costs only itself: a record or an entry of a client that is not what it seems. */
function safely<T>(read: () => T, instead: T): T {
  try {
    return read();
  } catch {
    return instead;
  }
}

const NO_BODY: RowBody = { refId: 0, label: '', num: 0, text: UNREADABLE };

/** Collects one message: rows end to end, strings in a table, times as steps. */
class RowWriter {
  readonly table: string[] = [];
  readonly rows: (number | string)[] = [];
  readonly entries = new Map<TapEntry, string>();
  readonly #index = new Map<string, number>();
  chars = 200;
  t0Us = 0;
  #lastUs = 0;

  row(tUs: number, kind: number, cause: number, reason: number, body: RowBody): void {
    if (this.rows.length === 0) {
      this.t0Us = tUs;
      this.#lastUs = tUs;
    }
    this.rows.push(tUs - this.#lastUs, kind, cause, reason, body.refId, this.#label(body.label), body.num, body.text);
    this.#lastUs = tUs;
    this.chars += ROW_CHARS + body.text.length;
  }

  touch(entry: TapEntry, client: string): void {
    if (this.entries.has(entry)) return;
    this.entries.set(entry, client);
    this.chars += ENTRY_CHARS;
  }

  #label(label: string): number {
    const known = this.#index.get(label);
    if (known !== undefined) return known;
    this.#index.set(label, this.table.length);
    this.chars += label.length + 3;
    return this.table.push(label) - 1;
  }
}

export function clientRow(tap: Tap): ClientRow {
  const { name, backends, ringCapacity, ringLength } = describeClient(tap);
  return {
    id: tap.clientId,
    name,
    backends: backends.map(({ name, url }) => ({ name, url: redactText(url, URL_CHARS).slice(0, URL_CHARS) })),
    ringCapacity,
    ringLength,
  };
}
