import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';

/**
 * A string that is the same for arguments that mean the same: JSON with object keys sorted and -0 as 0, in which
 * `undefined` is kept apart from absent, and Date, Map, Set, BigInt and bytes are tagged so that none equals a plain value.
 *
 * @throws NetronError `invalid-argument` with the path, for functions, symbols, class instances and nesting over 64.
 */
export function canonicalKey(args: readonly unknown[], place: CallPlace): string {
  // Most arguments are such that the engine itself writes the very same text, in less time.
  return isCanonical(args, 0) ? JSON.stringify(args) : `[${writeItems(args, { place, path: [] })}]`;
}

/** Whether it is plain JSON whose keys are sorted already. */
function isCanonical(value: unknown, depth: number): boolean {
  if (typeof value !== 'object') {
    return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  }
  if (value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isCanonical(value[i], depth + 1)) return false;
    return true;
  }
  if (!isPlainObject(value)) return false;
  let last = '';
  for (const field of Object.keys(value)) {
    if (field < last || !isCanonical((value as Record<string, unknown>)[field], depth + 1)) return false;
    last = field;
  }
  return true;
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
  if (at.path.length > MAX_DEPTH) throw refuse(`nesting over ${MAX_DEPTH} levels`, at);
  if (Array.isArray(value)) return `[${writeItems(value, at)}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    return `Map(${Array.from(value, ([k, v], i) => `${writeAt(i, k, at)}=>${writeAt(i, v, at)}`).sort()})`;
  }
  if (value instanceof Set) return `Set(${Array.from(value, (item, i) => writeAt(i, item, at)).sort()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join()})`;
  if (value instanceof Error) return `Error(${JSON.stringify([value.name, value.message])})`;
  if (!isPlainObject(value)) throw refuse('a class instance', at);
  const record = value as Record<string, unknown>;
  const fields = Object.keys(record).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${writeAt(field, record[field], at)}`)}}`;
}

function refuse(what: string, { place, path }: Cursor): Error {
  return callError(
    'invalid-argument',
    `${what} cannot be an argument, at ${formatPath(path.slice(0, 8)).replace('$', 'args')}`,
    place,
  );
}
