import type { ClientRow } from '../../../protocol/index.js';
import { formatBytes, formatCount, plural } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { useStore } from './store-context.js';

/** Counts of the view at the left; what this tool itself costs and loses at the right. */
export function StatusBar() {
  const store = useStore();
  store.version.value;
  const link = store.link.value;
  const { costMsPerS, lost, rejected } = store.meter.value;
  const clients = link.kind === 'live' ? link.clients : [];
  const dropped = store.callLog.dropped + store.historyLog.dropped + store.entryBook.leftOut;
  return (
    <footer class="status">
      <ViewCounts />
      <span class="grow" />
      <span class="t-error" role="status">
        {store.notice.value}
      </span>
      <OpenCircuits />
      {store.busy.value ? <span class="t-stale">page busy…</span> : null}
      {link.kind === 'reconnecting' ? <span>reconnecting… (resuming from #{formatCount(link.fromSeq)})</span> : null}
      {lost > 0 ? <span class="t-error">{plural(lost, 'record')} lost</span> : null}
      {rejected > 0 ? <span class="t-error">{rejected} unreadable</span> : null}
      {dropped > 0 ? (
        <span title="The panel keeps a bounded number of rows">{plural(dropped, 'old row')} dropped</span>
      ) : null}
      {clients.length === 0 ? null : (
        <span class="optional" title={`Records in the rings of the page: ${clients.map(ringOf).join(', ')}`}>
          ring {Math.max(...clients.map(filledPercent))} %
        </span>
      )}
      {clients.length === 0 ? null : (
        <span title="Time that this panel's agent takes of the page, without the browser's own share of each evaluation">
          own cost {costMsPerS.toFixed(1)} ms/s
        </span>
      )}
      <span class="optional" title="Values of secret names and shapes never leave the page">
        secrets redacted
      </span>
    </footer>
  );
}

/** Of the fullest ring, since that is the one that loses records next. */
function filledPercent({ ringLength, ringCapacity }: ClientRow): number {
  return Math.round((ringLength / Math.max(1, ringCapacity)) * 100);
}

function ringOf(client: ClientRow): string {
  return `${client.name} ${filledPercent(client)} %`;
}

/** Backends that calls are not sent to; a click shows why. */
function OpenCircuits() {
  const store = useStore();
  const { open } = store.circuits;
  const last = open.at(-1);
  if (last === undefined || store.link.value.kind === 'closed') return null;
  const isOpen = open.some(({ state }) => state === 'open');
  const title = open.map(({ name, state }) => `${name}: ${state}`).join('\n');
  return (
    <button
      type="button"
      class={isOpen ? 't-error' : 't-stale'}
      title={title}
      onClick={() => store.reveal('History', last.seq)}
    >
      {open.length === 1 ? `circuit ${last.name} ${last.state}` : `${formatCount(open.length)} circuits not closed`}
    </button>
  );
}

function ViewCounts() {
  const store = useStore();
  switch (store.view.value) {
    case 'Calls': {
      const pending = store.callLog.rows.filter(({ state, optimistic }) => state === 'pending' && optimistic).length;
      return (
        <>
          <span>{ofTotal(store.calls.visible.value.length, store.calls.total, 'call')}</span>
          <span>{formatBytes(store.callLog.bytes)}</span>
          {store.callLog.errors > 0 ? <span class="t-error">{plural(store.callLog.errors, 'error')}</span> : null}
          {pending > 0 ? (
            <span class="t-optimistic">
              {pending} <Glyph name="optimistic" label="optimistic" /> pending
            </span>
          ) : null}
        </>
      );
    }
    case 'Cache': {
      const bytes = [...store.entryMap.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return (
        <>
          <span>{ofTotal(store.entries.visible.value.length, store.entries.total, 'entry', 'entries')}</span>
          <span>{formatBytes(bytes)}</span>
        </>
      );
    }
    case 'History':
      return (
        <>
          <span>{ofTotal(store.history.visible.value.length, store.history.total, 'change')}</span>
          {store.historyLog.rollbacks > 0 ? (
            <span class="t-rollback">{plural(store.historyLog.rollbacks, 'rollback')}</span>
          ) : null}
        </>
      );
  }
}

function ofTotal(shown: number, total: number, one: string, many?: string): string {
  return shown === total ? plural(total, one, many) : `${formatCount(shown)} of ${plural(total, one, many)}`;
}
