import { signal } from '@preact/signals';
import type { CallRow } from '../store/call-row.js';
import { isSettled } from '../store/call-row.js';
import { DetailsPane } from '../ui/details-pane.js';
import { formatBytes, formatDuration, plural } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { ValueTree } from '../ui/value-tree.js';
import { CauseChain, EffectChain } from './chain.js';
import { loadValue, viewStamp } from './load-value.js';
import { stateOfCall } from './record-words.js';
import { useStore } from './store-context.js';
import { segmentsOf } from './waterfall.js';

const TABS = ['Data', 'Args', 'Timing', 'Effects', 'Why'] as const;
type Tab = (typeof TABS)[number];

/** Kept while the panel is open: who looks at timings wants the next call's timing too. */
const tab = signal<Tab>('Data');

export function CallDetails({ row, onClose }: { row: CallRow; onClose: () => void }) {
  const store = useStore();
  store.version.value;
  const { glyph, words } = stateOfCall(row);
  return (
    <DetailsPane
      label="Call details"
      tabs={TABS.map((name) => ({ name }))}
      selected={tab.value}
      onSelect={(name) => {
        tab.value = name;
      }}
      onClose={onClose}
    >
      <h3 class="title mono">
        <Glyph name={glyph} label={words} /> {row.service}.<b>{row.method}</b>
        <span class="dim">({row.args})</span>
      </h3>
      <Summary row={row} />
      <TabBody name={tab.value} row={row} />
    </DetailsPane>
  );
}

function Summary({ row }: { row: CallRow }) {
  if (row.kind === 'read') {
    return (
      <p class="dim">
        {row.state === 'shared'
          ? 'Joined a request that was already in flight.'
          : 'Answered from the cache, no network.'}
      </p>
    );
  }
  const failed = row.state === 'error' || row.state === 'rolled-back';
  const retries = row.retries > 0 ? plural(row.retries, 'retry', 'retries') : '';
  const time = isSettled(row) ? `after ${formatDuration(row.endUs - row.startUs)}` : '';
  return (
    <p>
      {row.state === 'rolled-back' ? <span class="t-rollback">rolled back · </span> : null}
      <span class={failed ? 't-error' : ''}>{row.status}</span>{' '}
      <span class="dim">{[time, retries, row.backend, row.via].filter((part) => part !== '').join(' · ')}</span>
      {failed ? <span class="message">{row.text}</span> : null}
    </p>
  );
}

function TabBody({ name, row }: { name: Tab; row: CallRow }) {
  const store = useStore();
  switch (name) {
    case 'Data':
      return <Data row={row} />;
    case 'Args':
      if (row.kind === 'read') {
        const ref = { of: 'entry', id: row.entryId, slot: 'args', layer: 0 } as const;
        return <ValueTree source={`args of ${row.entryId}`} load={loadValue(store, ref)} />;
      }
      return (
        <ValueTree source={`args ${row.seq}`} load={loadValue(store, { of: 'record', seq: row.seq, slot: 'args' })} />
      );
    case 'Timing':
      return <Timing row={row} />;
    case 'Effects':
      return <EffectChain row={row} />;
    case 'Why':
      return <CauseChain cause={row.cause} reason={row.reason} />;
  }
}

function Data({ row }: { row: CallRow }) {
  const store = useStore();
  if (row.kind === 'read') {
    const entry = store.entryMap.get(row.entryId);
    if (entry === undefined) return <p class="note">The entry is no longer cached.</p>;
    const ref = { of: 'entry', id: row.entryId, slot: 'view', layer: 0 } as const;
    return (
      <>
        <p class="note">The entry as it is now:</p>
        <ValueTree source={viewStamp(entry)} load={loadValue(store, ref)} />
      </>
    );
  }
  if (row.state === 'open') {
    return (
      <p class="mono">
        <span class="dim">{row.chunks} chunks, the last: </span>
        {row.text}
      </p>
    );
  }
  if (!isSettled(row)) return <p class="note">No answer yet.</p>;
  const ref = { of: 'record', seq: row.endSeq, slot: 'a' } as const;
  return <ValueTree source={`end ${row.endSeq}`} load={loadValue(store, ref)} />;
}

function Timing({ row }: { row: CallRow }) {
  const store = useStore();
  const segments = segmentsOf(row, store.clock.nowMs() * 1_000);
  const longest = Math.max(1, ...segments.map(({ us }) => us));
  return (
    <table class="timing">
      <tbody>
        <tr>
          <th scope="row">started</th>
          <td class="right">{formatDuration(row.startUs)}</td>
          <td class="dim">after the page began to load</td>
        </tr>
        {segments.map(({ name, us, tone }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="right">{formatDuration(us)}</td>
            <td>
              <svg class="waterfall" viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true">
                <rect class={`w-${tone}`} width={Math.max(1, (us / longest) * 100)} height="9" />
              </svg>
            </td>
          </tr>
        ))}
        <tr>
          <th scope="row">sent</th>
          <td class="right">{formatBytes(row.bytesUp)}</td>
          <td />
        </tr>
        <tr>
          <th scope="row">received</th>
          <td class="right">{formatBytes(row.bytesDown)}</td>
          <td />
        </tr>
      </tbody>
    </table>
  );
}
