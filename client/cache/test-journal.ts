import type { TapEntry } from '../../protocol/index.js';
import type { LoggedRecord } from '../testing/test-tap-log.js';

/** Kinds of records that say that readers see something else from now on. */
const CHANGES: ReadonlySet<string> = new Set([
  'cacheWrite',
  'cacheEvict',
  'cacheGc',
  'optimisticApply',
  'optimisticCommit',
  'optimisticRollback',
]);

export function changesOf(records: readonly LoggedRecord[]): readonly LoggedRecord[] {
  return records.filter(({ kind }) => CHANGES.has(kind));
}

/**
 * What is wrong with the records of a client from its beginning: of each entry, a change begins with what the one before
 * has ended with, the last one ends with what the entry shows now, and each has a reason and a cause that is recorded, or
 * none.
 */
export function gapsOf(records: readonly LoggedRecord[], entries: readonly TapEntry[]): readonly string[] {
  const gaps: string[] = [];
  const known = new Set([0]);
  const shown = new Map<unknown, unknown>();
  for (const { seq, kind, ref, a, b, cause, reason } of records) {
    known.add(seq);
    if (!CHANGES.has(kind)) continue;
    const { id } = ref as TapEntry;
    if (!Object.is(shown.get(ref), a)) gaps.push(`${seq} ${kind} of ${id} begins with ${JSON.stringify(a)}`);
    if (reason === '') gaps.push(`${seq} ${kind} of ${id} has no reason`);
    if (!known.has(cause)) gaps.push(`${seq} ${kind} of ${id} has the unknown cause ${cause}`);
    shown.set(ref, b);
  }
  for (const entry of entries) {
    if (!Object.is(shown.get(entry), entry.view)) gaps.push(`${entry.id} shows ${JSON.stringify(entry.view)}`);
  }
  return gaps;
}
