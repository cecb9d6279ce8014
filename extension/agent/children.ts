import { bytesIn, itemsIn, ownDescriptor, ownKeys } from './intrinsics.js';
import { preview } from './preview.js';
import { isSecretKey } from './redaction.js';

export type Child =
  | { readonly kind: 'value'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'accessor'; readonly key: string }
  | { readonly kind: 'secret'; readonly key: string };

/** Fields of an error that are worth seeing though they are not enumerable. */
const ERROR_FIELDS = ['name', 'message', 'cause', 'remoteStack'];

/** How many children a value has in the tree. */
export function childCount(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return bytesIn(value);
  if (value instanceof Map) return itemsIn(value);
  if (value instanceof Set) return itemsIn(value);
  if (value instanceof Date || value instanceof RegExp) return 0;
  return keysOf(value).length;
}

/** Children `from` to `to`, by position: positions are the paths that the panel asks by. */
export function childrenOf(value: unknown, from: number, to: number): Child[] {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof Map) return slice(Map.prototype.entries.call(value), from, to, pair);
  if (value instanceof Set) {
    return slice(Set.prototype.values.call(value), from, to, (item, i) => ({
      kind: 'value',
      key: `${i}`,
      value: item,
    }));
  }
  if (value instanceof Date || value instanceof RegExp) return [];
  if (Array.isArray(value) || value instanceof Uint8Array) {
    const children: Child[] = [];
    for (let i = from; i < Math.min(to, childCount(value)); i++) children.push(child(value, String(i)));
    return children;
  }
  return keysOf(value)
    .slice(from, to)
    .map((key) => child(value, key));
}

function keysOf(value: object): string[] {
  const keys = ownKeys(value);
  if (!(value instanceof Error)) return keys;
  return [
    ...ERROR_FIELDS.filter((field) => ownDescriptor(value, field) !== undefined && !keys.includes(field)),
    ...keys,
  ];
}

function child(owner: object, key: string): Child {
  const descriptor = ownDescriptor(owner, key);
  if (descriptor !== undefined && !('value' in descriptor)) return { kind: 'accessor', key };
  if (!Array.isArray(owner) && isSecretKey(key)) return { kind: 'secret', key };
  return { kind: 'value', key, value: descriptor?.value };
}

function pair([key, value]: [unknown, unknown]): Child {
  if (typeof key === 'string' && isSecretKey(key)) return { kind: 'secret', key: preview(key) };
  return { kind: 'value', key: preview(key), value };
}

function slice<T>(items: Iterable<T>, from: number, to: number, make: (item: T, i: number) => Child): Child[] {
  const children: Child[] = [];
  let i = 0;
  for (const item of items) {
    if (i >= to) break;
    if (i >= from) children.push(make(item, i));
    i++;
  }
  return children;
}
