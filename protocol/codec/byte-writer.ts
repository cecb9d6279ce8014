import { MAX_PACKET_BYTES } from '../limits.js';
import { CodecError } from './codec-error.js';

const INITIAL_BYTES = 512;
/** A buffer that one large message has grown past this is not kept for the next small one. */
const KEPT_BYTES = 256 * 1024;
/** Below this many characters a loop beats `TextEncoder`, measured with `npm run bench`. */
const LOOP_CHARS = 40;

/** Writes big-endian primitives into one growing buffer; {@link take} copies the message out and starts again. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #text = new TextEncoder();

  /** Bytes written since the last {@link take} or {@link reset}. */
  get length(): number {
    return this.#at;
  }

  reset(): void {
    this.#at = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#resize(INITIAL_BYTES);
  }

  take(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.slice(0, this.#at);
    this.reset();
    return message;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, BigInt.asUintN(64, value));
    this.#at += 8;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes UTF-8 and returns how many bytes; lone surrogates become U+FFFD. `header` bytes are left free before it. */
  text(value: string, header: number): number {
    this.#reserve(header + value.length * 3);
    const start = this.#at + header;
    if (value.length <= LOOP_CHARS) {
      let i = 0;
      for (; i < value.length; i++) {
        const unit = value.charCodeAt(i);
        if (unit > 0x7f) break;
        this.#bytes[start + i] = unit;
      }
      if (i === value.length) {
        this.#at = start + i;
        return i;
      }
    }
    const { written } = this.#text.encodeInto(value, this.#bytes.subarray(start));
    this.#at = start + written;
    return written;
  }

  /** Moves the last `length` bytes so that `gap` bytes lie before them, where `reserved` were left free. */
  widen(length: number, reserved: number, gap: number): void {
    this.#reserve(gap - reserved);
    const start = this.#at - length;
    this.#bytes.copyWithin(start - reserved + gap, start, this.#at);
    this.#at += gap - reserved;
  }

  /** Overwrites bytes written before, for headers whose length is known only afterwards. */
  patch(at: number, header: readonly number[]): void {
    for (let i = 0; i < header.length; i++) this.#bytes[at + i] = header[i] as number;
  }

  #reserve(extra: number): void {
    const needed = this.#at + extra;
    if (needed <= this.#bytes.length) return;
    // Text reserves three bytes a character, so the buffer may be three times the largest message it will hold.
    if (needed > MAX_PACKET_BYTES * 3 + INITIAL_BYTES) {
      throw new CodecError('too-large', `message over ${MAX_PACKET_BYTES} bytes`);
    }
    this.#resize(Math.max(needed, this.#bytes.length * 2));
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, Math.min(this.#at, size)));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
