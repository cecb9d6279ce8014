import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';

/** What cannot be an argument. */
class Refusal {
  constructor(readonly what: string) {}
}

/**
 * A string that is the same for arguments that mean the same: object keys sorted, `undefined` kept apart from absent, -0
 * as 0, and Date, Map, Set, BigInt, bytes and errors tagged so that none equals a plain value. Texts carry their length,
 * which costs less than escaping them.
 *
 * @throws NetronError `invalid-argument` with the path, for functions, symbols, class instances and nesting over 64.
 */
export function canonicalKey(args: readonly unknown[], place: CallPlace): string {
  try {
    return writeItems(args, 0);
  } catch (error) {
    throw error instanceof Refusal
      ? callError('invalid-argument', `${error.what} cannot be an argument, at ${pathTo(args)}`, place)
      : error;
  }
}

/** Of the first that is refused: goes down again where it was found. Only the first few steps are of use. */
function pathTo(args: readonly unknown[]): string {
  const path: (string | number)[] = [];
  let inside: unknown = args;
  while (path.length < 8 && typeof inside === 'object') {
    const [step, value] = Object.entries(inside as object).find(([, value]) => isRefused(value, path.length)) ?? [];
    if (step === undefined) break;
    path.push(Array.isArray(inside) ? Number(step) : step);
    inside = value;
  }
  return formatPath(path).replace('$', 'args');
}

function isRefused(value: unknown, depth: number): boolean {
  try {
    write(value, depth);
    return false;
  } catch {
    return true;
  }
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `"${value.length}:${value}`;
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1);
    case 'function':
    case 'symbol':
      throw new Refusal(`a ${typeof value}`);
    default:
      // -0 is written as 0.
      return `${value}`;
  }
}

/** By index, so that a hole is written as the undefined that is sent for it. */
function writeItems(items: readonly unknown[], depth: number): string {
  let text = '';
  for (let i = 0; i < items.length; i++) {
    text += `${write(items[i], depth)},`;
  }
  return text;
}

function writeObject(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new Refusal(`nesting over ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `[${writeItems(value, depth)}]`;
  if (isPlainObject(value)) return writeFields(value as Record<string, unknown>, Object.keys(value), depth);
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) return `Map(${Array.from(value, (pair) => writeItems(pair, depth)).sort()})`;
  if (value instanceof Set) return `Set(${Array.from(value, (item) => writeItems([item], depth)).sort()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join()})`;
  if (value instanceof Error) return `Error(${writeItems([value.name, value.message], depth)})`;
  throw new Refusal('a class instance');
}

function writeFields(record: Record<string, unknown>, fields: string[], depth: number): string {
  let text = '{';
  let last = '';
  for (const field of fields) {
    // Most are written in one order everywhere, and often in this one.
    if (field < last) return writeFields(record, fields.sort(), depth);
    last = field;
    text += `"${field.length}:${field}${write(record[field], depth)}`;
  }
  return `${text}}`;
}
