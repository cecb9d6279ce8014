import { TitanError } from '../../protocol/index.js';

/** Up to so many objects it is cheaper to meet one again than to remember all of them. */
const UNREMEMBERED_OBJECTS = 256;

/**
 * Keeps the stacks of this process, which name its files, from being encoded: each plain error in the value gets an
 * empty stack for the wire. A stack that came over the wire stays; Titan errors and causes travel without one anyway.
 */
export function hideStacks(value: unknown): void {
  if (isObject(value) && hideFew(value, UNREMEMBERED_OBJECTS) < 0) hideMany(value, new Set());
}

/** Returns how many more objects it might have met; below 0, they were not enough for this value. */
function hideFew(value: object, budget: number): number {
  hideOwn(value);
  let left = budget - 1;
  for (const child of childrenOf(value)) {
    if (left >= 0 && isObject(child)) left = hideFew(child, left);
  }
  return left;
}

function hideMany(value: object, seen: Set<object>): void {
  if (seen.has(value)) return;
  seen.add(value);
  hideOwn(value);
  for (const child of childrenOf(value)) if (isObject(child)) hideMany(child, seen);
}

function hideOwn(value: object): void {
  if (!(value instanceof Error) || value instanceof TitanError) return;
  const remoteStack: unknown = Object.getOwnPropertyDescriptor(value, 'remoteStack')?.value;
  if (typeof remoteStack === 'string') return;
  Reflect.defineProperty(value, 'remoteStack', { value: '', configurable: true, writable: true });
}

function childrenOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return ArrayBuffer.isView(value) ? [] : Object.values(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
