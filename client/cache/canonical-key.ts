import { formatPath } from '../../protocol/codec/codec-error.js';
import { MAX_DEPTH } from '../../protocol/limits.js';
import { NetronError } from '../netron-error.js';

/**
 * A string that is the same for arguments that mean the same: object keys sorted, `undefined` kept apart from absent,
 * -0 as 0, and Date, Map, Set, BigInt and bytes tagged so that none equals a plain value.
 *
 * @throws NetronError `invalid-argument` with the path, for functions, symbols, class instances and nesting over 64.
 */
export function canonicalKey(args: readonly unknown[]): string {
  let key = '';
  for (let i = 0; i < args.length; i++) key += `${i === 0 ? '' : ','}${write(args[i], [i])}`;
  return key;
}

function write(value: unknown, path: (string | number)[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return value === 0 ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'undefined';
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : writeObject(value, path);
    default:
      throw refuse(`a ${typeof value}`, path);
  }
}

function writeObject(value: object, path: (string | number)[]): string {
  if (path.length > MAX_DEPTH) throw refuse(`nesting over ${MAX_DEPTH} levels`, path.slice(0, 8));
  // `Array.from` visits holes, which `map` skips: a hole is sent as undefined, so it is one here as well.
  if (Array.isArray(value)) return `[${Array.from(value, (item, i) => write(item, [...path, i])).join(',')}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    const pairs = [...value].map(([k, v], i) => `${write(k, [...path, i])}=>${write(v, [...path, i])}`);
    return `Map(${pairs.sort().join(',')})`;
  }
  if (value instanceof Set)
    return `Set(${[...value]
      .map((item, i) => write(item, [...path, i]))
      .sort()
      .join(',')})`;
  if (value instanceof RegExp) return `RegExp(${value})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join(' ')})`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw refuse('a class instance', path);
  const record = value as Record<string, unknown>;
  const fields = Object.keys(record).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${write(record[field], [...path, field])}`).join(',')}}`;
}

function refuse(what: string, path: readonly (string | number)[]): NetronError {
  return new NetronError('invalid-argument', `${what} cannot be an argument, at ${formatPath(path)}`);
}
