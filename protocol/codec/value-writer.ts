import { MAX_DEPTH, MAX_MAP_KEYS, MAX_PACKET_BYTES } from '../limits.js';
import { isPlainObject } from '../plain-object.js';
import { formatPath } from '../value-path.js';
import { ByteWriter } from './byte-writer.js';
import { CodecError, tooDeep, tooLarge } from './codec-error.js';
import { EXTENSIONS } from './extensions.js';

/**
 * Writes the msgpack profile of PROTOCOL §5, byte for byte as Titan does. One writer may be used for any number of
 * messages; after an error it is ready for the next.
 */
export class ValueWriter extends ByteWriter {
  /** For each level the step to where we are. */
  readonly #trail: (string | number)[] = [];
  #depth = 0;
  #busy = false;

  /**
   * Writes a message of several parts, such as a packet: head, {@link value}, tail. Its memory may be a part of a larger
   * piece, but nobody writes to it again.
   * @throws {@link CodecError} `unsupported`, `too-deep` or `too-large`, with the path of the value.
   */
  message(write: (out: ValueWriter) => void): Uint8Array<ArrayBuffer> {
    // A getter of a value may have a message of its own to send.
    if (this.#busy) return new ValueWriter().message(write);
    this.#busy = true;
    try {
      write(this);
      if (this.size > MAX_PACKET_BYTES) throw tooLarge(this.size, 'bytes', MAX_PACKET_BYTES);
      return this.take();
    } finally {
      this.#busy = false;
      this.#depth = 0;
      this.reset();
    }
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.u8(value ? 0xc3 : 0xc2);
      case 'undefined':
        this.u16(0xd400);
        return this.u8(0);
      case 'object':
        if (value === null) return this.u8(0xc0);
        if (Array.isArray(value)) {
          this.list(0x90, value.length);
          return this.items(value);
        }
        if (isPlainObject(value)) return this.#map(value as Readonly<Record<string, unknown>>);
        if (value instanceof Uint8Array) return this.binary(value);
        if (value instanceof ArrayBuffer) return this.binary(new Uint8Array(value));
    }
    this.#extension(value);
  }

  /** Items of a list whose head was written. Their paths begin with their index. */
  items(items: readonly unknown[]): void {
    this.#enter();
    // A getter of an item may change the list, but not what its head has declared.
    const { length } = items;
    for (let i = 0; i < length; i++) this.item(i, items[i]);
    this.#depth--;
  }

  /** A value that is inside another one, at this step of its path. */
  item(step: string | number, value: unknown): void {
    this.#trail[this.#depth - 1] = step;
    this.value(value);
  }

  refusal(what: string): CodecError {
    return new CodecError('unsupported', `Not supported: ${what}`, this.#path());
  }

  #map(value: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(value);
    const { length } = keys;
    if (length > MAX_MAP_KEYS) throw tooLarge(length, 'keys', MAX_MAP_KEYS, this.#path());
    this.#enter();
    this.list(0x80, length);
    for (let i = 0; i < length; i++) {
      const key = keys[i] as string;
      this.text(key);
      this.item(key, value[key]);
    }
    this.#depth--;
  }

  #extension(value: unknown): void {
    for (const [type, Class, nests, write] of EXTENSIONS) {
      if (Object(value) instanceof Class) {
        if (nests) this.#enter();
        const start = this.size;
        write(value as never, this);
        this.extension(start, type);
        if (nests) this.#depth--;
        return;
      }
    }
    throw this.refusal(typeof value);
  }

  /** As the decoder counts: what cannot hold other values is no level. */
  #enter(): void {
    if (this.#depth === MAX_DEPTH) throw tooDeep(this.#path());
    this.#depth++;
  }

  #path(): string {
    return formatPath(this.#trail.slice(0, this.#depth));
  }
}
