import { signal } from '@preact/signals';
import type { EntryRow } from '../../../protocol/index.js';
import { entryState } from '../store/entry-state.js';
import { DetailsPane } from '../ui/details-pane.js';
import { formatAge, formatCount, plural } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { ValueTree } from '../ui/value-tree.js';
import { DiffOf } from './diff-of.js';
import { loadValue, viewStamp } from './load-value.js';
import { useStore } from './store-context.js';

const TABS = ['Data', 'Layers', 'History', 'Policy'] as const;
type Tab = (typeof TABS)[number];

const tab = signal<Tab>('Data');

export function EntryDetails({ entry, onClose }: { entry: EntryRow; onClose: () => void }) {
  const store = useStore();
  const layers = entry.layers.length;
  return (
    <DetailsPane
      label="Entry details"
      tabs={TABS.map((name) => (name === 'Layers' && layers > 0 ? { name, count: layers } : { name }))}
      selected={tab.value}
      onSelect={(name) => {
        tab.value = name;
      }}
      onClose={onClose}
    >
      <h3 class="title mono">
        {entry.service}.<b>{entry.method}</b>
        <span class="dim">({entry.args})</span>
      </h3>
      <p class="dim">
        {entry.backend} · {plural(entry.writes, 'write')} · {plural(entry.hits, 'hit')}
      </p>
      {entry.error === '' ? null : <p class="t-error">{entry.error}</p>}
      <div class="buttons">
        <button type="button" class="button" title="F" onClick={() => store.command('refetch', entry.id)}>
          Refetch
        </button>
        <button type="button" class="button" title="I" onClick={() => store.command('invalidate', entry.id)}>
          Invalidate
        </button>
      </div>
      <TabBody name={tab.value} entry={entry} />
    </DetailsPane>
  );
}

function TabBody({ name, entry }: { name: Tab; entry: EntryRow }) {
  switch (name) {
    case 'Data':
      return <Slot entry={entry} slot="view" />;
    case 'Layers':
      return <Layers entry={entry} />;
    case 'History':
      return <EntryHistory entry={entry} />;
    case 'Policy':
      return <Policy entry={entry} />;
  }
}

/** Loaded anew whenever the entry has changed, and only then. */
function Slot({ entry, slot }: { entry: EntryRow; slot: 'base' | 'view' }) {
  const store = useStore();
  if (!entry.hasBase) return <p class="note">No data yet.</p>;
  const stamp = `${slot} ${viewStamp(entry)}`;
  return <ValueTree source={stamp} load={loadValue(store, { of: 'entry', id: entry.id, slot, layer: 0 })} />;
}

function Layers({ entry }: { entry: EntryRow }) {
  const store = useStore();
  return (
    <>
      <h4>Base, then layers in order; the view is their fold</h4>
      <div class="layer">
        <Glyph name="ok" label="base" />
        <span>base</span>
        <span class="dim">what the server said last</span>
      </div>
      {entry.layers.map(({ call, state }, index) => {
        const row = store.callLog.get(call);
        return (
          <div key={call} class="layer optimistic">
            <Glyph name="optimistic" label={state} />
            <span>{row === undefined ? `call ${call}` : `#${row.no}`}</span>
            <div>
              <span class="mono">{row === undefined ? '' : `${row.method}(${row.args})`}</span>{' '}
              <span class="faint">
                {state === 'held' ? 'confirmed, held until all before it has settled' : 'sent, not confirmed'}
              </span>
              <DiffOf
                source={`layer ${entry.id} ${call} ${entry.writes}`}
                load={() => store.agent.layerDiff(entry.id, index)}
              />
            </div>
          </div>
        );
      })}
      {entry.layers.length === 0 ? (
        <p class="note">No layers: the view is the base.</p>
      ) : (
        <>
          <h4>Base</h4>
          <Slot entry={entry} slot="base" />
        </>
      )}
      <h4>View</h4>
      <Slot entry={entry} slot="view" />
    </>
  );
}

function EntryHistory({ entry }: { entry: EntryRow }) {
  const store = useStore();
  store.version.value;
  const rows = store.historyLog.rows
    .filter(({ touched }) => touched.some(({ entryId }) => entryId === entry.id))
    .slice(-50);
  if (rows.length === 0) return <p class="note">Nothing has changed it since recording began.</p>;
  return (
    <div class="chain">
      {rows.map((row) => (
        <button key={row.seq} type="button" class="effect link-row" onClick={() => store.reveal('History', row.seq)}>
          <span class="faint">{row.no}</span>
          <span class="what">
            {row.kind} <span class="dim">{row.reason}</span>{' '}
            <span class="mono">{row.touched.find(({ entryId }) => entryId === entry.id)?.diff}</span>
          </span>
          <span class="right dim">{formatAge(store.clock.nowMs() - row.tUs / 1_000)} ago</span>
        </button>
      ))}
    </div>
  );
}

function Policy({ entry }: { entry: EntryRow }) {
  const store = useStore();
  store.clock.tick.value;
  const rows: readonly (readonly [string, string])[] = [
    ['state', entryState(entry, store.clock.nowMs())],
    ['fresh for', entry.maxAgeMs < 0 ? 'ever' : `${formatCount(entry.maxAgeMs)} ms`],
    ['invalidated', entry.invalidated ? 'yes' : 'no'],
    ['tags', entry.tags.join(', ') || 'none'],
    ['observers', String(entry.observers)],
    ['last reason', entry.lastReason || 'none'],
  ];
  return (
    <table class="timing">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
