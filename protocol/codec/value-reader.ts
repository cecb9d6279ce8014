import { MAX_DEPTH, MAX_PACKET_BYTES } from '../limits.js';
import { ByteReader } from './byte-reader.js';
import { malformed, tooDeep, tooLarge } from './codec-error.js';
import { EXTENSIONS, UNDEFINED } from './extensions.js';
import { isDecodedMap, narrow, put } from './foreign-value.js';

/**
 * Reads the msgpack profile of PROTOCOL §5 from foreign bytes. Bounded by construction: no declared length is believed
 * beyond the bytes that are left, nesting stops at {@link MAX_DEPTH}, foreign keys become own properties. One reader
 * may be used for any number of messages; after an error it is ready for the next.
 */
export class ValueReader extends ByteReader {
  #depth = 0;
  /** Bytes of the message that no array has claimed for its items yet. */
  #unclaimed = 0;

  /**
   * Reads a message of several parts, such as a packet: header, {@link value}, tail. Nothing may be left after them.
   * @throws {@link CodecError}
   */
  read<T>(bytes: Uint8Array, parts: (reader: ValueReader) => T): T {
    if (bytes.length > MAX_PACKET_BYTES) throw tooLarge(bytes.length, 'bytes', MAX_PACKET_BYTES);
    this.#depth = 0;
    this.#unclaimed = bytes.length;
    this.open(bytes);
    try {
      const message = parts(this);
      this.finish();
      return message;
    } finally {
      this.open();
    }
  }

  /** The next value of the message that {@link read} has begun. */
  value(): unknown {
    const head = this.u8();
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 0x0f);
    if (head < 0xa0) return this.#array(head & 0x0f);
    if (head < 0xc0) return this.text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    if (head < 0xc4) {
      if (head === 0xc1) throw this.unexpected(head);
      return head === 0xc0 ? null : head === 0xc3;
    }
    if (head < 0xc7) return this.raw(this.uint(head - 0xc4));
    if (head < 0xca) return this.#extension(this.uint(head - 0xc7));
    if (head < 0xcc) return head === 0xca ? this.f32() : this.f64();
    if (head < 0xcf) return this.uint(head - 0xcc);
    if (head === 0xcf || head === 0xd3) return narrow(this.integer(head === 0xcf));
    if (head < 0xd3) {
      const bits = 32 - (8 << (head - 0xd0));
      return (this.uint(head - 0xd0) << bits) >> bits;
    }
    if (head < 0xd9) return this.#extension(1 << (head - 0xd4));
    if (head < 0xdc) return this.text(this.uint(head - 0xd9));
    if (head < 0xde) return this.#array(this.uint(head - 0xdb));
    // The profile has no map32.
    if (head > 0xde) throw this.unexpected(head);
    return this.#map(this.u16());
  }

  /** A value that must be a map. */
  record(): Record<string, unknown> {
    const value = this.value();
    if (!isDecodedMap(value)) throw malformed('no map where one must be');
    return value;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw tooDeep();
  }

  #array(length: number): unknown[] {
    this.#enter();
    // An item takes a byte of its own at least. So all arrays of a message together cannot have more items than it has
    // bytes, and what is allocated for them ahead is bounded, however they are nested.
    this.#unclaimed -= length;
    if (this.#unclaimed < 0) throw this.truncated(length);
    const items = new Array<unknown>(length);
    for (let i = 0; i < length; i++) items[i] = this.value();
    this.#depth--;
    return items;
  }

  #map(length: number): Record<string, unknown> {
    this.#enter();
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.key();
      if (key === '__proto__') put(map, key, this.value());
      else map[key] = this.value();
    }
    this.#depth--;
    return map;
  }

  #extension(length: number): unknown {
    const type = this.u8();
    const outerEnd = this.limit(length);
    const value = type === UNDEFINED ? void this.u8() : this.#payload(type);
    this.finish(outerEnd);
    return value;
  }

  #payload(type: number): unknown {
    for (const [known, , nests, , read] of EXTENSIONS) {
      if (known === type) {
        if (nests) this.#enter();
        const value = read(this);
        if (nests) this.#depth--;
        return value;
      }
    }
    throw malformed(`unknown ext type ${type}`);
  }
}
