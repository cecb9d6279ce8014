import { MAX_DEPTH, MAX_MAP_KEYS, MAX_PACKET_BYTES } from '../limits.js';
import { isPlainObject } from '../plain-object.js';
import { TitanError } from '../titan-error.js';
import { formatPath } from '../value-path.js';
import { ByteWriter } from './byte-writer.js';
import { CodecError, tooDeep, tooLarge } from './codec-error.js';
import * as Extension from './extension-type.js';
import { textOr } from './foreign-value.js';
import { Long } from './long.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

/**
 * Writes the msgpack profile of PROTOCOL §5, byte for byte as Titan does. One encoder may be used for any number of
 * messages; after an error it is ready for the next.
 */
export class Encoder {
  readonly #out = new ByteWriter();
  readonly #trail: (string | number)[] = [];
  #depth = 0;
  #busy = false;

  /** @throws {@link CodecError} `unsupported`, `too-deep` or `too-large`, with the path of the value. */
  encode(value: unknown): Uint8Array<ArrayBuffer> {
    // Memory of its own: who keeps it must not keep its neighbours.
    return this.message((_, encoder) => encoder.value(value)).slice();
  }

  /**
   * Writes a message of several parts, such as a packet: head, {@link value}, tail. Its memory may be a part of a larger
   * piece, but nobody writes to it again.
   */
  message(write: (out: ByteWriter, encoder: Encoder) => void): Uint8Array<ArrayBuffer> {
    // A getter of a value may have a message of its own to send.
    if (this.#busy) return new Encoder().message(write);
    const out = this.#out;
    this.#busy = true;
    this.#depth = 0;
    out.reset();
    try {
      write(out, this);
    } finally {
      this.#busy = false;
    }
    if (out.length > MAX_PACKET_BYTES) throw tooLarge(out.length);
    return out.take();
  }

  value(value: unknown): void {
    const out = this.#out;
    switch (typeof value) {
      case 'string':
        return out.text(value);
      case 'number':
        return out.number(value);
      case 'boolean':
        return out.u8(value ? 0xc3 : 0xc2);
      case 'undefined':
        out.u16(0xd400);
        return out.u8(0);
      case 'bigint':
        return this.#extension(value);
      case 'object':
        if (value === null) return out.u8(0xc0);
        return this.#object(value);
      default:
        throw this.#refusal(typeof value, this.#path(this.#depth));
    }
  }

  /** Items of a list whose head was written, and which is a level of its own. Their paths begin with their index. */
  items(items: readonly unknown[]): void {
    this.#depth++;
    this.#items(items);
    this.#depth--;
  }

  #object(value: object): void {
    // As the decoder counts: what cannot hold other values is no level.
    if (++this.#depth > MAX_DEPTH && !isLeaf(value)) throw tooDeep(this.#path());
    if (Array.isArray(value)) {
      this.#out.list(0x90, value.length);
      this.#items(value);
    } else if (isPlainObject(value)) this.#map(value as Readonly<Record<string, unknown>>);
    else if (value instanceof Uint8Array) this.#out.binary(value);
    else if (value instanceof ArrayBuffer) this.#out.binary(new Uint8Array(value));
    else this.#extension(value);
    this.#depth--;
  }

  #map(value: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(value);
    const { length } = keys;
    if (length > MAX_MAP_KEYS) throw new CodecError('too-large', `object of ${length} keys`, this.#path());
    this.#out.list(0x80, length);
    for (let i = 0; i < length; i++) {
      const key = keys[i] as string;
      this.#out.text(key);
      this.#at(key, value[key]);
    }
  }

  #items(items: readonly unknown[]): void {
    // A getter of an item may change the list, but not what its head has declared.
    const { length } = items;
    for (let i = 0; i < length; i++) this.#at(i, items[i]);
  }

  #at(step: string | number, value: unknown): void {
    this.#trail[this.#depth - 1] = step;
    this.value(value);
  }

  #extension(value: object | bigint): void {
    const out = this.#out;
    const start = out.open();
    out.extension(start, this.#payload(out, value));
  }

  /** Returns the ext type. */
  #payload(out: ByteWriter, value: object | bigint): number {
    if (typeof value === 'bigint') {
      out.text(value.toString());
      return Extension.bigint;
    }
    if (value instanceof Date) {
      const time = value.getTime();
      if (time < 0) throw this.#refusal('a date before 1970');
      // Titan writes an invalid date as the epoch.
      out.u64(time || 0);
      return Extension.date;
    }
    if (value instanceof Map) {
      const pairs = [...(value as ReadonlyMap<unknown, unknown>)];
      out.u32(pairs.length);
      for (let i = 0; i < pairs.length; i++) for (const part of pairs[i] as [unknown, unknown]) this.#at(i, part);
      return Extension.map;
    }
    if (value instanceof Set) {
      const items = [...(value as ReadonlySet<unknown>)];
      out.u32(items.length);
      this.#items(items);
      return Extension.set;
    }
    if (value instanceof RegExp) {
      out.text(value.source);
      out.text(value.flags);
      return Extension.regexp;
    }
    if (value instanceof Error)
      return value instanceof TitanError ? this.#titanError(out, value) : this.#error(out, value);
    if (value instanceof Long) {
      out.u8(value.unsigned ? 1 : 0);
      for (const shift of [32n, 0n]) out.u32(Number(BigInt.asUintN(32, value.value >> shift)));
      return Extension.long;
    }
    if (value instanceof StreamReference) {
      out.text(String(value.streamId));
      out.u8(value.kind === 'writable' ? 1 : 0);
      out.u8(value.live ? 1 : 0);
      out.text(value.peerId);
      return Extension.streamReference;
    }
    if (value instanceof ServiceReference) {
      out.text(value.definitionId);
      return Extension.reference;
    }
    if (value instanceof ServiceDefinition) {
      for (const id of [value.id, value.parentId, value.peerId]) out.text(id);
      this.value(value.meta);
      return Extension.definition;
    }
    throw this.#refusal('object');
  }

  #error(out: ByteWriter, error: Error): number {
    // Of its prototype: a decoded error may have a field of that name.
    const prototype = Object.getPrototypeOf(error) as {
      readonly constructor: (typeof Extension.ERROR_CLASSES)[number];
    };
    out.u16(Extension.ERROR_CLASSES.indexOf(prototype.constructor) + 1 || 1);
    for (const text of [error.name, remoteStackOf(error) ?? error.stack, error.message]) out.text(textOr(text, ''));
    const fields = Object.entries(error).filter(([key]) => key !== 'name');
    out.u16(fields.length);
    for (const [key, value] of fields) {
      out.text(key);
      this.#at(key, value);
    }
    return Extension.error;
  }

  #titanError(out: ByteWriter, error: TitanError): number {
    out.text(textOr(error.name, ''));
    out.number(error.code);
    out.text(textOr(error.message, ''));
    this.#at('details', error.details);
    this.#at('context', error.context);
    out.f64(error.timestampMs);
    for (const id of [error.requestId, error.correlationId, error.spanId, error.traceId]) this.value(id);
    this.value(error.remoteStack ?? null);
    this.#at('cause', causeForWire(error.cause));
    this.#at('extras', error.extras ?? null);
    return Extension.titanError;
  }

  #refusal(what: string, path = this.#path()): CodecError {
    return new CodecError('unsupported', `Not supported: ${what}`, path);
  }

  /** Of the object that is being written, which was counted as a level already: none of its steps is the reason. */
  #path(steps = this.#depth - 1): string {
    return formatPath(this.#trail.slice(0, steps));
  }
}

/** The stack that came with a decoded error, if any. */
export function remoteStackOf(error: Error): string | undefined {
  const stack: unknown = Object.getOwnPropertyDescriptor(error, 'remoteStack')?.value;
  return typeof stack === 'string' ? stack : undefined;
}

function isLeaf(value: object): boolean {
  return [Uint8Array, ArrayBuffer, Date, RegExp, Long, StreamReference, ServiceReference].some(
    (Leaf) => value instanceof Leaf,
  );
}

function causeForWire(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof TitanError) return cause ?? null;
  return { __errorType: 'Error', name: cause.name, message: cause.message, stack: remoteStackOf(cause) };
}
