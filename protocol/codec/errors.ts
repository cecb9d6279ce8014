import { TitanError, type TitanErrorFields } from '../titan-error.js';
import { malformed } from './codec-error.js';
import { describe, isDecodedMap, put, textOr } from './foreign-value.js';
import { withoutStack } from './quiet-error.js';
import type { ValueReader } from './value-reader.js';
import type { ValueWriter } from './value-writer.js';

/** Class ids inside ext 126, by index + 1. Anything else travels as 1, `Error`. */
const CLASSES = [Error, SyntaxError, TypeError, ReferenceError, RangeError, EvalError, URIError] as const;
type ErrorClass = (typeof CLASSES)[number];

/** What tells one request from others, where the server says. */
const IDS = ['requestId', 'correlationId', 'spanId', 'traceId'] as const;

/** The stack that came with a decoded error, if any. */
export function remoteStackOf(error: Error): string | undefined {
  return textOr((error as { readonly remoteStack?: unknown }).remoteStack, undefined);
}

export function writeError(error: Error, to: ValueWriter): void {
  // Of its prototype: a decoded error may have a field of that name.
  const prototype = Object.getPrototypeOf(error) as { readonly constructor: ErrorClass };
  to.u16(CLASSES.indexOf(prototype.constructor) + 1 || 1);
  to.texts(error.name, remoteStackOf(error) ?? error.stack, error.message);
  const fields = Object.entries(error).filter(([key]) => key !== 'name');
  to.u16(fields.length);
  for (const [key, value] of fields) {
    to.text(key);
    to.item(key, value);
  }
}

export function readError(from: ValueReader): Error {
  const Class = CLASSES[from.u16() - 1] ?? Error;
  const error = remoteError(Class, from.string(), from.string(), from.string());
  for (let left = from.u16(); left > 0; left--) {
    const key = from.key();
    const value = from.value();
    // These have a place of their own before the others, where they are text. As fields they could be anything, and a
    // remote stack would pass for our own.
    if (!/^(name|message|stack|remoteStack)$/.test(key)) put(error, key, value);
  }
  return error;
}

export function writeTitanError(error: TitanError, to: ValueWriter): void {
  to.texts(error.name);
  to.number(error.code);
  to.texts(error.message);
  to.item('details', error.details);
  to.item('context', error.context);
  to.f64(error.timestampMs);
  for (const id of IDS) to.item(id, error[id]);
  to.item('remoteStack', error.remoteStack ?? null);
  to.item('cause', causeForWire(error.cause));
  to.item('extras', error.extras ?? null);
}

export function readTitanError(from: ValueReader): TitanError {
  const name = from.string();
  const code = readNumber(from);
  const message = from.string();
  const fields: { -readonly [K in keyof TitanErrorFields]: TitanErrorFields[K] } = { name };
  fields.details = from.record();
  fields.context = from.record();
  fields.timestampMs = readNumber(from);
  for (const id of [...IDS, 'remoteStack'] as const) fields[id] = textOr(from.value(), undefined);
  fields.cause = causeOf(from.value());
  const extras = from.value();
  if (isDecodedMap(extras)) fields.extras = extras;
  return withoutStack(() => new TitanError(code, message, fields));
}

function readNumber(from: ValueReader): number {
  const value = from.value();
  if (typeof value !== 'number') throw malformed('no number where one must be');
  return value;
}

function remoteError(Class: ErrorClass, name: string, stack: string | undefined, message: string): Error {
  const error = withoutStack(() => new Class(message));
  describe(error, name, stack);
  return error;
}

/** A plain error travels as a map where it is the cause of a Titan error. */
function causeForWire(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof TitanError) return cause ?? null;
  return { __errorType: 'Error', name: cause.name, message: cause.message, stack: remoteStackOf(cause) };
}

function causeOf(cause: unknown): unknown {
  if (!isDecodedMap(cause) || typeof cause.__errorType !== 'string') return cause ?? undefined;
  const { name, message, stack } = cause;
  return remoteError(Error, textOr(name, 'Error'), textOr(stack, undefined), textOr(message, ''));
}
