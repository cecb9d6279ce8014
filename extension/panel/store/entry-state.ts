import type { EntryRow } from '../../../protocol/index.js';

export type EntryState =
  | 'fetching'
  | 'fresh'
  | 'stale'
  | 'revalidating'
  | 'optimistic'
  | 'error'
  | 'inactive'
  | 'empty';

/** Milliseconds until the entry is stale; 0 when it is, Infinity when it never will be. */
export function freshForMs(entry: EntryRow, nowMs: number): number {
  if (!entry.hasBase || entry.invalidated) return 0;
  if (entry.maxAgeMs < 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, entry.updatedAtMs + entry.maxAgeMs - nowMs);
}

/** The one state that matters most about an entry now. */
export function entryState(entry: EntryRow, nowMs: number): EntryState {
  if (entry.fetching) return entry.hasBase ? 'revalidating' : 'fetching';
  if (entry.layers.length > 0) return 'optimistic';
  if (entry.error !== '') return 'error';
  if (!entry.hasBase) return 'empty';
  if (entry.observers === 0) return 'inactive';
  return freshForMs(entry, nowMs) > 0 ? 'fresh' : 'stale';
}
