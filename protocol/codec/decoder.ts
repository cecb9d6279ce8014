import { MAX_DEPTH, MAX_PACKET_BYTES } from '../limits.js';
import { TitanError, type TitanErrorFields } from '../titan-error.js';
import { ByteReader } from './byte-reader.js';
import { CodecError } from './codec-error.js';
import { ERROR_CLASSES, ExtensionType } from './extension-type.js';
import { causeFromWire, isRecord, narrow, parseBigInt, parseRegExp, put } from './foreign-value.js';
import { Long } from './long.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

/**
 * Reads the msgpack profile of PROTOCOL §5 from foreign bytes. Bounded by construction: no declared length is believed
 * beyond the bytes that are left, nesting stops at {@link MAX_DEPTH}, foreign keys become own properties. One decoder
 * may be used for any number of messages; after an error it is ready for the next.
 */
export class Decoder {
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #depth = 0;
  /** Bytes of the message that no array has claimed for its items yet. */
  #unclaimed = 0;

  /** @throws {@link CodecError}; bytes after the value are `malformed`. */
  decode(bytes: Uint8Array): unknown {
    const reader = this.open(bytes);
    const value = this.value(reader);
    this.close(reader);
    return value;
  }

  /** Starts a message of several parts, such as a packet: header, {@link value}, tail, {@link close}. */
  open(bytes: Uint8Array): ByteReader {
    if (bytes.length > MAX_PACKET_BYTES) {
      throw new CodecError('too-large', `message of ${bytes.length} bytes, the most is ${MAX_PACKET_BYTES}`);
    }
    this.#depth = 0;
    this.#unclaimed = bytes.length;
    return new ByteReader(bytes, this.#text);
  }

  close(reader: ByteReader): void {
    if (reader.left > 0) throw new CodecError('malformed', `${reader.left} bytes after the value`);
  }

  value(reader: ByteReader): unknown {
    const head = reader.u8();
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(reader, head & 0x0f);
    if (head < 0xa0) return this.#array(reader, head & 0x0f);
    if (head < 0xc0) return reader.text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return reader.raw(reader.u8());
      case 0xc5:
        return reader.raw(reader.u16());
      case 0xc6:
        return reader.raw(reader.u32());
      case 0xc7:
        return this.#extension(reader, reader.u8());
      case 0xc8:
        return this.#extension(reader, reader.u16());
      case 0xc9:
        return this.#extension(reader, reader.u32());
      case 0xca:
        return reader.f32();
      case 0xcb:
        return reader.f64();
      case 0xcc:
        return reader.u8();
      case 0xcd:
        return reader.u16();
      case 0xce:
        return reader.u32();
      case 0xcf:
        return narrow(reader.u64());
      case 0xd0:
        return reader.i8();
      case 0xd1:
        return reader.i16();
      case 0xd2:
        return reader.i32();
      case 0xd3:
        return narrow(reader.i64());
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(reader, 1 << (head - 0xd4));
      case 0xd9:
        return reader.text(reader.u8());
      case 0xda:
        return reader.text(reader.u16());
      case 0xdb:
        return reader.text(reader.u32());
      case 0xdc:
        return this.#array(reader, reader.u16());
      case 0xdd:
        return this.#array(reader, reader.u32());
      case 0xde:
        return this.#map(reader, reader.u16());
      default:
        throw new CodecError('malformed', `byte 0x${head.toString(16)} at offset ${reader.at - 1}`);
    }
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new CodecError('too-deep', `nested deeper than ${MAX_DEPTH} levels`);
  }

  #array(reader: ByteReader, length: number): unknown[] {
    this.#enter();
    // An item takes a byte of its own at least. So all arrays of a message together cannot have more items than it has
    // bytes, and what is allocated for them ahead is bounded, however they are nested.
    reader.need(length);
    this.#unclaimed -= length;
    if (this.#unclaimed < 0) throw new CodecError('truncated', 'arrays declare more items than the message has bytes');
    const items = new Array<unknown>(length);
    for (let i = 0; i < length; i++) items[i] = this.value(reader);
    this.#depth--;
    return items;
  }

  #map(reader: ByteReader, length: number): Record<string, unknown> {
    this.#enter();
    reader.need(length * 2);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#string(reader, 'map key');
      if (key === '__proto__') put(map, key, this.value(reader));
      else map[key] = this.value(reader);
    }
    this.#depth--;
    return map;
  }

  #extension(reader: ByteReader, length: number): unknown {
    const type = reader.u8();
    reader.need(length);
    const outerEnd = reader.end;
    reader.end = reader.at + length;
    const nests = NESTING_EXTENSIONS.has(type);
    if (nests) this.#enter();
    const value = this.#payload(reader, type);
    if (nests) this.#depth--;
    if (reader.left > 0) throw new CodecError('malformed', `${reader.left} bytes too many in ext ${type}`);
    reader.end = outerEnd;
    return value;
  }

  #payload(reader: ByteReader, type: number): unknown {
    switch (type) {
      case ExtensionType.undefined:
        reader.u8();
        return undefined;
      case ExtensionType.date:
        return new Date(Number(reader.u64()));
      case ExtensionType.bigint:
        return parseBigInt(this.#string(reader, 'bigint'));
      case ExtensionType.long: {
        const unsigned = reader.u8() !== 0;
        return new Long(unsigned ? reader.u64() : reader.i64(), unsigned);
      }
      case ExtensionType.regexp:
        return parseRegExp(this.#string(reader, 'RegExp source'), this.#string(reader, 'RegExp flags'));
      case ExtensionType.set: {
        const set = new Set<unknown>();
        for (let left = this.#count(reader, 1); left > 0; left--) set.add(this.value(reader));
        return set;
      }
      case ExtensionType.map: {
        const map = new Map<unknown, unknown>();
        for (let left = this.#count(reader, 2); left > 0; left--) {
          const key = this.value(reader);
          map.set(key, this.value(reader));
        }
        return map;
      }
      case ExtensionType.error:
        return this.#error(reader);
      case ExtensionType.titanError:
        return this.#titanError(reader);
      case ExtensionType.streamReference:
        return this.#streamReference(reader);
      case ExtensionType.reference:
        return new ServiceReference(this.#string(reader, 'definition id'));
      case ExtensionType.definition:
        return new ServiceDefinition(
          this.#string(reader, 'definition id'),
          this.#string(reader, 'parent id'),
          this.#string(reader, 'peer id'),
          this.#record(reader, 'definition meta'),
        );
      default:
        throw new CodecError('malformed', `unknown ext type ${type}`);
    }
  }

  #error(reader: ByteReader): Error {
    const ErrorClass = ERROR_CLASSES[reader.u16() - 1] ?? Error;
    const name = this.#string(reader, 'error name');
    const stack = this.#string(reader, 'error stack');
    const error = new ErrorClass(this.#string(reader, 'error message'));
    if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
    Object.defineProperty(error, 'remoteStack', { value: stack, configurable: true, writable: true });
    for (let left = reader.u16(); left > 0; left--) {
      const key = this.#string(reader, 'error field');
      const value = this.value(reader);
      if (!ERROR_SLOTS.has(key)) put(error, key, value);
    }
    return error;
  }

  #titanError(reader: ByteReader): TitanError {
    const name = this.#string(reader, 'error name');
    const code = this.#number(reader, 'error code');
    const message = this.#string(reader, 'error message');
    const fields: { -readonly [K in keyof TitanErrorFields]: TitanErrorFields[K] } = { name };
    fields.details = this.#record(reader, 'error details');
    fields.context = this.#record(reader, 'error context');
    fields.timestampMs = this.#number(reader, 'error timestamp');
    for (const id of ['requestId', 'correlationId', 'spanId', 'traceId'] as const) {
      const value = this.value(reader);
      if (typeof value === 'string') fields[id] = value;
    }
    const stack = this.value(reader);
    if (typeof stack === 'string') fields.remoteStack = stack;
    fields.cause = causeFromWire(this.value(reader));
    const extras = this.value(reader);
    if (isRecord(extras)) fields.extras = extras;
    return new TitanError(code, message, fields);
  }

  #streamReference(reader: ByteReader): StreamReference {
    const id = this.#string(reader, 'stream id');
    if (!/^\d{1,10}$/.test(id)) throw new CodecError('malformed', `stream id ${JSON.stringify(id.slice(0, 20))}`);
    const kind = reader.u8() === 0 ? 'readable' : 'writable';
    const live = reader.u8() !== 0;
    return new StreamReference(Number(id), kind, live, this.#string(reader, 'peer id'));
  }

  #count(reader: ByteReader, bytesEach: number): number {
    const count = reader.u32();
    reader.need(count * bytesEach);
    return count;
  }

  #string(reader: ByteReader, what: string): string {
    // Looked at before it is read: an ext that holds "a string" must not become a way to nest without being counted.
    const head = reader.peek();
    const isString = (head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb);
    if (!isString) throw new CodecError('malformed', `${what} is not a string`);
    return this.value(reader) as string;
  }

  #number(reader: ByteReader, what: string): number {
    const value = this.value(reader);
    if (typeof value !== 'number') throw new CodecError('malformed', `${what} is not a number`);
    return value;
  }

  #record(reader: ByteReader, what: string): Record<string, unknown> {
    const value = this.value(reader);
    if (!isRecord(value)) throw new CodecError('malformed', `${what} is not a map`);
    return value;
  }
}

/** The ext types whose payload holds values of any kind; the rest hold strings and numbers alone. */
const NESTING_EXTENSIONS: ReadonlySet<number> = new Set([
  ExtensionType.set,
  ExtensionType.map,
  ExtensionType.error,
  ExtensionType.titanError,
  ExtensionType.definition,
]);

/**
 * Fields of an error that have a place of their own before the others, where they are text. As fields they could be
 * anything, and a remote stack would pass for our own.
 */
const ERROR_SLOTS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'remoteStack']);
