import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';

/**
 * A string that is the same for arguments that mean the same: object keys sorted, `undefined` kept apart from absent,
 * -0 as 0, and Date, Map, Set, BigInt and bytes tagged so that none equals a plain value.
 *
 * @throws NetronError `invalid-argument` with the path, for functions, symbols, class instances and nesting over 64.
 */
export function canonicalKey(args: readonly unknown[], place: CallPlace): string {
  return writeItems(args, { place, path: [] });
}

/** Whose arguments are written, and how deep in them we are. */
interface Cursor {
  readonly place: CallPlace;
  readonly path: (string | number)[];
}

function write(value: unknown, at: Cursor): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : writeObject(value, at);
    case 'function':
    case 'symbol':
      throw refuse(`a ${typeof value}`, at);
    default:
      // -0 is written as 0.
      return String(value);
  }
}

function writeAt(step: string | number, value: unknown, at: Cursor): string {
  at.path.push(step);
  const text = write(value, at);
  at.path.pop();
  return text;
}

/** `Array.from` visits holes, which `map` skips: a hole is sent as undefined, so it is one here as well. */
function writeItems(items: Iterable<unknown>, at: Cursor): string {
  return Array.from(items, (item, i) => writeAt(i, item, at)).join(',');
}

function writeObject(value: object, at: Cursor): string {
  if (at.path.length > MAX_DEPTH)
    throw refuse(`nesting over ${MAX_DEPTH} levels`, { ...at, path: at.path.slice(0, 8) });
  if (Array.isArray(value)) return `[${writeItems(value, at)}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    return `Map(${Array.from(value, ([k, v], i) => `${writeAt(i, k, at)}=>${writeAt(i, v, at)}`).sort()})`;
  }
  if (value instanceof Set) return `Set(${Array.from(value, (item, i) => writeAt(i, item, at)).sort()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join()})`;
  if (!isPlainObject(value)) throw refuse('a class instance', at);
  const record = value as Record<string, unknown>;
  const fields = Object.keys(record).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${writeAt(field, record[field], at)}`)}}`;
}

function refuse(what: string, { place, path }: Cursor): NetronError {
  return callError('invalid-argument', `${what} cannot be an argument, at ${formatPath(path)}`, place);
}
