import { MAX_DEPTH } from '../../../protocol/limits.js';
import { isPlainObject } from '../../../protocol/plain-object.js';
import type { CallPlace } from '../../call/call-error.js';
import { callError } from '../../call/call-error.js';

/**
 * Refuses what JSON would drop or change: Date, Map, Set, BigInt, RegExp, bytes, errors, class instances, functions,
 * symbols, NaN and infinities, and `undefined` where it would become null. A field that is `undefined` is simply not
 * sent, as everybody expects.
 *
 * @throws NetronError `invalid-argument` with the path.
 */
export function assertJsonKeeps(value: unknown, path: string, call: CallPlace, depth: number): void {
  const type = typeof value;
  if (type === 'string' || type === 'boolean' || value === null || Number.isFinite(value)) return;
  const isPlain = type === 'object' && isPlainObject(value as object);
  if (depth > MAX_DEPTH || (!isPlain && !Array.isArray(value))) {
    const name = type === 'object' ? (value as object).constructor.name : type === 'number' ? String(value) : type;
    const what = depth > MAX_DEPTH ? `nesting over ${MAX_DEPTH} levels` : name;
    const help = 'use a WebSocket backend, or lossy: true';
    throw callError('invalid-argument', `JSON cannot carry ${what} at ${path.slice(0, 100)}: ${help}`, call);
  }
  if (isPlain) {
    for (const [key, field] of Object.entries(value as object)) {
      if (field !== undefined) assertJsonKeeps(field, `${path}.${key}`, call, depth + 1);
    }
  } else
    for (const [i, item] of (value as readonly unknown[]).entries())
      assertJsonKeeps(item, `${path}[${i}]`, call, depth + 1);
}

/** Trailing arguments that are `undefined` are left out: only so do they arrive as absent (PROTOCOL §3.2). */
export function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
