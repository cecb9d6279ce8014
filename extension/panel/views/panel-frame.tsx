import { useEffect } from 'preact/hooks';
import type { Link } from '../../bridge/connection.js';
import { type PanelStore, VIEWS, type View } from '../store/panel-store.js';
import { formatCount } from '../ui/format.js';
import { IconButton } from '../ui/icon-button.js';
import { type TabItem, Tabs } from '../ui/tabs.js';
import { CacheView } from './cache-view.js';
import { CallsView } from './calls-view.js';
import { HistoryView } from './history-view.js';
import { Ladder } from './ladder.js';
import { StatusBar } from './status-bar.js';
import { StoreContext } from './store-context.js';

/** The whole panel: tabs on top, one view or the ladder, the status bar below. */
export function PanelFrame({ store }: { store: PanelStore }) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => shortcut(event, store);
    // Captured, since what we act on must not go on to DevTools, which has its own use for Esc and Ctrl+F.
    addEventListener('keydown', onKeyDown, true);
    return () => removeEventListener('keydown', onKeyDown, true);
  }, [store]);
  const link = store.link.value;
  // While a known page is being replaced, its rows stay until the next one has spoken; those of a closed client stay.
  const keepsRows = link.kind === 'reconnecting' || link.kind === 'closed';
  const showsRows = keepsRows && store.callLog.rows.length > 0;
  const client = clientOf(link);
  return (
    <StoreContext.Provider value={store}>
      <header class="bar toolbar">
        <IconButton
          icon="record"
          tone="record"
          label={store.recording.value ? 'Stop recording (Ctrl+E)' : 'Record (Ctrl+E)'}
          pressed={store.recording.value}
          onClick={() => store.toggleRecording()}
        />
        <IconButton icon="clear" label="Clear (Ctrl+L)" onClick={() => store.clear()} />
        <span class="separator" />
        <Tabs
          label="Views"
          items={tabItems(store)}
          selected={store.view.value}
          onSelect={(view) => {
            store.view.value = view;
          }}
        />
        <span class="grow" />
        {client === '' ? null : (
          <span class="client" title="Client on the page">
            {client}
          </span>
        )}
      </header>
      {showsRows || link.kind === 'live' ? <CurrentView view={store.view.value} /> : <Ladder link={link} />}
      <StatusBar />
    </StoreContext.Provider>
  );
}

function clientOf(link: Link): string {
  if (link.kind === 'closed') return 'client closed';
  return link.kind === 'live' ? link.clients.map(({ name }) => name).join(', ') : '';
}

function CurrentView({ view }: { view: View }) {
  switch (view) {
    case 'Calls':
      return <CallsView />;
    case 'Cache':
      return <CacheView />;
    case 'History':
      return <HistoryView />;
  }
}

function tabItems(store: PanelStore): readonly TabItem<View>[] {
  store.version.value;
  return [
    { name: 'Calls', count: formatCount(store.callLog.rows.length), alert: store.callLog.errors > 0 },
    { name: 'Cache', count: formatCount(store.entryMap.size) },
    { name: 'History', count: formatCount(store.historyLog.rows.length), alert: store.historyLog.rollbacks > 0 },
  ];
}

function shortcut(event: KeyboardEvent, store: PanelStore): void {
  const typing = event.target instanceof HTMLInputElement;
  const control = event.ctrlKey || event.metaKey;
  const list = { Calls: store.calls, Cache: store.entries, History: store.history }[store.view.value];
  if (event.key === 'Escape') {
    if (typing && list.filter.value !== '') list.filter.value = '';
    else if (list.selected.value !== undefined) {
      list.selected.value = undefined;
    } else if (list.filter.value !== '') list.filter.value = '';
    else return;
  } else if (control && event.key === 'e') store.toggleRecording();
  else if (control && event.key === 'l') store.clear();
  else if ((event.key === '/' && !typing) || (control && event.key === 'f')) {
    document.querySelector<HTMLInputElement>('.filter input')?.focus();
  } else if (!typing && !control && store.view.value === 'Cache' && /^[fi]$/i.test(event.key)) {
    const entryId = store.entries.selected.value;
    if (entryId === undefined) return;
    store.command(event.key.toLowerCase() === 'f' ? 'refetch' : 'invalidate', entryId);
  } else if (!typing && !control && /^[1-9]$/.test(event.key)) {
    const view = VIEWS[Number(event.key) - 1];
    if (view === undefined) return;
    store.view.value = view;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
