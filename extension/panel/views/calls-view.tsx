import type { CallRow } from '../store/call-row.js';
import { durationUs, isSettled } from '../store/call-row.js';
import { bare } from '../store/entry-book.js';
import { formatBytes, formatCount, formatDuration, plural } from '../ui/format.js';
import { Glyph } from '../ui/glyph.js';
import { Split } from '../ui/split.js';
import { type Column, VirtualList } from '../ui/virtual-list.js';
import { CallDetails } from './call-details.js';
import { FilterBar } from './filter-bar.js';
import { stateOfCall } from './record-words.js';
import { useStore } from './store-context.js';
import { Waterfall } from './waterfall.js';

const COLUMNS: readonly Column[] = [
  { title: '#', width: '38px', align: 'right' },
  { title: '', width: '14px' },
  { title: 'Call', width: 'minmax(130px, 2.2fr)' },
  { title: 'Via', width: '42px', fromPx: 500, hint: 'Transport, or where the answer came from without one' },
  { title: 'Status', width: 'minmax(66px, 1.2fr)' },
  { title: 'Size', width: '58px', align: 'right', fromPx: 470, hint: 'Bytes received' },
  { title: 'Time', width: '56px', align: 'right' },
  { title: 'Why', width: 'minmax(46px, 0.6fr)', fromPx: 540, hint: 'What made the client do it' },
  { title: 'Waterfall', width: 'minmax(70px, 1.3fr)', fromPx: 620 },
];

export function CallsView() {
  const store = useStore();
  const { calls } = store;
  const rows = calls.visible.value;
  store.clock.tick.value;
  const nowUs = store.clock.nowMs() * 1_000;
  const fromUs = rows[0]?.startUs ?? 0;
  // While nothing is in flight the picture stands still.
  const toUs = rows.reduce((latest, call) => Math.max(latest, isSettled(call) ? call.endUs : nowUs), fromUs + 1);
  const selected = calls.selected.value;
  const row = selected === undefined ? undefined : store.callLog.get(selected);
  const close = (): void => {
    calls.selected.value = undefined;
  };
  return (
    <>
      <FilterBar list={calls} label="Filter calls" counted={['Errors', 'Optimistic']} />
      <Split
        open={row !== undefined}
        list={
          <VirtualList
            label="Calls"
            scroll={calls.scroll}
            columns={COLUMNS}
            rows={rows}
            keyOf={calls.keyOf}
            rowClass={(call) => classOf(call, row)}
            cells={(call) => cellsOf(call, { nowUs, fromUs, toUs })}
            selected={selected}
            onSelect={(key) => {
              calls.selected.value = key;
            }}
            empty={<EmptyCalls total={calls.total} />}
          />
        }
        details={row === undefined ? null : <CallDetails key={row.seq} row={row} onClose={close} />}
      />
    </>
  );
}

function EmptyCalls({ total }: { total: number }) {
  const store = useStore();
  if (total === 0) {
    return (
      <>
        <h2>No calls yet</h2>
        <p>Use the page: every call of its Netron client appears here.</p>
      </>
    );
  }
  return (
    <>
      <h2>0 of {formatCount(total)} calls match</h2>
      <button
        type="button"
        class="button"
        onClick={() => {
          store.calls.filter.value = '';
          store.calls.chip.value = 'All';
        }}
      >
        Clear filter
      </button>
    </>
  );
}

/** Rows that belong to the selected one get a bar at their left: what it caused, and what caused it. */
function classOf(call: CallRow, selected: CallRow | undefined): string {
  const classes = [
    call.state === 'error' ? 'bad' : '',
    call.kind === 'gap' ? 'gap' : '',
    call.kind === 'read' ? 'quiet' : '',
  ];
  if (selected !== undefined && call !== selected) {
    const sameEntry = call.entryId !== 0 && call.entryId === selected.entryId;
    const caused =
      call.cause >= selected.seq && selected.effects.some(({ seq }) => seq === call.seq || seq === call.cause);
    if (sameEntry || caused) classes.push('linked');
  }
  return classes.filter((name) => name !== '').join(' ');
}

function Retries({ count }: { count: number }) {
  const words = plural(count, 'retry', 'retries');
  return (
    <span class="retries" title={words}>
      <Glyph name="retry" label={words} />
      {count}
    </span>
  );
}

export function gapText(count: number): string {
  return `${plural(count, 'record was', 'records were')} dropped here: the page's ring was full`;
}

function cellsOf(call: CallRow, time: { nowUs: number; fromUs: number; toUs: number }) {
  if (call.kind === 'gap') return gapText(Number(call.text));
  const { glyph, words } = stateOfCall(call);
  const size = call.bytesDown === 0 ? '–' : formatBytes(call.bytesDown);
  return [
    <span key="no" class="faint">
      {call.no}
    </span>,
    <Glyph key="state" name={glyph} label={words} />,
    <span key="call" class="mono" title={`${call.service}.${call.method}(${call.args})`}>
      <span class="dim">{bare(call.service)}.</span>
      <b>{call.method}</b>
      <span class="dim">({call.args})</span>
    </span>,
    <span key="via" class="dim">
      {call.via}
    </span>,
    <span key="status" title={call.text}>
      {call.status}
      {call.retries > 0 ? <Retries count={call.retries} /> : null}
    </span>,
    size,
    call.kind === 'read' ? '–' : formatDuration(durationUs(call, time.nowUs)),
    <span key="why" class="dim">
      {call.reason}
    </span>,
    <Waterfall key="waterfall" row={call} {...time} />,
  ];
}
