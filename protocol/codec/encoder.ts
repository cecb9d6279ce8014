import { MAX_DEPTH, MAX_MAP_KEYS, MAX_PACKET_BYTES } from '../limits.js';
import { isPlainObject } from '../plain-object.js';
import { TitanError } from '../titan-error.js';
import { formatPath } from '../value-path.js';
import { ByteWriter } from './byte-writer.js';
import { CodecError } from './codec-error.js';
import { ERROR_CLASSES, ExtensionType } from './extension-type.js';
import { Long } from './long.js';
import { writeArrayHeader, writeBytes, writeNumber, writeText } from './primitive-writer.js';
import { ServiceDefinition, ServiceReference, StreamReference } from './references.js';

/**
 * Writes the msgpack profile of PROTOCOL §5, byte for byte as Titan does. One encoder may be used for any number of
 * messages; after an error it is ready for the next.
 */
export class Encoder {
  readonly #out = new ByteWriter();
  readonly #trail: (string | number)[] = [];
  #depth = 0;

  /** @throws {@link CodecError} `unsupported`, `too-deep` or `too-large`, with the path of the value. */
  encode(value: unknown): Uint8Array<ArrayBuffer> {
    return this.encodeMessage((out) => {
      this.value(out, value);
    });
  }

  /** Writes one message of several parts, such as a packet: header, {@link value}, tail. */
  encodeMessage(write: (out: ByteWriter) => void): Uint8Array<ArrayBuffer> {
    this.#out.reset();
    this.#depth = 0;
    write(this.#out);
    if (this.#out.length > MAX_PACKET_BYTES) {
      throw new CodecError('too-large', `message of ${this.#out.length} bytes, the most is ${MAX_PACKET_BYTES}`);
    }
    return this.#out.take();
  }

  /** Writes one value into a message that {@link encodeMessage} has begun. */
  value(out: ByteWriter, value: unknown): void {
    switch (typeof value) {
      case 'string':
        return writeText(out, value);
      case 'number':
        return writeNumber(out, value);
      case 'boolean':
        return out.u8(value ? 0xc3 : 0xc2);
      case 'undefined':
        out.u16(0xd400);
        return out.u8(0);
      case 'bigint':
        return this.#extension(out, ExtensionType.bigint, () => writeText(out, value.toString()));
      case 'object':
        if (value === null) return out.u8(0xc0);
        return this.#object(out, value);
      default:
        throw this.#fail('unsupported', `Not supported: ${typeof value}`, this.#depth);
    }
  }

  #object(out: ByteWriter, value: object): void {
    // As the decoder counts: what cannot hold other values is no level.
    if (++this.#depth > MAX_DEPTH && !isLeaf(value))
      throw this.#failHere('too-deep', `nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) this.#array(out, value);
    else if (isPlainObject(value)) this.#map(out, value);
    else this.#rich(out, value);
    this.#depth--;
  }

  #array(out: ByteWriter, items: readonly unknown[]): void {
    writeArrayHeader(out, items.length);
    for (let i = 0; i < items.length; i++) this.#at(i, out, items[i]);
  }

  #map(out: ByteWriter, value: object): void {
    const keys = Object.keys(value);
    if (keys.length > MAX_MAP_KEYS) throw this.#failHere('too-large', `object of ${keys.length} keys`);
    if (keys.length < 16) out.u8(0x80 | keys.length);
    else {
      out.u8(0xde);
      out.u16(keys.length);
    }
    for (const key of keys) {
      writeText(out, key);
      this.#at(key, out, (value as Record<string, unknown>)[key]);
    }
  }

  #at(step: string | number, out: ByteWriter, value: unknown): void {
    this.#trail[this.#depth - 1] = step;
    this.value(out, value);
  }

  #rich(out: ByteWriter, value: object): void {
    if (value instanceof Uint8Array) return writeBytes(out, value);
    if (value instanceof ArrayBuffer) return writeBytes(out, new Uint8Array(value));
    if (value instanceof Date) return this.#date(out, value);
    if (value instanceof Map) return this.#pairs(out, value);
    if (value instanceof Set) return this.#items(out, value);
    if (value instanceof RegExp) {
      return this.#extension(out, ExtensionType.regexp, () => {
        writeText(out, value.source);
        writeText(out, value.flags);
      });
    }
    if (value instanceof TitanError) return this.#titanError(out, value);
    if (value instanceof Error) return this.#error(out, value);
    if (value instanceof Long) {
      return this.#extension(out, ExtensionType.long, () => {
        out.u8(value.unsigned ? 1 : 0);
        out.u64(value.value);
      });
    }
    if (value instanceof StreamReference) {
      return this.#extension(out, ExtensionType.streamReference, () => {
        writeText(out, String(value.streamId));
        out.u8(value.kind === 'writable' ? 1 : 0);
        out.u8(value.live ? 1 : 0);
        writeText(out, value.peerId);
      });
    }
    if (value instanceof ServiceReference) {
      return this.#extension(out, ExtensionType.reference, () => writeText(out, value.definitionId));
    }
    if (value instanceof ServiceDefinition) {
      return this.#extension(out, ExtensionType.definition, () => {
        writeText(out, value.id);
        writeText(out, value.parentId);
        writeText(out, value.peerId);
        this.value(out, value.meta);
      });
    }
    throw this.#failHere('unsupported', 'Not supported: object');
  }

  #date(out: ByteWriter, date: Date): void {
    const time = date.getTime();
    if (time < 0) throw this.#failHere('unsupported', 'Not supported: a date before 1970');
    out.u16(0xd700 | ExtensionType.date);
    // Titan writes an invalid date as the epoch.
    out.u64(BigInt(Number.isNaN(time) ? 0 : time));
  }

  #pairs(out: ByteWriter, map: ReadonlyMap<unknown, unknown>): void {
    this.#extension(out, ExtensionType.map, () => {
      out.u32(map.size);
      let i = 0;
      for (const [key, value] of map) {
        this.#at(i, out, key);
        this.#at(i++, out, value);
      }
    });
  }

  #items(out: ByteWriter, set: ReadonlySet<unknown>): void {
    this.#extension(out, ExtensionType.set, () => {
      out.u32(set.size);
      let i = 0;
      for (const item of set) this.#at(i++, out, item);
    });
  }

  #error(out: ByteWriter, error: Error): void {
    this.#extension(out, ExtensionType.error, () => {
      // Of its prototype: a decoded error may have a field of that name.
      const prototype = Object.getPrototypeOf(error) as { readonly constructor: (typeof ERROR_CLASSES)[number] };
      const index = ERROR_CLASSES.indexOf(prototype.constructor);
      out.u16(index < 0 ? 1 : index + 1);
      writeText(out, textOf(error.name));
      writeText(out, textOf(remoteStackOf(error) ?? error.stack));
      writeText(out, textOf(error.message));
      const fields = Object.entries(error).filter(([key]) => key !== 'name');
      out.u16(fields.length);
      for (const [key, value] of fields) {
        writeText(out, key);
        this.#at(key, out, value);
      }
    });
  }

  #titanError(out: ByteWriter, error: TitanError): void {
    this.#extension(out, ExtensionType.titanError, () => {
      writeText(out, textOf(error.name));
      writeNumber(out, error.code);
      writeText(out, textOf(error.message));
      this.#at('details', out, error.details);
      this.#at('context', out, error.context);
      out.u8(0xcb);
      out.f64(error.timestampMs);
      for (const id of [error.requestId, error.correlationId, error.spanId, error.traceId]) this.value(out, id);
      this.value(out, error.remoteStack ?? null);
      this.#at('cause', out, causeForWire(error.cause));
      this.#at('extras', out, error.extras ?? null);
    });
  }

  /** Writes the payload first, then puts a header of the right width before it. */
  #extension(out: ByteWriter, type: number, payload: () => void): void {
    const start = out.length;
    out.u16(0);
    out.u8(0);
    payload();
    const length = out.length - start - 3;
    const fixed = FIXED_EXTENSION.get(length);
    if (fixed !== undefined) {
      out.widen(length, 3, 2);
      out.patch(start, [fixed, type]);
    } else if (length < 0x100) {
      out.patch(start, [0xc7, length, type]);
    } else if (length < 0x10000) {
      out.widen(length, 3, 4);
      out.patch(start, [0xc8, length >>> 8, length, type]);
    } else {
      out.widen(length, 3, 6);
      out.patch(start, [0xc9, length >>> 24, length >>> 16, length >>> 8, length, type]);
    }
  }

  /** For an object that is being written: it has been counted as a level, and none of its steps is the reason. */
  #failHere(code: 'unsupported' | 'too-deep' | 'too-large', reason: string): CodecError {
    return this.#fail(code, reason, this.#depth - 1);
  }

  #fail(code: 'unsupported' | 'too-deep' | 'too-large', reason: string, steps: number): CodecError {
    return new CodecError(code, reason, formatPath(this.#trail.slice(0, steps)));
  }
}

const FIXED_EXTENSION: ReadonlyMap<number, number> = new Map([
  [1, 0xd4],
  [2, 0xd5],
  [4, 0xd6],
  [8, 0xd7],
  [16, 0xd8],
]);

const LEAVES = [Uint8Array, ArrayBuffer, Date, RegExp, Long, StreamReference, ServiceReference];

/** The stack that came with a decoded error, if any. */
export function remoteStackOf(error: Error): string | undefined {
  const stack: unknown = Object.getOwnPropertyDescriptor(error, 'remoteStack')?.value;
  return typeof stack === 'string' ? stack : undefined;
}

function isLeaf(value: object): boolean {
  return LEAVES.some((Leaf) => value instanceof Leaf);
}

/** Apps put anything there, since nothing hinders them. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function causeForWire(cause: unknown): unknown {
  if (cause === undefined || cause === null) return null;
  if (!(cause instanceof Error) || cause instanceof TitanError) return cause;
  return { __errorType: 'Error', name: cause.name, message: cause.message, stack: remoteStackOf(cause) };
}
