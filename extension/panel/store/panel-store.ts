import { batch, computed, type Signal, signal } from '@preact/signals';
import type { EntryRow } from '../../../protocol/index.js';
import { entryRow } from '../../../protocol/tap/agent-message.schema.js';
import { Connection, type Link } from '../../bridge/connection.js';
import type { DevtoolsHost } from '../../bridge/devtools-host.js';
import type { PageAgent, RawDrain } from '../../bridge/page-agent.js';
import { CallLog } from './call-log.js';
import type { CallRow } from './call-row.js';
import { Circuits } from './circuits.js';
import { EntryBook } from './entry-book.js';
import { type EntryState, entryState } from './entry-state.js';
import { HistoryLog } from './history-log.js';
import type { HistoryRow } from './history-row.js';
import { historyText } from './history-words.js';
import { ListView } from './list-view.js';
import { PageClock } from './page-clock.js';
import { parseRecords } from './record.js';

export const VIEWS = ['Calls', 'Cache', 'History'] as const;
export type View = (typeof VIEWS)[number];

const CALL_CHIPS = ['All', 'Queries', 'Mutations', 'Streams', 'Errors', 'Optimistic', 'Cached'] as const;
const ENTRY_CHIPS = ['All', 'fresh', 'stale', 'fetching', 'optimistic', 'error', 'inactive'] as const;
const HISTORY_CHIPS = ['All', 'Writes', 'Optimistic', 'Rollbacks'] as const;

/** Entries that a line about several of them names. */
const NAMES_SHOWN = 3;

/** Counters of the status bar. */
export interface Meter {
  /** Page time we took in the last second, in milliseconds. */
  readonly costMsPerS: number;
  /** Records that were overwritten before we read them. */
  readonly lost: number;
  /** Records and entries that were not what was agreed. */
  readonly rejected: number;
}

/** Everything the views show. Drains go in, signals come out; views change nothing but filters and selections. */
export class PanelStore {
  readonly view: Signal<View> = signal('Calls');
  readonly link: Signal<Link> = signal({ kind: 'connecting' });
  readonly busy: Signal<boolean> = signal(false);
  readonly recording: Signal<boolean> = signal(true);
  readonly meter: Signal<Meter> = signal({ costMsPerS: 0, lost: 0, rejected: 0 });
  /** Raised with every drain that brought something. */
  readonly version: Signal<number> = signal(0);
  readonly clock = new PageClock();
  readonly callLog = new CallLog();
  readonly historyLog = new HistoryLog();
  readonly circuits = new Circuits();
  readonly entryBook = new EntryBook();
  readonly entryMap: ReadonlyMap<number, EntryRow> = this.entryBook.rows;
  readonly calls = new ListView<CallRow, (typeof CALL_CHIPS)[number], number>({
    version: this.version,
    rows: () => this.callLog.rows,
    keyOf: (row) => row.seq,
    textOf: (row) =>
      `${row.service}.${row.method}(${row.args}) ${row.status} ${row.via} ${row.backend} ${row.reason} ${row.state}`,
    chips: CALL_CHIPS,
    inChip: isCallInChip,
  });
  readonly entries = new ListView<EntryRow, (typeof ENTRY_CHIPS)[number], number>({
    // Entries grow stale by themselves.
    version: computed(() => this.version.value + this.clock.tick.value),
    rows: () => [...this.entryMap.values()],
    keyOf: (row) => row.id,
    textOf: (row) =>
      `${row.service}.${row.method}(${row.args}) ${row.tags.join(' ')} ${row.backend} ${row.lastReason} ${row.error}`,
    chips: ENTRY_CHIPS,
    inChip: (row, chip) => chip === 'All' || isEntryInChip(entryState(row, this.clock.nowMs()), chip),
  });
  readonly history = new ListView<HistoryRow, (typeof HISTORY_CHIPS)[number], number>({
    version: this.version,
    rows: () => this.historyLog.rows,
    keyOf: (row) => row.seq,
    textOf: (row) => `${row.kind} ${historyText(row, this)} ${row.label} ${this.namesOf(row)}`,
    chips: HISTORY_CHIPS,
    inChip: isHistoryInChip,
  });
  readonly #connection: Connection;
  /** Ids of the clients that the last drain listed. */
  #clients = '';
  #costs: { atMs: number; costMs: number }[] = [];

  constructor(host: DevtoolsHost) {
    this.#connection = new Connection(host, {
      onLink: (link) => {
        if (!sameLink(this.link.peek(), link)) this.link.value = link;
      },
      onBusy: (busy) => {
        this.busy.value = busy;
      },
      onSession: () => this.#reset(),
      onDrain: (drain) => this.#ingest(drain),
    });
  }

  get agent(): PageAgent {
    return this.#connection.agent;
  }

  start(): void {
    this.#connection.start();
    this.clock.start(500);
  }

  toggleRecording(): void {
    this.recording.value = !this.recording.value;
    this.#connection.pause(!this.recording.value);
  }

  retry(): void {
    this.#connection.wake();
  }

  /** Empties the lists. Entries stay: they are what the page holds now. */
  clear(): void {
    batch(() => {
      this.callLog.clear();
      this.historyLog.clear();
      this.calls.reset();
      this.history.reset();
      this.version.value++;
    });
  }

  /** Runs a command on an entry, and asks at once what came of it. */
  async command(type: 'invalidate' | 'refetch', entryId: number): Promise<void> {
    this.notice.value = '';
    const reply = await this.agent.command(type, entryId);
    this.#connection.wake();
    if (reply.kind !== 'reply') this.notice.value = `${type}: the page did not answer`;
    else if ('error' in reply.value) this.notice.value = reply.value.error;
  }

  /** What went wrong last with something the user asked for. */
  readonly notice: Signal<string> = signal('');

  entryName(id: number): string {
    return this.entryBook.name(id);
  }

  namesOf({ touched }: HistoryRow): string {
    const names = touched.slice(0, NAMES_SHOWN).map(({ entryId }) => this.entryName(entryId));
    return names.join(', ') + (touched.length > NAMES_SHOWN ? `, and ${touched.length - NAMES_SHOWN} more` : '');
  }

  /** Shows a call, an entry or a transaction in its own view. */
  reveal(view: View, key: number): void {
    batch(() => {
      this.view.value = view;
      const list = { Calls: this.calls, Cache: this.entries, History: this.history }[view];
      list.reveal(key);
    });
  }

  #reset(): void {
    batch(() => {
      this.clear();
      this.entryBook.clear();
      this.circuits.clear();
      this.entries.reset();
      this.notice.value = '';
      this.meter.value = { costMsPerS: 0, lost: 0, rejected: 0 };
    });
  }

  #ingest(drain: RawDrain): void {
    batch(() => {
      this.clock.set(drain.nowMs);
      let { rejected } = this.meter.peek();
      const before = this.entryMap.size;
      this.#dropEntries(drain);
      const evicted: number[] = [];
      for (const candidate of drain.entries) {
        const parsed = entryRow.safeParse(candidate);
        if (!parsed.success) rejected++;
        else {
          this.entryBook.keep(parsed.data);
          if (parsed.data.evicted) evicted.push(parsed.data.id);
        }
      }
      const { records, rejected: badRecords } = parseRecords(drain);
      for (const record of records) {
        this.callLog.add(record, (id) => this.entryMap.get(id));
        this.historyLog.add(record, (seq) => this.callLog.callBehind(seq)?.seq ?? 0);
        this.circuits.add(record);
      }
      // Not before the records that speak of them were read.
      for (const id of evicted) this.entryBook.forget(id);
      const lost = this.meter.peek().lost + drain.lost;
      this.meter.value = { costMsPerS: this.#cost(drain.costMs), lost, rejected: rejected + badRecords };
      if (records.length > 0 || drain.entries.length > 0 || this.entryMap.size !== before) this.version.value++;
    });
  }

  /** After a loss the agent tells of all entries that are left, in this drain and those that follow. */
  #dropEntries({ clients, lost }: RawDrain): void {
    const ids = clients.map(({ id }) => id);
    if (lost === 0 && ids.join() === this.#clients) return;
    this.#clients = ids.join();
    this.entryBook.forgetWhere(({ client }) => lost > 0 || !ids.includes(client));
  }

  #cost(costMs: number): number {
    const nowMs = performance.now();
    this.#costs.push({ atMs: nowMs, costMs });
    this.#costs = this.#costs.filter(({ atMs }) => nowMs - atMs < 1_000);
    return this.#costs.reduce((sum, cost) => sum + cost.costMs, 0);
  }
}

function sameLink(a: Link, b: Link): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isCallInChip(row: CallRow, chip: (typeof CALL_CHIPS)[number]): boolean {
  switch (chip) {
    case 'All':
      return true;
    case 'Queries':
      return row.kind === 'query' || row.kind === 'read';
    case 'Mutations':
      return row.kind === 'mutation';
    case 'Streams':
      return row.kind === 'stream';
    case 'Errors':
      return row.state === 'error' || row.state === 'rolled-back';
    case 'Optimistic':
      return row.optimistic;
    case 'Cached':
      return row.kind === 'read';
  }
}

function isEntryInChip(state: EntryState, chip: (typeof ENTRY_CHIPS)[number]): boolean {
  if (chip === 'fetching') return state === 'fetching' || state === 'revalidating';
  return state === chip || (chip === 'inactive' && state === 'empty');
}

function isHistoryInChip(row: HistoryRow, chip: (typeof HISTORY_CHIPS)[number]): boolean {
  switch (chip) {
    case 'All':
      return true;
    case 'Writes':
      return row.kind === 'write' || row.kind === 'evict';
    case 'Optimistic':
      return row.kind === 'optimistic' || row.kind === 'commit' || row.kind === 'rebase' || row.kind === 'rollback';
    case 'Rollbacks':
      return row.kind === 'rollback';
  }
}
