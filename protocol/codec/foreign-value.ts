import { isPlainObject } from '../plain-object.js';

/**
 * Foreign keys become own properties. A plain assignment of `__proto__` would replace the prototype (QUALITY F3), and on
 * an error it would go through inherited setters.
 */
export function put(target: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}

/** Texts of an error that are not enumerable, as those of any error. */
export function describe(error: Error, name: string, stack: string | undefined): void {
  if (error.name !== name) put(error, 'name', name, false);
  put(error, 'remoteStack', stack, false);
}

export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A map of the wire, and no other object that the codec makes. */
export function isDecodedMap(value: unknown): value is Record<string, unknown> {
  return value instanceof Object && isPlainObject(value);
}

export function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}
