import { signal } from '@preact/signals';
import type { HistoryRow } from '../store/history-row.js';
import { HISTORY_VERBS, subjectOf } from '../store/history-words.js';
import { DetailsPane } from '../ui/details-pane.js';
import { formatCount, formatDuration, plural } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { CauseChain } from './chain.js';
import { DiffOf } from './diff-of.js';
import { glyphOf } from './history-view.js';
import { circuitSentence, reasonSentence } from './record-words.js';
import { useStore } from './store-context.js';

const TABS = ['Diff', 'Why'] as const;
type Tab = (typeof TABS)[number];

const tab = signal<Tab>('Diff');

export function HistoryDetails({ row, onClose }: { row: HistoryRow; onClose: () => void }) {
  const store = useStore();
  const verb = HISTORY_VERBS[row.kind];
  return (
    <DetailsPane
      label="Change details"
      tabs={TABS.map((name) => ({ name }))}
      selected={tab.value}
      onSelect={(name) => {
        tab.value = name;
      }}
      onClose={onClose}
    >
      <h3 class="title">
        <Glyph name={glyphOf(row)} label={verb} /> {verb} <span class="mono">{subjectOf(row, store)}</span>
      </h3>
      {row.kind === 'rollback' ? <RollbackSummary row={row} /> : null}
      {tab.value === 'Why' && row.kind !== 'breaker' ? (
        <CauseChain cause={row.cause} reason={row.reason} />
      ) : (
        <Diffs row={row} />
      )}
    </DetailsPane>
  );
}

/** What failed, and how long the user saw what was not true. */
function RollbackSummary({ row }: { row: HistoryRow }) {
  const store = useStore();
  const call = store.callLog.get(row.call);
  if (call === undefined) return null;
  const applied = store.historyLog.rows.find((other) => other.kind === 'optimistic' && other.call === row.call);
  const rebased = store.historyLog.rows.filter(
    (other) => other.kind === 'rebase' && row.touched.some(({ seq }) => seq === other.cause),
  );
  return (
    <>
      <p>
        <span class="t-error">{call.status}</span> <span class="message">{call.text}</span>
        {applied === undefined ? null : (
          <span class="dim"> Shown to the user for {formatDuration(row.tUs - applied.tUs)}.</span>
        )}
      </p>
      {rebased.length === 0 ? null : (
        <p>
          Rebased over it, kept:{' '}
          {rebased.map((other) => (
            <button key={other.seq} type="button" class="link" onClick={() => store.reveal('History', other.seq)}>
              #{other.no} <span class="mono">{subjectOf(other, store)}</span>
            </button>
          ))}
        </p>
      )}
    </>
  );
}

function Diffs({ row }: { row: HistoryRow }) {
  const store = useStore();
  if (row.kind === 'invalidate') {
    const what = plural(row.count, 'entry was', 'entries were');
    return <p class="note">{what} marked stale; no value changed.</p>;
  }
  if (row.kind === 'evict') {
    const what = row.touched.length === 1 ? 'An entry was' : `${formatCount(row.touched.length)} entries were`;
    return (
      <p class="note">
        {what} forgotten. {reasonSentence(row.reason)}
      </p>
    );
  }
  if (row.kind === 'breaker') return <p class="note">{circuitSentence(row.text)}</p>;
  if (row.kind === 'rebase')
    return <p class="note">Folded again over what changed below it. The layer itself is the same.</p>;
  return (
    <>
      {row.touched.map(({ entryId, seq }) => (
        <div key={seq}>
          <h4>
            {store.entryMap.has(entryId) ? (
              <button type="button" class="link mono" onClick={() => store.reveal('Cache', entryId)}>
                {store.entryName(entryId)}
              </button>
            ) : (
              <span class="mono">{store.entryName(entryId)} (no longer cached)</span>
            )}
          </h4>
          <DiffOf source={`diff ${seq}`} load={() => store.agent.diff(seq)} />
        </div>
      ))}
    </>
  );
}
