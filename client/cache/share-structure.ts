import { MAX_SHARED_NODES } from '../limits.js';

/**
 * `next` with the parts of `previous` that are equal in their place: what has not changed keeps its identity, and whoever
 * watches it is left alone. Neither is written to. Plain objects and arrays only, and at most {@link MAX_SHARED_NODES} of
 * them: beyond that comparing would cost more than it saves, and the rest is `next` as it is.
 */
export function shareStructure(previous: unknown, next: unknown): unknown {
  return share(previous, next, { left: MAX_SHARED_NODES });
}

function share(previous: unknown, next: unknown, budget: { left: number }): unknown {
  if (typeof next !== 'object' || next === null || typeof previous !== 'object' || previous === null) return next;
  const prototype = Object.getPrototypeOf(next);
  if (previous === next || prototype !== Object.getPrototypeOf(previous) || budget.left-- <= 0) return next;
  const isList = prototype === Array.prototype;
  if (!isList && prototype !== Object.prototype) return next;
  const before = previous as Record<string, unknown>;
  const after = next as Record<string, unknown>;
  const keys = Object.keys(after);
  let same = keys.length === Object.keys(before).length;
  let kept = false;
  const values = keys.map((key) => {
    const had = Object.hasOwn(before, key);
    const value = had ? share(before[key], after[key], budget) : after[key];
    if (!had || !Object.is(value, before[key])) same = false;
    else if (value !== after[key]) kept = true;
    return value;
  });
  if (same) return previous;
  if (!kept && values.every((value, i) => Object.is(value, after[keys[i] as string]))) return next;
  // From pairs, so that a field named __proto__ stays one.
  return isList ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]]));
}
