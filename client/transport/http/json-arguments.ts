import { formatPath } from '../../../protocol/codec/codec-error.js';
import { MAX_DEPTH } from '../../../protocol/limits.js';

/** What JSON would lose, and where. */
export interface JsonLoss {
  readonly what: string;
  readonly path: string;
}

/**
 * The first thing in these arguments that JSON would drop or change: Date, Map, Set, BigInt, RegExp, bytes, errors, class
 * instances, functions, symbols, NaN and infinities, and `undefined` where it would become null. A field that is
 * `undefined` is simply not sent, as everybody expects.
 */
export function findJsonLoss(args: readonly unknown[]): JsonLoss | undefined {
  for (let i = 0; i < args.length; i++) {
    const loss = find(args[i], [i]);
    if (loss !== undefined) return loss;
  }
  return undefined;
}

/** Trailing arguments that are `undefined` are left out: only so do they arrive as absent (PROTOCOL §3.2). */
export function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return length === args.length ? args : args.slice(0, length);
}

function find(value: unknown, path: (string | number)[]): JsonLoss | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : lost(String(value), path);
    case 'object':
      return value === null ? undefined : findInObject(value, path);
    default:
      return lost(typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`, path);
  }
}

function findInObject(value: object, path: (string | number)[]): JsonLoss | undefined {
  if (path.length > MAX_DEPTH) return lost(`nesting over ${MAX_DEPTH} levels`, path.slice(0, 8));
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const loss = find(value[i], [...path, i]);
      if (loss !== undefined) return loss;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return lost(`a ${(value as { constructor?: { name?: string } }).constructor?.name ?? 'class instance'}`, path);
  }
  for (const [key, field] of Object.entries(value)) {
    const loss = field === undefined ? undefined : find(field, [...path, key]);
    if (loss !== undefined) return loss;
  }
  return undefined;
}

function lost(what: string, path: readonly (string | number)[]): JsonLoss {
  return { what, path: formatPath(path).replace(/^\$/, 'args') };
}
