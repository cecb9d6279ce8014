import { MAX_DEPTH, MAX_PACKET_BYTES } from '../../../protocol/limits.js';
import { isPlainObject } from '../../../protocol/plain-object.js';
import type { CallPlace } from '../../call/call-error.js';
import { callError } from '../../call/call-error.js';
import { isNetronError } from '../../netron-error.js';
import { kindOf, shown } from '../../option-error.js';

/** Values in JSON within the limit of the wire: the shortest has one character, and another behind it. */
const MAX_VALUES = MAX_PACKET_BYTES / 2;

/**
 * Refuses what JSON would drop or change: Date, Map, Set, BigInt, RegExp, bytes, errors, class instances, functions,
 * symbols, NaN and infinities, and `undefined` where it would become null. A field that is `undefined` is simply not
 * sent, as everybody expects.
 *
 * @throws NetronError `invalid-argument` with the path, or where reading it throws; `too-large` for what stands in too many
 * places.
 */
export function assertJsonKeeps(args: readonly unknown[], call: CallPlace): void {
  let values = 0;
  const visit = (value: unknown, path: string, depth: number): void => {
    if (++values > MAX_VALUES) throw callError('too-large', 'too many values', call);
    const type = typeof value;
    if (type === 'string' || type === 'boolean' || value === null || Number.isFinite(value)) return;
    const isPlain = type === 'object' && isPlainObject(value as object);
    if (depth > MAX_DEPTH || (!isPlain && !Array.isArray(value))) {
      const what = depth > MAX_DEPTH ? `nesting over ${MAX_DEPTH} levels` : nameOf(value);
      const help = 'use a WebSocket backend, or lossy: true';
      throw callError('invalid-argument', `JSON cannot carry ${what} at ${path.slice(0, 100)}: ${help}`, call);
    }
    if (isPlain) {
      for (const [key, field] of Object.entries(value as object)) {
        if (field !== undefined) visit(field, `${path}.${key}`, depth + 1);
      }
    } else for (const [i, item] of (value as readonly unknown[]).entries()) visit(item, `${path}[${i}]`, depth + 1);
  };
  try {
    visit(args, 'args', 0);
  } catch (error) {
    if (isNetronError(error)) throw error;
    throw callError('invalid-argument', `the arguments cannot be read: ${shown(error)}`, call, error);
  }
}

/** Trailing arguments that are `undefined` are left out: only so do they arrive as absent (PROTOCOL §3.2). */
export function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}

/** In words: the class of an object, the number that is none. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value === 'number' ? String(value) : typeof value;
  return (value as Partial<object>).constructor?.name || kindOf(value);
}
