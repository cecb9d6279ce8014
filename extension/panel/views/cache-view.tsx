import type { EntryRow } from '../../../protocol/index.js';
import { bare } from '../store/entry-book.js';
import { type EntryState, entryState, freshForMs } from '../store/entry-state.js';
import { formatAge, formatBytes, formatCount } from '../ui/format.js';
import { Glyph, type GlyphName } from '../ui/glyph.js';
import { Split } from '../ui/split.js';
import { type Column, VirtualList } from '../ui/virtual-list.js';
import { EntryDetails } from './entry-details.js';
import { FilterBar } from './filter-bar.js';
import { useStore } from './store-context.js';

const COLUMNS: readonly Column[] = [
  { title: '', width: '14px' },
  { title: 'Entry', width: 'minmax(130px, 2fr)' },
  { title: 'State', width: '76px' },
  { title: 'Tags', width: 'minmax(70px, 1fr)', fromPx: 580 },
  { title: 'Observers', width: '62px', align: 'right', fromPx: 520 },
  { title: 'Age', width: '42px', align: 'right', fromPx: 400 },
  { title: 'Stale in', width: '52px', align: 'right' },
  { title: 'Size', width: '58px', align: 'right', fromPx: 460, hint: 'Bytes of the last answer' },
  { title: 'Layers', width: '44px', fromPx: 640, hint: 'Optimistic writes that are not folded in yet' },
  { title: 'Last reason', width: 'minmax(60px, 0.8fr)', fromPx: 720 },
];

const ENTRY_GLYPHS: Readonly<Record<EntryState, GlyphName>> = {
  fetching: 'pending',
  fresh: 'ok',
  stale: 'stale',
  revalidating: 'revalidating',
  optimistic: 'optimistic',
  error: 'error',
  inactive: 'inactive',
  empty: 'inactive',
};

export function CacheView() {
  const store = useStore();
  const { entries } = store;
  store.clock.tick.value;
  const nowMs = store.clock.nowMs();
  const selected = entries.selected.value;
  const entry = selected === undefined ? undefined : store.entryMap.get(selected);
  const close = (): void => {
    entries.selected.value = undefined;
  };
  return (
    <>
      <FilterBar list={entries} label="Filter entries" counted={entries.chips} />
      <Split
        open={entry !== undefined}
        list={
          <VirtualList
            label="Cache entries"
            scroll={entries.scroll}
            follow={false}
            columns={COLUMNS}
            rows={entries.visible.value}
            keyOf={entries.keyOf}
            rowClass={(row) => (entryState(row, nowMs) === 'error' ? 'bad' : '')}
            cells={(row) => cellsOf(row, nowMs)}
            selected={selected}
            onSelect={(key) => {
              entries.selected.value = key;
            }}
            empty={<EmptyCache total={entries.total} />}
          />
        }
        details={entry === undefined ? null : <EntryDetails key={entry.id} entry={entry} onClose={close} />}
      />
    </>
  );
}

function EmptyCache({ total }: { total: number }) {
  if (total === 0) {
    return (
      <>
        <h2>The cache is empty</h2>
        <p>An entry appears with the first query of each method and arguments.</p>
      </>
    );
  }
  return <h2>0 of {formatCount(total)} entries match</h2>;
}

function cellsOf(row: EntryRow, nowMs: number) {
  const state = entryState(row, nowMs);
  const left = freshForMs(row, nowMs);
  return [
    <Glyph key="glyph" name={ENTRY_GLYPHS[state]} label={state} />,
    <span key="entry" class="mono" title={`${row.service}.${row.method}(${row.args})`}>
      {bare(row.service)}.<b>{row.method}</b>
      <span class="dim">({row.args})</span>
    </span>,
    <span key="state" class="dim">
      {state}
    </span>,
    <span key="tags">
      {row.tags.map((tag) => (
        <span key={tag} class="tag">
          {tag}
        </span>
      ))}
    </span>,
    row.observers,
    row.hasBase ? formatAge(nowMs - row.updatedAtMs) : '–',
    staleIn(row, left),
    row.sizeBytes === 0 ? '–' : formatBytes(row.sizeBytes),
    <span key="layers" class="layers">
      {row.layers.map(({ call, state: layerState }) => (
        <Glyph key={call} name="optimistic" label={`layer ${layerState}`} />
      ))}
    </span>,
    <span key="reason" class="dim">
      {row.lastReason}
    </span>,
  ];
}

function staleIn(row: EntryRow, leftMs: number): string {
  if (!row.hasBase) return '–';
  if (leftMs === Number.POSITIVE_INFINITY) return 'never';
  return leftMs === 0 ? 'stale' : formatAge(leftMs);
}
