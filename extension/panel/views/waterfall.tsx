import type { CallRow } from '../store/call-row.js';
import { isSettled } from '../store/call-row.js';
import { formatDuration } from '../ui/format.js';

/** What of its time a call spent where. */
export interface Segment {
  readonly name: 'waiting to be sent' | 'waiting for the answer' | 'receiving' | 'settling';
  readonly us: number;
  readonly tone: string;
}

export function segmentsOf(row: CallRow, nowUs: number): readonly Segment[] {
  const end = isSettled(row) ? row.endUs : nowUs;
  if (row.kind === 'read') return [];
  const sent = row.sentUs === 0 ? end : row.sentUs;
  const received = row.receivedUs === 0 ? end : Math.min(row.receivedUs, end);
  const tone = row.state === 'rolled-back' || row.state === 'error' ? 'failed' : 'settled';
  const parts: Segment[] = [
    { name: 'waiting to be sent', us: sent - row.startUs, tone: 'queued' },
    { name: 'waiting for the answer', us: received - sent, tone: row.optimistic ? 'optimistic' : 'network' },
  ];
  if (row.kind === 'stream') parts.push({ name: 'receiving', us: end - received, tone: 'network' });
  else if (isSettled(row)) parts.push({ name: 'settling', us: end - received, tone });
  return parts.filter(({ us }) => us > 0);
}

interface WaterfallProps {
  readonly row: CallRow;
  readonly nowUs: number;
  /** What the whole width stands for. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** SVG, so that widths are attributes: the panel's CSP knows no inline styles in markup. */
export function Waterfall({ row, nowUs, fromUs, toUs }: WaterfallProps) {
  const scale = 100 / Math.max(1, toUs - fromUs);
  const segments = segmentsOf(row, nowUs);
  let x = (row.startUs - fromUs) * scale;
  const title = segments.map(({ name, us }) => `${name} ${formatDuration(us)}`).join('\n');
  return (
    <svg class="waterfall" viewBox="0 0 100 9" preserveAspectRatio="none" role="img" aria-label={title}>
      <title>{title}</title>
      {segments.length === 0 ? <rect class="w-queued" x={x} y="0" width="0.6" height="9" /> : null}
      {segments.map(({ name, us, tone }) => {
        const width = Math.max(0.6, us * scale);
        const bar = <rect key={name} class={`w-${tone}`} x={x} y="0" width={width} height="9" />;
        x += width;
        return bar;
      })}
    </svg>
  );
}
