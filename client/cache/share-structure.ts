import { MAX_DEPTH } from '../../protocol/limits.js';
import { MAX_SHARED_NODES } from '../limits.js';

type List = readonly unknown[];
type Fields = Readonly<Record<string, unknown>>;
/** A Map is one of its pairs. */
type Items = ReadonlySet<unknown>;

interface Budget {
  /** Lists and objects that may still be compared. */
  left: number;
}

/**
 * `next` with the parts of `previous` that are equal in their place: what has not changed keeps its identity, and whoever
 * watches it is left alone. Neither is written to. Instances of classes are replaced whole, but for Date, Map and Set, and
 * so is what is beyond {@link MAX_SHARED_NODES} plain objects and arrays: comparing would cost more than it saves.
 */
export function shareStructure(previous: unknown, next: unknown): unknown {
  try {
    return share(previous, next, { left: MAX_SHARED_NODES }, 0);
  } catch {
    // What `transform` made may be deeper than anything on the wire, contain itself, or throw where it is read: copies of
    // parts of that would be another value.
    return next;
  }
}

/** @throws RangeError for what is too deep. */
function share(previous: unknown, next: unknown, budget: Budget, depth: number): unknown {
  if (typeof next !== 'object' || next === null || typeof previous !== 'object' || previous === null) return next;
  const prototype = Object.getPrototypeOf(next);
  if (previous === next || prototype !== Object.getPrototypeOf(previous)) return next;
  if (depth > MAX_DEPTH) throw new RangeError();
  if (budget.left-- <= 0) return next;
  if (prototype === Array.prototype) return shareList(previous as List, next as List, budget, depth);
  if (prototype === Object.prototype) return shareRecord(previous as Fields, next as Fields, budget, depth);
  if (prototype === Date.prototype) return Object.is(+(previous as Date), +(next as Date)) ? previous : next;
  if (prototype !== Map.prototype && prototype !== Set.prototype) return next;
  const { size } = previous as Items;
  if (size !== (next as Items).size || size > budget.left) return next;
  const items = [...(previous as Items)];
  return shareList(items, [...(next as Items)], budget, depth) === items ? previous : next;
}

function shareList(previous: List, next: List, budget: Budget, depth: number): unknown {
  const { length } = previous;
  let same = length === next.length;
  let copy: unknown[] | undefined;
  for (let i = 0; i < next.length; i++) {
    const value = share(previous[i], next[i], budget, depth + 1);
    if (i >= length || !Object.is(value, previous[i])) same = false;
    if (Object.is(value, next[i])) continue;
    copy ??= next.slice();
    copy[i] = value;
  }
  return same ? previous : (copy ?? next);
}

function shareRecord(previous: Fields, next: Fields, budget: Budget, depth: number): unknown {
  const fields = Object.keys(next);
  let same = fields.length === Object.keys(previous).length;
  let copy: Record<string, unknown> | undefined;
  for (const field of fields) {
    if (!Object.hasOwn(previous, field)) {
      same = false;
      continue;
    }
    const before = previous[field];
    const after = next[field];
    const value = share(before, after, budget, depth + 1);
    if (!Object.is(value, before)) same = false;
    if (Object.is(value, after)) continue;
    copy ??= { ...next };
    // A field named __proto__ is the copy's own by now, and stays one.
    copy[field] = value;
  }
  return same ? previous : (copy ?? next);
}
