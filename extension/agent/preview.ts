import { builtIn, bytesIn, itemsIn, ownDescriptor, ownKeys, prototypeOf } from './intrinsics.js';
import { PREVIEW_CHARS, PREVIEW_DEPTH, PREVIEW_ITEMS, PREVIEW_STRING_CHARS } from './limits.js';
import { isSecretKey, REDACTED, redactText } from './redaction.js';

/** A proxy whose traps throw, or a revoked one. */
export const UNREADABLE = '(unreadable)';
/** Beyond this, writing a bigint in decimals is not worth its time. */
const HUGE = 10n ** 100n;
/** Most that is ever shown of an error's line, and of a key. */
const ERROR_CHARS = 300;
const KEY_CHARS = 80;

/** One bounded line that says what a value is. Reads data properties alone: no getter of the page is ever run. */
export function preview(value: unknown): string {
  try {
    return clip(write(value, PREVIEW_DEPTH), PREVIEW_CHARS);
  } catch {
    return UNREADABLE;
  }
}

/** Arguments as they stand between the brackets of a call. */
export function previewArgs(args: unknown): string {
  try {
    if (!Array.isArray(args)) return '';
    const shown: string[] = [];
    for (let i = 0; i < Math.min(args.length, PREVIEW_ITEMS); i++)
      shown.push(property(args, String(i), PREVIEW_DEPTH + 1));
    return clip(shown.join(', '), PREVIEW_CHARS);
  } catch {
    return UNREADABLE;
  }
}

export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** `Map`, `Date`, `Point`: the name of what made it, read without running the page's code. */
function className(value: object): string {
  const prototype: unknown = prototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return '';
  const made: unknown = ownDescriptor(prototype, 'constructor')?.value;
  const name: unknown = typeof made === 'function' ? ownDescriptor(made, 'name')?.value : undefined;
  return typeof name === 'string' ? name : '';
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return value > HUGE || value < -HUGE ? '(huge bigint)' : `${value}n`;
    case 'function':
      return 'ƒ';
    case 'symbol':
      return clip(redactText(String(value), PREVIEW_STRING_CHARS), PREVIEW_STRING_CHARS);
    case 'object':
      return value === null ? 'null' : writeObject(value, depth);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function quote(text: string): string {
  const shown = redactText(text, PREVIEW_STRING_CHARS);
  return shown === REDACTED ? REDACTED : `"${clip(shown, PREVIEW_STRING_CHARS).replace(/\n/g, '⏎')}"`;
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return list('[', value.length, (i) => property(value, String(i), depth), ']', depth);
  if (value instanceof Date) return writeDate(value);
  if (value instanceof Map) return `Map(${itemsIn(value)})`;
  if (value instanceof Set) return `Set(${itemsIn(value)})`;
  if (value instanceof RegExp) return writeRegExp(value);
  if (value instanceof Uint8Array) return `Bytes(${bytesIn(value)})`;
  if (value instanceof Error) return errorLine(value);
  const keys = ownKeys(value);
  const name = className(value);
  const prefix = name === '' || name === 'Object' ? '' : `${name} `;
  return prefix + list('{', keys.length, (i) => field(value, keys[i] as string, depth), '}', depth);
}

function writeDate(value: Date): string {
  const time = Date.prototype.getTime.call(value);
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
}

const FLAGS = { d: 'hasIndices', g: 'global', i: 'ignoreCase', m: 'multiline', s: 'dotAll', u: 'unicode', y: 'sticky' };

/** Not by its `toString`, which asks the value for `source` and `flags`. */
function writeRegExp(value: RegExp): string {
  const flags = Object.entries(FLAGS).filter(([, name]) => builtIn(RegExp.prototype, name, value) === true);
  return `/${String(builtIn(RegExp.prototype, 'source', value))}/${flags.map(([flag]) => flag).join('')}`;
}

/** `VersionConflict: expected 16`, from data properties. */
export function errorLine(error: Error): string {
  const name: unknown = ownDescriptor(error, 'name')?.value;
  const message: unknown = ownDescriptor(error, 'message')?.value;
  const title = typeof name === 'string' ? name : className(error) || 'Error';
  const line = typeof message === 'string' && message !== '' ? `${title}: ${message}` : title;
  return redactText(line, ERROR_CHARS);
}

function list(open: string, length: number, item: (i: number) => string, close: string, depth: number): string {
  if (length === 0) return open + close;
  if (depth === 0) return `${open}…${close}`;
  const shown: string[] = [];
  for (let i = 0; i < Math.min(length, PREVIEW_ITEMS); i++) shown.push(item(i));
  if (length > PREVIEW_ITEMS) shown.push('…');
  return open + shown.join(', ') + close;
}

function field(owner: object, key: string, depth: number): string {
  const name = keyText(key);
  return `${/^[\w$]+$/.test(name) ? name : `"${name}"`}: ${isSecretKey(key) ? REDACTED : property(owner, key, depth)}`;
}

/** A key as it may be shown: one may be a token itself, or a book. */
export function keyText(key: string): string {
  return clip(redactText(key, KEY_CHARS), KEY_CHARS);
}

/** Guarded on its own: one part that cannot be read hides no other. */
function property(owner: object, key: string, depth: number): string {
  try {
    const descriptor = ownDescriptor(owner, key);
    if (descriptor === undefined) return 'empty';
    return 'value' in descriptor ? write(descriptor.value, depth - 1) : '(…)';
  } catch {
    return UNREADABLE;
  }
}
