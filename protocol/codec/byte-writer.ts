import { MAX_PACKET_BYTES } from '../limits.js';
import { tooLarge } from './codec-error.js';
import { textOr } from './foreign-value.js';
import { SLAB_BYTES, TAIL_BYTES, WRITE_LOOP_CHARS } from './tuning.js';

const NO_SLAB = /* @__PURE__ */ new Uint8Array(0);
const UTF8 = /* @__PURE__ */ new TextEncoder();

/** Writes the primitives of MessagePack, big-endian, into a message that grows. */
export class ByteWriter {
  #bytes = NO_SLAB;
  #view = new DataView(NO_SLAB.buffer);
  /** Where the message begins. */
  #from = 0;
  #at = 0;

  /** Bytes of the message so far. */
  get size(): number {
    return this.#at - this.#from;
  }

  /** Forgets what was written since the last message was taken. */
  reset(): void {
    // What a large message needed is not kept for the small ones after it.
    if (this.#bytes.length > SLAB_BYTES) this.#use(NO_SLAB);
    this.#at = this.#from;
  }

  /** Ends the message. It may share its memory with others, but nobody writes to it again. */
  take(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return message;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.u8(value >> 8);
    this.u8(value);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  /** The last 64 bits of an integer. */
  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, value);
    this.#at += 8;
  }

  f64(value: number): void {
    this.u8(0xcb);
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  number(value: number): void {
    if (value >>> 0 === value) {
      if (value < 0x80) this.u8(value);
      else this.#sized(0xcc, value);
    } else if ((value | 0) !== value) this.f64(value);
    else if (value >= -0x20) this.u8(value);
    else this.#sized(0xd0, value, value >= -0x80 ? 0 : value >= -0x8000 ? 1 : 2);
  }

  /** UTF-8; lone surrogates become U+FFFD. */
  text(value: string): void {
    const chars = value.length;
    this.#reserve(5 + chars * 3);
    // The header's width follows from the byte count, which is known only afterwards. Guess from the characters.
    const guess = headBytes(chars);
    const head = this.#at;
    const start = head + guess;
    const bytes = this.#bytes;
    let length = 0;
    if (chars <= WRITE_LOOP_CHARS) {
      for (; length < chars; length++) {
        const unit = value.charCodeAt(length);
        if (unit > 0x7f) break;
        bytes[start + length] = unit;
      }
    }
    if (length < chars) length = UTF8.encodeInto(value, bytes.subarray(start)).written;
    const width = headBytes(length);
    if (width > guess) bytes.copyWithin(head + width, start, start + length);
    if (width === 1) this.u8(0xa0 | length);
    else this.#sized(0xd9, length);
    this.#at += length;
  }

  /** Foreign ones: what is no text is written as an empty one. */
  texts(...values: readonly unknown[]): void {
    for (const value of values) this.text(textOr(value, ''));
  }

  binary(bytes: Uint8Array): void {
    this.#sized(0xc4, bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** The head of an array (`0x90`) or of a map (`0x80`), which have no form with one byte of length. */
  list(head: 0x90 | 0x80, length: number): void {
    if (length < 16) this.u8(head | length);
    else this.#sized(head === 0x90 ? 0xdb : 0xdd, length, widthOf(length) || 1);
  }

  /** Makes what was written since the message had that size an ext: puts its head before it. */
  extension(start: number, type: number): void {
    const length = this.size - start;
    // 1, 2, 4, 8 and 16 bytes have heads of their own.
    const exponent = [1, 2, 4, 8, 16].indexOf(length);
    const head = exponent < 0 ? 2 + (1 << widthOf(length)) : 2;
    this.#reserve(head);
    const from = this.#from + start;
    this.#bytes.copyWithin(from + head, from, this.#at);
    this.#at = from;
    if (exponent < 0) this.#sized(0xc7, length);
    else this.u8(0xd4 + exponent);
    this.u8(type);
    this.#at += length;
  }

  /** A head that says how wide the number after it is: `head` for one byte, one more for two, two more for four. */
  #sized(head: number, value: number, width = widthOf(value)): void {
    this.u8(head + width);
    if (width > 1) this.u32(value);
    else if (width > 0) this.u16(value);
    else this.u8(value);
  }

  #reserve(extra: number): void {
    if (this.#at + extra <= this.#bytes.length) return;
    const begun = this.#bytes.subarray(this.#from, this.#at);
    const needed = begun.length + extra;
    // Text reserves three bytes a character, so there may be room for three times the largest message.
    if (needed > MAX_PACKET_BYTES * 3 + SLAB_BYTES) throw tooLarge(needed, 'bytes', MAX_PACKET_BYTES);
    this.#use(new Uint8Array(Math.max(needed + TAIL_BYTES, begun.length * 2, SLAB_BYTES)));
    this.#bytes.set(begun);
    this.#at = begun.length;
  }

  #use(slab: Uint8Array<ArrayBuffer>): void {
    this.#bytes = slab;
    this.#view = new DataView(slab.buffer);
    this.#from = this.#at = 0;
  }
}

/** Of a number without sign: 0 for one byte, 1 for two, 2 for four. */
function widthOf(value: number): number {
  return value < 0x100 ? 0 : value < 0x10000 ? 1 : 2;
}

function headBytes(length: number): number {
  return length < 32 ? 1 : 1 + (1 << widthOf(length));
}
