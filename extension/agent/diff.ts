import type { ValueChange } from '../../protocol/index.js';
import { ownDescriptor, ownKeys, prototypeOf } from './intrinsics.js';
import { DIFF_CHANGES, DIFF_VISITS } from './limits.js';
import { keyText, preview } from './preview.js';
import { isSecretKey, REDACTED } from './redaction.js';

interface Walk {
  visits: number;
  added: number;
  removed: number;
  changed: number;
  /** Undefined when only the counts are wanted. */
  readonly changes: ValueChange[] | undefined;
}

/**
 * What differs, path by path. Parts that are the same object are skipped whole: values are immutable by contract.
 * `omitted` counts the changes that are not listed; when the comparison ended early it is 1 at least.
 */
export function diffValues(before: unknown, after: unknown): { changes: ValueChange[]; omitted: number } {
  const changes: ValueChange[] = [];
  const walk: Walk = { visits: DIFF_VISITS, added: 0, removed: 0, changed: 0, changes };
  try {
    compare(before, after, '', walk);
  } catch {
    // A proxy refused: what was found until then is true.
    note(walk, '', 'change', before, after);
  }
  const omitted = walk.added + walk.removed + walk.changed - changes.length;
  return { changes, omitted: walk.visits <= 0 ? Math.max(1, omitted) : omitted };
}

/** `+1 −2 ~3` in one short string; `=` when nothing differs, empty when it would have cost too much. */
export function diffSummary(before: unknown, after: unknown, budget: { visits: number }): string {
  const walk: Walk = { visits: budget.visits, added: 0, removed: 0, changed: 0, changes: undefined };
  try {
    compare(before, after, '', walk);
  } catch {
    walk.changed++;
  }
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
  note(walk, path, 'change', before, after);
}

/** Sixteen items that are the same cost as much as one that is compared. */
const ITEMS_PER_VISIT = 16;

function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, walk: Walk): void {
  const shared = Math.min(before.length, after.length);
  for (let i = 0; i < shared && walk.visits > 0; i++) {
    if (i % ITEMS_PER_VISIT === ITEMS_PER_VISIT - 1) walk.visits--;
    const was = propertyOf(before, i);
    const is = propertyOf(after, i);
    if (!Object.is(was, is)) compare(was, is, `${path}[${i}]`, walk);
  }
  for (let i = shared; i < after.length && walk.visits-- > 0; i++) {
    note(walk, `${path}[${i}]`, 'add', undefined, propertyOf(after, i));
  }
  for (let i = shared; i < before.length && walk.visits-- > 0; i++) {
    note(walk, `${path}[${i}]`, 'remove', propertyOf(before, i), undefined);
  }
}

function compareRecords(before: object, after: object, path: string, walk: Walk): void {
  const seen = new Set(ownKeys(before));
  for (const key of seen) {
    if (walk.visits <= 0) return;
    const was = propertyOf(before, key);
    const is = ownDescriptor(after, key);
    if (is !== undefined && Object.is(was, is.value)) continue;
    const at = `${path}.${keyText(key)}`;
    if (is === undefined || isSecretKey(key)) walk.visits--;
    if (is === undefined) note(walk, at, 'remove', shown(key, was), undefined);
    else if (isSecretKey(key)) note(walk, at, 'change', SECRET, SECRET);
    else compare(was, is.value, at, walk);
  }
  for (const key of ownKeys(after)) {
    if (seen.has(key)) continue;
    if (walk.visits-- <= 0) return;
    note(walk, `${path}.${keyText(key)}`, 'add', undefined, shown(key, propertyOf(after, key)));
  }
}

/** A first value counts as its parts, so that "+7" says how much came. */
function addAll(value: unknown, walk: Walk): void {
  if (Array.isArray(value)) return compareLists([], value, '', walk);
  if (isPlain(value)) return compareRecords({}, value, '', walk);
  note(walk, '', 'add', undefined, value);
}

/** Stands for a value that is not shown. */
const SECRET = Symbol('secret');

function note(walk: Walk, path: string, op: ValueChange['op'], before: unknown, after: unknown): void {
  if (op === 'add') walk.added++;
  else if (op === 'remove') walk.removed++;
  else walk.changed++;
  if (walk.changes === undefined || walk.changes.length >= DIFF_CHANGES) return;
  walk.changes.push({ path, op, before: op === 'add' ? '' : line(before), after: op === 'remove' ? '' : line(after) });
}

function line(value: unknown): string {
  return value === SECRET ? REDACTED : preview(value);
}

function shown(key: string, value: unknown): unknown {
  return isSecretKey(key) ? SECRET : value;
}

/** Of a data property; a getter of the page is not run, and counts as undefined. */
function propertyOf(owner: object, key: PropertyKey): unknown {
  return ownDescriptor(owner, key)?.value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = prototypeOf(value);
  return prototype === null || prototypeOf(prototype) === null;
}
