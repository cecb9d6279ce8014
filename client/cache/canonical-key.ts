import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';

/** Where we are. Only kept when it is known that something will be refused. */
type Path = (string | number)[] | undefined;

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
    return writeItems(args, 0, undefined);
  } catch (error) {
    throw error instanceof Refusal ? callError('invalid-argument', explain(error, args), place) : error;
  }
}

/** Goes the same way again, and notes it. */
function explain({ what }: Refusal, args: readonly unknown[]): string {
  const path: Path = [];
  try {
    writeItems(args, 0, path);
  } catch {
    // Here it is.
  }
  return `${what} cannot be an argument, at ${formatPath(path.slice(0, 8)).replace('$', 'args')}`;
}

function write(value: unknown, depth: number, path: Path): string {
  switch (typeof value) {
    case 'string':
      return `"${value.length}:${value}`;
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1, path);
    case 'function':
    case 'symbol':
      throw new Refusal(`a ${typeof value}`);
    default:
      // -0 is written as 0.
      return `${value}`;
  }
}

/** By index, so that a hole is written as the undefined that is sent for it. */
function writeItems(items: readonly unknown[], depth: number, path: Path): string {
  let text = '';
  for (let i = 0; i < items.length; i++) {
    path?.push(i);
    text += `${write(items[i], depth, path)},`;
    path?.pop();
  }
  return text;
}

function writeObject(value: object, depth: number, path: Path): string {
  if (depth > MAX_DEPTH) throw new Refusal(`nesting over ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `[${writeItems(value, depth, path)}]`;
  if (isPlainObject(value)) return writeFields(value as Record<string, unknown>, Object.keys(value), depth, path);
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) return `Map(${Array.from(value, (pair) => writeItems(pair, depth, path)).sort()})`;
  if (value instanceof Set) return `Set(${Array.from(value, (item) => writeItems([item], depth, path)).sort()})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join()})`;
  if (value instanceof Error) return `Error(${writeItems([value.name, value.message], depth, path)})`;
  throw new Refusal('a class instance');
}

function writeFields(record: Record<string, unknown>, fields: string[], depth: number, path: Path): string {
  let text = '{';
  let last = '';
  for (const field of fields) {
    // Most are written in one order everywhere, and often in this one.
    if (field < last) return writeFields(record, fields.sort(), depth, path);
    last = field;
    path?.push(field);
    text += `"${field.length}:${field}${write(record[field], depth, path)}`;
    path?.pop();
  }
  return `${text}}`;
}
