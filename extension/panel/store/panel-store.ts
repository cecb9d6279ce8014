import { batch, computed, type Signal, signal } from '@preact/signals';
import { type EntryRow, TapKind } from '../../../protocol/index.js';
import { entryRow } from '../../../protocol/tap/agent-message.schema.js';
import { Connection, type Link } from '../../bridge/connection.js';
import type { DevtoolsHost } from '../../bridge/devtools-host.js';
import type { PageAgent, RawDrain } from '../../bridge/page-agent.js';
import { CallLog } from './call-log.js';
import type { CallRow } from './call-row.js';
import { type EntryState, entryState } from './entry-state.js';
import { HistoryLog } from './history-log.js';
import type { HistoryRow } from './history-row.js';
import { historyText } from './history-words.js';
import { MAX_ENTRIES, MAX_FORMER_NAMES } from './limits.js';
import { ListView } from './list-view.js';
import { PageClock } from './page-clock.js';
import { parseRecords } from './record.js';

export const VIEWS = ['Calls', 'Cache', 'History'] as const;
export type View = (typeof VIEWS)[number];

const CALL_CHIPS = ['All', 'Queries', 'Mutations', 'Streams', 'Errors', 'Optimistic', 'Cached'] as const;
const ENTRY_CHIPS = ['All', 'fresh', 'stale', 'fetching', 'optimistic', 'error', 'inactive'] as const;
const HISTORY_CHIPS = ['All', 'Writes', 'Optimistic', 'Rollbacks'] as const;

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
  readonly entryMap = new Map<number, EntryRow>();
  readonly #leftOut = new Set<number>();
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
  readonly #formerNames = new Map<number, string>();
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
      this.calls.selected.value = undefined;
      this.history.selected.value = undefined;
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
    const entry = this.entryMap.get(id);
    return entry === undefined ? (this.#formerNames.get(id) ?? `entry ${id}`) : nameOf(entry);
  }

  namesOf(row: HistoryRow): string {
    return row.touched.map(({ entryId }) => this.entryName(entryId)).join(', ');
  }

  /** Shows a call, an entry or a transaction in its own view. */
  reveal(view: View, key: number): void {
    batch(() => {
      this.view.value = view;
      const list = { Calls: this.calls, Cache: this.entries, History: this.history }[view];
      list.showAll();
      list.selected.value = key;
    });
  }

  #reset(): void {
    batch(() => {
      this.clear();
      this.entryMap.clear();
      this.#leftOut.clear();
      this.#formerNames.clear();
      this.entries.selected.value = undefined;
      this.notice.value = '';
      this.meter.value = { costMsPerS: 0, lost: 0, rejected: 0 };
    });
  }

  #ingest(drain: RawDrain): void {
    batch(() => {
      this.clock.set(drain.nowMs);
      let { rejected } = this.meter.peek();
      for (const candidate of drain.entries) {
        const parsed = entryRow.safeParse(candidate);
        if (parsed.success) this.#keepEntry(parsed.data);
        else rejected++;
      }
      const { records, rejected: badRecords } = parseRecords(drain);
      for (const record of records) {
        this.callLog.add(record, (id) => this.entryMap.get(id));
        this.historyLog.add(record, (seq) => this.callLog.callBehind(seq)?.seq ?? 0);
        if (record.kind === TapKind.cacheEvict || record.kind === TapKind.cacheGc) this.#forgetEntry(record.refId);
      }
      const lost = this.meter.peek().lost + drain.lost;
      this.meter.value = { costMsPerS: this.#cost(drain.costMs), lost, rejected: rejected + badRecords };
      if (records.length > 0 || drain.entries.length > 0) this.version.value++;
    });
  }

  /** Entries that the panel has no room for. */
  get entriesLeftOut(): number {
    return this.#leftOut.size;
  }

  #keepEntry(entry: EntryRow): void {
    if (this.entryMap.size >= MAX_ENTRIES && !this.entryMap.has(entry.id)) this.#leftOut.add(entry.id);
    else this.entryMap.set(entry.id, entry);
  }

  /** Its name stays, for the rows that speak of it. */
  #forgetEntry(id: number): void {
    const entry = this.entryMap.get(id);
    if (entry === undefined) return;
    this.#formerNames.set(id, nameOf(entry));
    if (this.#formerNames.size > MAX_FORMER_NAMES)
      this.#formerNames.delete(this.#formerNames.keys().next().value ?? id);
    this.entryMap.delete(id);
  }

  #cost(costMs: number): number {
    const nowMs = performance.now();
    this.#costs.push({ atMs: nowMs, costMs });
    this.#costs = this.#costs.filter(({ atMs }) => nowMs - atMs < 1_000);
    return this.#costs.reduce((sum, cost) => sum + cost.costMs, 0);
  }
}

function nameOf({ service, method, args }: EntryRow): string {
  return `${bare(service)}.${method}(${args})`;
}

/** `users` of `users@1.0.0`: the version is shown where there is room for it. */
export function bare(service: string): string {
  const at = service.indexOf('@');
  return at < 0 ? service : service.slice(0, at);
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
