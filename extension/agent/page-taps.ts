import {
  TAP_REGISTRY_KEY,
  type Tap,
  type TapDescription,
  type TapEntry,
  type TapRegistry,
  type TapRow,
} from '../../protocol/index.js';
import { READ_ROWS } from './limits.js';

/** The page's taps, found anew each time: clients come and go. Only taps of a version we read are listed. */
export function pageTaps(): { readonly taps: readonly Tap[]; readonly session: string } {
  const registry = Reflect.get(globalThis, TAP_REGISTRY_KEY) as Partial<TapRegistry> | undefined;
  const clock = registry?.clock;
  if (!Array.isArray(registry) || typeof clock?.session !== 'string') return { taps: [], session: '' };
  const taps = (registry as readonly (Tap | null | undefined)[]).filter((tap) => tap?.v === 1) as readonly Tap[];
  return { taps, session: clock.session };
}

export function describeClient(tap: Tap): TapDescription {
  return tap.command({ type: 'describe' }) as TapDescription;
}

export function entriesOf(tap: Tap): readonly TapEntry[] {
  return tap.command({ type: 'entries' }) as readonly TapEntry[];
}

/** The next records of all taps in the order of their seqs, from `from` on. */
export function readMerged(taps: readonly Tap[], from: number): { rows: { row: TapRow; tap: Tap }[]; next: number } {
  const reads = taps.map((tap) => ({ tap, ...tap.read(from, READ_ROWS) }));
  // A tap that had more than it could give says nothing of what lies behind: only up to the least of them is complete.
  const next = reads.reduce((least, read) => Math.min(least, read.next), Number.POSITIVE_INFINITY);
  const rows = reads.flatMap(({ tap, rows }) => rows.filter(([seq]) => seq < next).map((row) => ({ row, tap })));
  if (taps.length > 1) rows.sort((a, b) => a.row[0] - b.row[0]);
  return { rows, next: Number.isFinite(next) ? next : from };
}

export function findRow(taps: readonly Tap[], seq: number): TapRow | undefined {
  for (const tap of taps) {
    const [row] = tap.read(seq, 1).rows;
    if (row?.[0] === seq) return row;
  }
  return undefined;
}

export function findEntry(taps: readonly Tap[], id: number): TapEntry | undefined {
  for (const tap of taps) {
    const entry = entriesOf(tap).find((candidate) => candidate.id === id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
