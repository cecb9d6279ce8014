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
    throw error instanceof Refusal ? callError('invalid-argument', explain(args, error), place) : error;
  }
}

/** Goes down again to where it was refused. Only the first few steps are of use. */
function explain(args: readonly unknown[], refusal: Refusal): string {
  const path: (string | number)[] = [];
  let inside: object = args;
  let { what } = refusal;
  for (let found = true; found && path.length < 8; ) {
    found = false;
    const isList = Array.isArray(inside) || inside instanceof Map || inside instanceof Set;
    for (const [step, value] of Object.entries(isList ? Array.from(inside as Iterable<unknown>) : inside)) {
      const refused = refusalOf(value, path.length);
      if (refused === undefined) continue;
      path.push(isList ? Number(step) : step);
      what = refused.what;
      inside = Object(value);
      found = true;
      break;
    }
  }
  return `${what} cannot be an argument, at ${formatPath(path).replace('$', 'args')}`;
}

function refusalOf(value: unknown, depth: number): Refusal | undefined {
  try {
    append('', value, depth);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
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
  if (isPlainObject(value)) return appendFields(text, value as Record<string, unknown>, depth);
  const items = (of: readonly unknown[]): string => `[${appendItems('', of, depth)}]`;
  if (value instanceof Date) return `${text}Date(${value.getTime()})`;
  if (value instanceof Map) return `${text}Map(${Array.from(value, items).sort()})`;
  if (value instanceof Set) return `${text}Set(${Array.from(value, (item) => items([item])).sort()})`;
  if (value instanceof RegExp) return `${text}RegExp(${items([`${value}`])})`;
  if (value instanceof Uint8Array) return `${text}Bytes(${value.join()})`;
  if (value instanceof Error) return `${text}Error(${items([value.name, value.message])})`;
  throw new Refusal('a class instance');
}

function appendFields(start: string, record: Readonly<Record<string, unknown>>, depth: number): string {
  const fields = Object.keys(record);
  // Most are written in one order everywhere, and often in this one.
  if (!isSorted(fields)) fields.sort();
  let text = `${start}{`;
  for (const field of fields) text = append(text + nameOf(field), record[field], depth);
  return `${text}}`;
}

function isSorted(fields: readonly string[]): boolean {
  for (let i = 1; i < fields.length; i++) if ((fields[i] as string) < (fields[i - 1] as string)) return false;
  return true;
}
