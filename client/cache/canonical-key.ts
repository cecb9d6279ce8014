import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';
import { MAX_FIELD_NAMES } from '../limits.js';

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
    return appendItems('', args, 0);
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
    append('', value, depth);
    return false;
  } catch {
    return true;
  }
}

/** Texts that name a field: putting one together costs as much as the rest of a small object. */
const names = new Map<string, string>();

function nameOf(field: string): string {
  let name = names.get(field);
  if (name === undefined) {
    if (names.size >= MAX_FIELD_NAMES) names.clear();
    name = `"${field.length}:${field}`;
    names.set(field, name);
  }
  return name;
}

/** Each appends to what there is: an engine makes a new string of every two that are joined. */
function append(text: string, value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string': {
      const own = `"${value.length}:${value}`;
      return text + own;
    }
    case 'bigint':
      return `${text}${value}n`;
    case 'object':
      return value === null ? `${text}null` : appendObject(text, value, depth + 1);
    case 'function':
    case 'symbol':
      throw new Refusal(`a ${typeof value}`);
    default:
      // -0 is written as 0.
      return text + value;
  }
}

/** By index, so that a hole is written as the undefined that is sent for it. */
function appendItems(start: string, items: readonly unknown[], depth: number): string {
  let text = start;
  for (let i = 0; i < items.length; i++) text = append(i === 0 ? text : `${text},`, items[i], depth);
  return text;
}

function appendObject(text: string, value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new Refusal(`nesting over ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `${appendItems(`${text}[`, value, depth)}]`;
  if (isPlainObject(value)) return appendFields(text, value as Record<string, unknown>, Object.keys(value), depth);
  const items = (of: readonly unknown[]): string => `[${appendItems('', of, depth)}]`;
  if (value instanceof Date) return `${text}Date(${value.getTime()})`;
  if (value instanceof Map) return `${text}Map(${Array.from(value, items).sort()})`;
  if (value instanceof Set) return `${text}Set(${Array.from(value, (item) => items([item])).sort()})`;
  if (value instanceof RegExp) return `${text}RegExp(${items([`${value}`])})`;
  if (value instanceof Uint8Array) return `${text}Bytes(${value.join()})`;
  if (value instanceof Error) return `${text}Error(${items([value.name, value.message])})`;
  throw new Refusal('a class instance');
}

function appendFields(start: string, record: Record<string, unknown>, fields: string[], depth: number): string {
  let text = `${start}{`;
  let last = '';
  for (const field of fields) {
    // Most are written in one order everywhere, and often in this one.
    if (field < last) return appendFields(start, record, fields.sort(), depth);
    last = field;
    text = append(text + nameOf(field), record[field], depth);
  }
  return `${text}}`;
}
