import { TitanError } from '../../protocol/index.js';

/**
 * Keeps the stacks of this process, which name its files, from being encoded: each plain error in the value gets an
 * empty stack for the wire. A stack that came over the wire stays; Titan errors and causes travel without one anyway.
 */
export function hideStacks(value: unknown, seen = new Set<object>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) return;
  seen.add(value);
  if (value instanceof Error && !(value instanceof TitanError)) hideStack(value);
  for (const child of childrenOf(value)) hideStacks(child, seen);
}

function hideStack(error: Error): void {
  const remoteStack: unknown = Object.getOwnPropertyDescriptor(error, 'remoteStack')?.value;
  if (typeof remoteStack === 'string') return;
  Reflect.defineProperty(error, 'remoteStack', { value: '', configurable: true, writable: true });
}

function childrenOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return value instanceof Set ? value : Object.values(value);
}
