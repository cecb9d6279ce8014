import { isPlainObject } from '../../protocol/plain-object.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether two arguments mean the same to a server: object keys in any order, `undefined` kept apart from absent, -0 as 0,
 * a Map and a Set in any order; a Date, BigInt, bytes, RegExp and error equal only their own kind. Class instances are the
 * same only as themselves.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && isSameList(a, b);
  if (isPlainObject(a)) return isPlainObject(b) && isSameRecord(a as Fields, b as Fields);
  return isSameInAnyOrder(partsOf(a), partsOf(b));
}

/**
 * What an object of the language's own classes says, in no order, and its kind at the end: a list, which is no part of any
 * other. Undefined for objects of all other classes.
 */
export function partsOf(value: object): readonly unknown[] | undefined {
  if (value instanceof Map) return [...value, ['Map']];
  if (value instanceof Set) return [...value, ['Set']];
  if (value instanceof Date) return [value.getTime(), ['Date']];
  if (value instanceof RegExp) return [String(value), ['RegExp']];
  if (value instanceof Uint8Array) return [value.join(), ['Bytes']];
  if (value instanceof Error) return [[value.name, value.message, value.cause], ['Error']];
  return undefined;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  // By index, so that a hole is the undefined that is sent for it.
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
  return true;
}

function isSameRecord(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  for (const name of names) if (!Object.hasOwn(b, name) || !isSame(a[name], b[name])) return false;
  return names.length === Object.keys(b).length;
}

function isSameInAnyOrder(a: readonly unknown[] = [], b: readonly unknown[] = []): boolean {
  const left = new Set(b);
  for (const item of a) if (!left.delete(item) && !deleteSame(left, item)) return false;
  return a.length > 0 && left.size === 0;
}

function deleteSame(items: Set<unknown>, item: unknown): boolean {
  for (const other of items) if (isSame(item, other)) return items.delete(other);
  return false;
}
