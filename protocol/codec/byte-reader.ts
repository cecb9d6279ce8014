import { CodecError, malformed } from './codec-error.js';
import { KEY_SLOTS, RAW_SLICE_BYTES, READ_LOOP_BYTES, SINGLES } from './tuning.js';

const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);
const UTF8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** The eight bytes of a number, so that no message needs a view of its own. */
const EIGHT = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));
/** For the characters of a short text, by how many they are: one for each text would be most of what decoding allocates. */
const UNITS: readonly number[][] = /* @__PURE__ */ Array.from({ length: READ_LOOP_BYTES + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);
/** By a hash of their bytes. ASCII alone, so that characters can be compared with bytes. */
const KEYS: string[] = /* @__PURE__ */ Array.from({ length: KEY_SLOTS }, () => '');

/** Reads big-endian primitives. Every read is checked against the end, which an ext payload narrows. */
export class ByteReader {
  #bytes = NOTHING;
  #at = 0;
  #end = 0;
  #singles = new ArrayBuffer(SINGLES);
  #nextSingle = 0;

  /** Another message in place of the one before, which may be large; nothing, to let go of it. */
  open(bytes = NOTHING): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** Nothing but the next bytes can be read until {@link finish}, which wants the result. */
  limit(length: number): number {
    const outerEnd = this.#end;
    this.#end = this.#need(length) + length;
    return outerEnd;
  }

  /** @throws `malformed` when there are bytes left before the end. */
  finish(outerEnd = 0): void {
    if (this.#left > 0) throw malformed(`${this.#left} bytes after the value`);
    this.#end = outerEnd;
  }

  u8(): number {
    if (this.#at >= this.#end) this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  flag(): boolean {
    return this.u8() !== 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** Width 0 is one byte, 1 is two, 2 is four. */
  uint(width: number): number {
    return width > 1 ? this.u32() : width > 0 ? this.u16() : this.u8();
  }

  f32(): number {
    EIGHT.setUint32(0, this.u32());
    return EIGHT.getFloat32(0);
  }

  f64(): number {
    return this.#eight().getFloat64(0);
  }

  /** Of 64 bits. */
  integer(unsigned: boolean): bigint {
    const eight = this.#eight();
    return unsigned ? eight.getBigUint64(0) : eight.getBigInt64(0);
  }

  #eight(): DataView {
    EIGHT.setUint32(0, this.u32());
    EIGHT.setUint32(4, this.u32());
    return EIGHT;
  }

  /** A copy: a view would keep the whole message alive. */
  raw(length: number): Uint8Array {
    const start = this.#need(length);
    this.#at += length;
    // A large one not by `slice`, which clears the memory before it copies; a small one not by way of a view.
    if (length > RAW_SLICE_BYTES) return new Uint8Array(this.#bytes.subarray(start, this.#at));
    if (length > 1) return this.#bytes.slice(start, this.#at);
    this.#nextSingle = (this.#nextSingle + 1) % SINGLES;
    if (this.#nextSingle === 0) this.#singles = new ArrayBuffer(SINGLES);
    const single = new Uint8Array(this.#singles, this.#nextSingle, length);
    // No byte is no place to put one: nothing is written then.
    single[0] = this.#bytes[start] as number;
    return single;
  }

  text(length: number): string {
    const start = this.#need(length);
    const bytes = this.#bytes;
    this.#at += length;
    if (length <= READ_LOOP_BYTES) {
      const units = UNITS[length] as number[];
      let i = 0;
      for (; i < length; i++) {
        const byte = bytes[start + i] as number;
        if (byte > 0x7f) break;
        units[i] = byte;
      }
      if (i === length) return String.fromCharCode.apply(null, units);
    }
    try {
      return UTF8.decode(bytes.subarray(start, this.#at));
    } catch {
      throw malformed(`text at offset ${start} is not UTF-8`);
    }
  }

  /** A string with its header, which must be one: an ext that holds "a string" must not become a way to nest uncounted. */
  string(): string {
    return this.text(this.#textLength());
  }

  /** The same for the key of a map. */
  key(): string {
    const length = this.#textLength();
    if (length > READ_LOOP_BYTES) return this.text(length);
    const start = this.#need(length);
    const bytes = this.#bytes;
    let hash = length;
    for (let i = 0; i < length; i++) hash = (hash * 31 + (bytes[start + i] as number)) | 0;
    const slot = hash & (KEY_SLOTS - 1);
    const known = KEYS[slot] as string;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) {
        this.#at += length;
        return known;
      }
    }
    const key = this.text(length);
    if (key.length === length) KEYS[slot] = key;
    return key;
  }

  /** More was declared than can be. */
  truncated(length: number): CodecError {
    return new CodecError('truncated', `length ${length} at offset ${this.#at}, ${this.#left} bytes left`);
  }

  /** The byte that was read last means nothing where it is. */
  unexpected(byte: number): CodecError {
    return malformed(`byte 0x${byte.toString(16)} at offset ${this.#at - 1}`);
  }

  get #left(): number {
    return this.#end - this.#at;
  }

  #textLength(): number {
    const head = this.u8();
    if (head >= 0xa0 && head < 0xc0) return head & 0x1f;
    if (head < 0xd9 || head > 0xdb) throw this.unexpected(head);
    return this.uint(head - 0xd9);
  }

  /**
   * Returns where the bytes begin.
   * @throws `truncated` when fewer are left: a declared length never leads to an allocation.
   */
  #need(length: number): number {
    if (length > this.#end - this.#at) throw this.truncated(length);
    return this.#at;
  }
}
