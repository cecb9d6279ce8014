import { ownDescriptor, ownKeys, prototypeOf } from './intrinsics.js';
import { PREVIEW_CHARS, PREVIEW_DEPTH, PREVIEW_ITEMS, PREVIEW_STRING_CHARS } from './limits.js';
import { isSecretKey, isSecretText, REDACTED } from './redaction.js';

/** One bounded line that says what a value is. Reads data properties alone: no getter of the page is ever run. */
export function preview(value: unknown): string {
  try {
    return clip(write(value, PREVIEW_DEPTH), PREVIEW_CHARS);
  } catch {
    // A proxy whose traps throw, or a revoked one.
    return '(unreadable)';
  }
}

/** Arguments as they stand between the brackets of a call. */
export function previewArgs(args: unknown): string {
  if (!Array.isArray(args)) return '';
  return clip(args.slice(0, PREVIEW_ITEMS).map(preview).join(', '), PREVIEW_CHARS);
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
      return `${value}n`;
    case 'function':
      return 'ƒ';
    case 'symbol':
      return value.toString();
    case 'object':
      return value === null ? 'null' : writeObject(value, depth);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function quote(text: string): string {
  return isSecretText(text) ? REDACTED : `"${clip(text, PREVIEW_STRING_CHARS).replace(/\n/g, '⏎')}"`;
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return list('[', value.length, (i) => property(value, String(i), depth), ']', depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Map) return `Map(${value.size})`;
  if (value instanceof Set) return `Set(${value.size})`;
  if (value instanceof RegExp) return RegExp.prototype.toString.call(value);
  if (value instanceof Uint8Array) return `Bytes(${value.length})`;
  if (value instanceof Error) return errorLine(value);
  const keys = ownKeys(value);
  const name = className(value);
  const prefix = name === '' || name === 'Object' ? '' : `${name} `;
  return prefix + list('{', keys.length, (i) => field(value, keys[i] as string, depth), '}', depth);
}

/** `VersionConflict: expected 16`, from data properties. */
export function errorLine(error: Error): string {
  const name: unknown = ownDescriptor(error, 'name')?.value;
  const message: unknown = ownDescriptor(error, 'message')?.value;
  const title = typeof name === 'string' ? name : className(error) || 'Error';
  return typeof message === 'string' && message !== '' ? `${title}: ${message}` : title;
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
  const name = /^[\w$]+$/.test(key) ? key : `"${clip(key, PREVIEW_STRING_CHARS)}"`;
  return `${name}: ${isSecretKey(key) ? REDACTED : property(owner, key, depth)}`;
}

function property(owner: object, key: string, depth: number): string {
  const descriptor = ownDescriptor(owner, key);
  if (descriptor === undefined) return 'empty';
  return 'value' in descriptor ? write(descriptor.value, depth - 1) : '(…)';
}
