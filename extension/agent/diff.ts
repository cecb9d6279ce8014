import type { ValueChange } from '../../protocol/index.js';
import { ownDescriptor, ownKeys } from './intrinsics.js';
import { DIFF_CHANGES, DIFF_VISITS } from './limits.js';
import { preview } from './preview.js';
import { isSecretKey, REDACTED } from './redaction.js';

interface Walk {
  visits: number;
  added: number;
  removed: number;
  changed: number;
  /** Undefined when only the counts are wanted. */
  readonly changes: ValueChange[] | undefined;
}

/** What differs, path by path. Parts that are the same object are skipped whole: values are immutable by contract. */
export function diffValues(before: unknown, after: unknown): { changes: ValueChange[]; omitted: number } {
  const changes: ValueChange[] = [];
  const walk: Walk = { visits: DIFF_VISITS, added: 0, removed: 0, changed: 0, changes };
  compare(before, after, '', walk);
  return { changes, omitted: walk.added + walk.removed + walk.changed - changes.length };
}

/** `+1 −2 ~3` in one short string; `=` when nothing differs, empty when it would have cost too much. */
export function diffSummary(before: unknown, after: unknown, budget: { visits: number }): string {
  const walk: Walk = { visits: budget.visits, added: 0, removed: 0, changed: 0, changes: undefined };
  compare(before, after, '', walk);
  budget.visits = Math.max(0, walk.visits);
  if (walk.visits <= 0) return '';
  const parts = [
    walk.added > 0 ? `+${walk.added}` : '',
    walk.removed > 0 ? `−${walk.removed}` : '',
    walk.changed > 0 ? `~${walk.changed}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '=' : parts.join(' ');
}

function compare(before: unknown, after: unknown, path: string, walk: Walk): void {
  if (Object.is(before, after) || --walk.visits <= 0) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, walk);
  if (isPlain(before) && isPlain(after)) return compareRecords(before, after, path, walk);
  if (path === '' && before === undefined) return addAll(after, walk);
  note(walk, { path, op: 'change', before: preview(before), after: preview(after) });
}

function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, walk: Walk): void {
  const shared = Math.min(before.length, after.length);
  for (let i = 0; i < shared && walk.visits > 0; i++) {
    if (before[i] !== after[i]) compare(before[i], after[i], `${path}[${i}]`, walk);
  }
  walk.visits -= shared >> 4;
  for (let i = shared; i < after.length && walk.visits-- > 0; i++) {
    note(walk, { path: `${path}[${i}]`, op: 'add', before: '', after: preview(after[i]) });
  }
  for (let i = shared; i < before.length && walk.visits-- > 0; i++) {
    note(walk, { path: `${path}[${i}]`, op: 'remove', before: preview(before[i]), after: '' });
  }
}

function compareRecords(before: object, after: object, path: string, walk: Walk): void {
  const seen = new Set(ownKeys(before));
  for (const key of seen) {
    const was: unknown = ownDescriptor(before, key)?.value;
    const is = ownDescriptor(after, key);
    const at = `${path}.${key}`;
    if (is === undefined) note(walk, { path: at, op: 'remove', before: shown(key, was), after: '' });
    else if (isSecretKey(key)) {
      if (was !== is.value) note(walk, { path: at, op: 'change', before: REDACTED, after: REDACTED });
    } else compare(was, is.value, at, walk);
  }
  for (const key of ownKeys(after)) {
    if (seen.has(key)) continue;
    const value = shown(key, ownDescriptor(after, key)?.value);
    note(walk, { path: `${path}.${key}`, op: 'add', before: '', after: value });
  }
}

/** A first value counts as its parts, so that "+7" says how much came. */
function addAll(value: unknown, walk: Walk): void {
  if (Array.isArray(value)) return compareLists([], value, '', walk);
  if (isPlain(value)) return compareRecords({}, value, '', walk);
  note(walk, { path: '', op: 'add', before: '', after: preview(value) });
}

function note(walk: Walk, change: ValueChange): void {
  if (change.op === 'add') walk.added++;
  else if (change.op === 'remove') walk.removed++;
  else walk.changed++;
  if (walk.changes !== undefined && walk.changes.length < DIFF_CHANGES) walk.changes.push(change);
}

function shown(key: string, value: unknown): string {
  return isSecretKey(key) ? REDACTED : preview(value);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
