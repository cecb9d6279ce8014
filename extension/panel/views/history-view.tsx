import { circuitOf } from '../store/circuits.js';
import type { HistoryKind, HistoryRow } from '../store/history-row.js';
import { causeOf, HISTORY_VERBS, subjectOf, sumOfDiffs } from '../store/history-words.js';
import type { PanelStore } from '../store/panel-store.js';
import { formatCount, formatDuration } from '../ui/format.js';
import { Glyph, type GlyphName } from '../ui/glyph.js';
import { Split } from '../ui/split.js';
import { type Column, VirtualList } from '../ui/virtual-list.js';
import { gapText } from './calls-view.js';
import { FilterBar } from './filter-bar.js';
import { HistoryDetails } from './history-details.js';
import { useStore } from './store-context.js';

const COLUMNS: readonly Column[] = [
  { title: '#', width: '34px', align: 'right' },
  { title: 'Δt', width: '62px', align: 'right', hint: 'Time since the change before' },
  { title: '', width: '14px' },
  { title: 'What changed state', width: 'minmax(150px, 2.2fr)' },
  { title: 'Cause', width: 'minmax(80px, 1fr)' },
  { title: 'Touched', width: '54px', align: 'right', fromPx: 470, hint: 'Entries' },
  { title: 'Diff', width: '72px', align: 'right', fromPx: 540 },
];

const GLYPHS: Readonly<Record<Exclude<HistoryKind, 'breaker'>, GlyphName>> = {
  write: 'ok',
  invalidate: 'stale',
  evict: 'evict',
  optimistic: 'optimistic',
  commit: 'ok',
  rollback: 'rollback',
  rebase: 'rebase',
  gap: 'inactive',
};

const CIRCUIT_GLYPHS: ReadonlyMap<string, GlyphName> = new Map([
  ['open', 'error'],
  ['half-open', 'stale'],
  ['closed', 'ok'],
]);

export function glyphOf(row: HistoryRow): GlyphName {
  if (row.kind !== 'breaker') return GLYPHS[row.kind];
  return CIRCUIT_GLYPHS.get(circuitOf(row.label).state) ?? 'inactive';
}

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
      <FilterBar list={history} label="Filter changes" counted={['Rollbacks']} />
      <Split
        open={row !== undefined}
        list={
          <VirtualList
            label="State changes"
            scroll={history.scroll}
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
      <p>Writes, optimistic layers, rollbacks, invalidations and circuit breakers appear here in order.</p>
    </>
  );
}

/** The changes of one mutation belong together. */
function classOf(row: HistoryRow, selected: HistoryRow | undefined): string {
  const linked = selected !== undefined && row !== selected && selected.call !== 0 && row.call === selected.call;
  return `${row.kind === 'gap' ? 'gap' : ''} ${linked ? 'linked' : ''}`;
}

function cellsOf(row: HistoryRow, before: HistoryRow | undefined, store: PanelStore) {
  if (row.kind === 'gap') return gapText(row.count);
  const verb = HISTORY_VERBS[row.kind];
  return [
    <span key="no" class="faint">
      {row.no}
    </span>,
    <span key="dt" class="dim">
      {before === undefined ? '' : `+${formatDuration(row.tUs - before.tUs)}`}
    </span>,
    <Glyph key="glyph" name={glyphOf(row)} label={verb} />,
    <span key="what">
      {verb} <span class="mono">{subjectOf(row, store)}</span>
    </span>,
    <span key="cause" class="dim">
      {causeOf(row, store)}
    </span>,
    row.kind === 'breaker' ? '' : row.kind === 'invalidate' ? row.count : row.touched.length,
    <span key="diff" class="mono">
      {sumOfDiffs(row.touched.map(({ diff }) => diff))}
    </span>,
  ];
}
