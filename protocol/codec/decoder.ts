import { MAX_DEPTH, MAX_PACKET_BYTES } from '../limits.js';
import { TitanError, type TitanErrorFields } from '../titan-error.js';
import { ByteReader } from './byte-reader.js';
import { CodecError, malformed, tooDeep, tooLarge } from './codec-error.js';
import * as Extension from './extension-type.js';
import { isRecord, narrow, parseBigInt, parseRegExp, put, textOr } from './foreign-value.js';
import { Long } from './long.js';
import { withoutStack } from './quiet-error.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

/**
 * Reads the msgpack profile of PROTOCOL §5 from foreign bytes. Bounded by construction: no declared length is believed
 * beyond the bytes that are left, nesting stops at {@link MAX_DEPTH}, foreign keys become own properties. One decoder
 * may be used for any number of messages; after an error it is ready for the next.
 */
export class Decoder {
  readonly #reader = new ByteReader();
  #depth = 0;
  /** Bytes of the message that no array has claimed for its items yet. */
  #unclaimed = 0;

  /** @throws {@link CodecError}; bytes after the value are `malformed`. */
  decode(bytes: Uint8Array): unknown {
    return this.read(bytes, () => this.value());
  }

  /**
   * Reads a message of several parts, such as a packet: header, {@link value}, tail. Nothing may be left after them.
   * @throws {@link CodecError}
   */
  read<T>(bytes: Uint8Array, parts: (reader: ByteReader) => T): T {
    if (bytes.length > MAX_PACKET_BYTES) throw tooLarge(bytes.length);
    const reader = this.#reader;
    this.#depth = 0;
    this.#unclaimed = bytes.length;
    reader.open(bytes);
    try {
      const message = parts(reader);
      this.#consumed();
      return message;
    } finally {
      reader.release();
    }
  }

  /** The next value of the message that {@link read} has begun. */
  value(): unknown {
    const reader = this.#reader;
    const head = reader.u8();
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 0x0f);
    if (head < 0xa0) return this.#array(head & 0x0f);
    if (head < 0xc0) return reader.text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    if (head < 0xc4) {
      if (head === 0xc1) throw reader.unexpected(head);
      return head === 0xc0 ? null : head === 0xc3;
    }
    if (head < 0xc7) return reader.raw(reader.uint(head - 0xc4));
    if (head < 0xca) return this.#extension(reader.uint(head - 0xc7));
    if (head < 0xcc) return head === 0xca ? reader.f32() : reader.wide().getFloat64(0);
    if (head < 0xcf) return reader.uint(head - 0xcc);
    if (head === 0xcf) return narrow(reader.wide().getBigUint64(0));
    if (head === 0xd3) return narrow(reader.wide().getBigInt64(0));
    if (head < 0xd3) {
      const bits = 32 - (8 << (head - 0xd0));
      return (reader.uint(head - 0xd0) << bits) >> bits;
    }
    if (head < 0xd9) return this.#extension(1 << (head - 0xd4));
    if (head < 0xdc) return reader.text(reader.uint(head - 0xd9));
    if (head < 0xde) return this.#array(reader.uint(head - 0xdb));
    // The profile has no map32.
    if (head > 0xde) throw reader.unexpected(head);
    return this.#map(reader.u16());
  }

  #consumed(): void {
    const { left } = this.#reader;
    if (left > 0) throw malformed(`${left} bytes after the value`);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw tooDeep();
  }

  #array(length: number): unknown[] {
    this.#enter();
    // An item takes a byte of its own at least. So all arrays of a message together cannot have more items than it has
    // bytes, and what is allocated for them ahead is bounded, however they are nested.
    this.#unclaimed -= length;
    if (this.#unclaimed < 0) throw new CodecError('truncated', 'more items declared than there are bytes');
    const items = new Array<unknown>(length);
    for (let i = 0; i < length; i++) items[i] = this.value();
    this.#depth--;
    return items;
  }

  #map(length: number): Record<string, unknown> {
    this.#enter();
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#reader.key();
      if (key === '__proto__') put(map, key, this.value());
      else map[key] = this.value();
    }
    this.#depth--;
    return map;
  }

  #extension(length: number): unknown {
    const reader = this.#reader;
    const type = reader.u8();
    reader.need(length);
    const outerEnd = reader.end;
    reader.end = reader.at + length;
    // The others hold strings and numbers alone.
    const nests =
      type === Extension.definition ||
      type === Extension.titanError ||
      (type > Extension.regexp && type !== Extension.date);
    if (nests) this.#enter();
    const value = this.#payload(type);
    if (nests) this.#depth--;
    this.#consumed();
    reader.end = outerEnd;
    return value;
  }

  #payload(type: number): unknown {
    const reader = this.#reader;
    switch (type) {
      case Extension.nothing:
        reader.u8();
        return undefined;
      case Extension.date:
        return new Date(Number(reader.wide().getBigUint64(0)));
      case Extension.bigint:
        return parseBigInt(reader.string());
      case Extension.long: {
        const unsigned = reader.u8() !== 0;
        const wide = reader.wide();
        return new Long(unsigned ? wide.getBigUint64(0) : wide.getBigInt64(0), unsigned);
      }
      case Extension.regexp:
        return parseRegExp(reader.string(), reader.string());
      case Extension.set: {
        const set = new Set<unknown>();
        for (let left = reader.u32(); left > 0; left--) set.add(this.value());
        return set;
      }
      case Extension.map: {
        const map = new Map<unknown, unknown>();
        for (let left = reader.u32(); left > 0; left--) map.set(this.value(), this.value());
        return map;
      }
      case Extension.error:
        return this.#error();
      case Extension.titanError:
        return this.#titanError();
      case Extension.streamReference:
        return this.#streamReference();
      case Extension.reference:
        return new ServiceReference(reader.string());
      case Extension.definition:
        return new ServiceDefinition(reader.string(), reader.string(), reader.string(), this.#record());
      default:
        throw malformed(`unknown ext type ${type}`);
    }
  }

  #error(): Error {
    const reader = this.#reader;
    const ErrorClass = Extension.ERROR_CLASSES[reader.u16() - 1] ?? Error;
    const name = reader.string();
    const stack = reader.string();
    const message = reader.string();
    const error = withoutStack(() => new ErrorClass(message));
    describe(error, name, stack);
    for (let left = reader.u16(); left > 0; left--) {
      const key = reader.key();
      const value = this.value();
      // These have a place of their own before the others, where they are text. As fields they could be anything, and a
      // remote stack would pass for our own.
      if (!/^(name|message|stack|remoteStack)$/.test(key)) put(error, key, value);
    }
    return error;
  }

  #titanError(): TitanError {
    const name = this.#reader.string();
    const code = this.#number();
    const message = this.#reader.string();
    const fields: { -readonly [K in keyof TitanErrorFields]: TitanErrorFields[K] } = { name };
    fields.details = this.#record();
    fields.context = this.#record();
    fields.timestampMs = this.#number();
    for (const id of ['requestId', 'correlationId', 'spanId', 'traceId', 'remoteStack'] as const) {
      const value = this.value();
      if (typeof value === 'string') fields[id] = value;
    }
    fields.cause = causeOf(this.value());
    const extras = this.value();
    if (isRecord(extras)) fields.extras = extras;
    return withoutStack(() => new TitanError(code, message, fields));
  }

  #streamReference(): StreamReference {
    const reader = this.#reader;
    const id = reader.string();
    if (!/^\d{1,10}$/.test(id)) throw malformed('no stream id where one must be');
    const kind = reader.u8() === 0 ? 'readable' : 'writable';
    return new StreamReference(Number(id), kind, reader.u8() !== 0, reader.string());
  }

  #number(): number {
    const value = this.value();
    if (typeof value !== 'number') throw malformed('no number where one must be');
    return value;
  }

  #record(): Record<string, unknown> {
    const value = this.value();
    if (!isRecord(value)) throw malformed('no map where one must be');
    return value;
  }
}

/** Texts of an error that are not enumerable, as those of any error. */
function describe(error: Error, name: string, stack: string | undefined): void {
  if (error.name !== name) put(error, 'name', name, false);
  put(error, 'remoteStack', stack, false);
}

/** A plain error travels as a map where it is the cause of a Titan error. */
function causeOf(cause: unknown): unknown {
  if (!isRecord(cause) || typeof cause.__errorType !== 'string') return cause ?? undefined;
  const error = withoutStack(() => new Error(textOr(cause.message, '')));
  describe(error, textOr(cause.name, 'Error'), typeof cause.stack === 'string' ? cause.stack : undefined);
  return error;
}
