import type { HistoryKind, HistoryRow } from '../store/history-row.js';
import type { PanelStore } from '../store/panel-store.js';
import { formatCount, formatDuration } from '../ui/format.js';
import { Glyph, type GlyphName } from '../ui/glyph.js';
import { Split } from '../ui/split.js';
import { type Column, VirtualList } from '../ui/virtual-list.js';
import { FilterBar } from './filter-bar.js';
import { HistoryDetails } from './history-details.js';
import { useStore } from './store-context.js';

const COLUMNS: readonly Column[] = [
  { title: '#', width: '34px', align: 'right' },
  { title: 'Δt', width: '62px', align: 'right', hint: 'Time since the change before' },
  { title: '', width: '14px' },
  { title: 'What changed state', width: 'minmax(150px, 2.2fr)' },
  { title: 'Cause', width: 'minmax(80px, 1fr)' },
  { title: 'Touched', width: '54px', align: 'right', optional: true, hint: 'Entries' },
  { title: 'Diff', width: '72px', align: 'right', optional: true },
];

export const HISTORY_WORDS: Readonly<Record<HistoryKind, { readonly glyph: GlyphName; readonly verb: string }>> = {
  write: { glyph: 'ok', verb: 'write' },
  invalidate: { glyph: 'stale', verb: 'invalidated' },
  evict: { glyph: 'evict', verb: 'evicted' },
  optimistic: { glyph: 'optimistic', verb: 'optimistic' },
  commit: { glyph: 'ok', verb: 'confirmed' },
  rollback: { glyph: 'rollback', verb: 'rolled back' },
  rebase: { glyph: 'rebase', verb: 'rebased' },
  gap: { glyph: 'inactive', verb: '' },
};

export function HistoryView() {
  const store = useStore();
  const { history } = store;
  const rows = history.visible.value;
  const selected = history.selected.value;
  const row = selected === undefined ? undefined : store.historyLog.get(selected);
  const close = (): void => {
    history.selected.value = undefined;
  };
  const before = new Map(rows.map((current, i) => [current, rows[i - 1]]));
  return (
    <>
      <FilterBar list={history} placeholder="Filter changes" counted={['Rollbacks']} />
      <Split
        open={row !== undefined}
        list={
          <VirtualList
            label="State changes"
            columns={COLUMNS}
            rows={rows}
            keyOf={history.keyOf}
            rowClass={(current) => classOf(current, row)}
            cells={(current) => cellsOf(current, before.get(current), store)}
            selected={selected}
            onSelect={(key) => {
              history.selected.value = key;
            }}
            empty={<EmptyHistory total={history.total} />}
          />
        }
        details={row === undefined ? null : <HistoryDetails key={row.seq} row={row} onClose={close} />}
      />
    </>
  );
}

function EmptyHistory({ total }: { total: number }) {
  if (total > 0) return <h2>0 of {formatCount(total)} changes match</h2>;
  return (
    <>
      <h2>Nothing has changed state yet</h2>
      <p>Writes, optimistic layers, rollbacks and invalidations appear here in order.</p>
    </>
  );
}

/** The changes of one mutation belong together. */
function classOf(row: HistoryRow, selected: HistoryRow | undefined): string {
  const linked = selected !== undefined && row !== selected && selected.call !== 0 && row.call === selected.call;
  return `${row.kind === 'gap' ? 'gap' : ''} ${linked ? 'linked' : ''}`;
}

function cellsOf(row: HistoryRow, before: HistoryRow | undefined, store: PanelStore) {
  if (row.kind === 'gap') {
    return ['', '', '', <b key="gap">{formatCount(row.count)} records were dropped here: the page's ring was full</b>];
  }
  const { glyph, verb } = HISTORY_WORDS[row.kind];
  const diffs = new Set(row.touched.map(({ diff }) => diff));
  return [
    <span key="no" class="faint">
      {row.no}
    </span>,
    <span key="dt" class="dim">
      {before === undefined ? '' : `+${formatDuration(row.tUs - before.tUs)}`}
    </span>,
    <Glyph key="glyph" name={glyph} label={verb} />,
    <span key="what">
      {verb} <span class="mono">{subject(row, store)}</span>
    </span>,
    <span key="cause" class="dim">
      {causeOf(row, store)}
    </span>,
    row.kind === 'invalidate' ? row.count : row.touched.length,
    <span key="diff" class="mono">
      {[...diffs].join(' ').trim()}
    </span>,
  ];
}

/** An optimistic change is known by its mutation; a plain write by its entry. */
export function subject(row: HistoryRow, store: PanelStore): string {
  if (row.kind === 'invalidate') return row.label;
  const call = row.call === 0 ? undefined : store.callLog.get(row.call);
  if (call === undefined || call.kind !== 'mutation' || row.kind === 'write') return store.namesOf(row);
  return `${call.method}(${call.args})`;
}

function causeOf(row: HistoryRow, store: PanelStore): string {
  const call = row.call === 0 ? undefined : store.callLog.get(row.call);
  if (call === undefined) return row.reason;
  if (row.kind === 'rollback') return call.status;
  return `call #${call.no} ${row.reason}`;
}
