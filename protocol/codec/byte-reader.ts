import { CodecError, malformed } from './codec-error.js';
import { KEY_SLOTS, READ_LOOP_BYTES, SINGLES } from './tuning.js';

const NOTHING = new Uint8Array(0);

/** Reads big-endian primitives. Every read is checked against `end`, which an ext payload narrows and restores. */
export class ByteReader {
  at = 0;
  end = 0;
  #bytes: Uint8Array = NOTHING;
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The eight bytes of a number, so that no message needs a view of its own. */
  readonly #wide = new DataView(new ArrayBuffer(8));
  #singles = NOTHING;
  #singleAt = 0;
  /** For the characters of a short text, by how many they are: one for each text would be most of what decoding allocates. */
  readonly #units = Array.from({ length: READ_LOOP_BYTES + 1 }, (_, length) => new Array<number>(length).fill(0));
  /** By a hash of their bytes. ASCII alone, so that characters can be compared with bytes. */
  readonly #keys = new Array<string>(KEY_SLOTS).fill('');

  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Lets go of the message, which may be large. */
  release(): void {
    this.#bytes = NOTHING;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** @throws `truncated` when fewer than `length` bytes are left: a declared length never leads to an allocation. */
  need(length: number): void {
    if (length > this.end - this.at) {
      throw new CodecError('truncated', `${length} bytes declared at offset ${this.at}, ${this.end - this.at} left`);
    }
  }

  u8(): number {
    if (this.at >= this.end) this.need(1);
    return this.#bytes[this.at++] as number;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    this.need(4);
    return this.u16() * 0x10000 + this.u16();
  }

  /** Width 0 is one byte, 1 is two, 2 is four. */
  uint(width: number): number {
    return width > 1 ? this.u32() : width > 0 ? this.u16() : this.u8();
  }

  /** The next eight bytes as a view. */
  wide(): DataView {
    this.need(8);
    this.#wide.setUint32(0, this.u32());
    this.#wide.setUint32(4, this.u32());
    return this.#wide;
  }

  f32(): number {
    this.#wide.setUint32(0, this.u32());
    return this.#wide.getFloat32(0);
  }

  /** A copy: a view would keep the whole message alive. */
  raw(length: number): Uint8Array {
    this.need(length);
    const start = this.at;
    this.at += length;
    if (length > 1) return this.#bytes.slice(start, this.at);
    if (this.#singleAt === this.#singles.length) {
      this.#singles = new Uint8Array(SINGLES);
      this.#singleAt = 0;
    }
    const single = this.#singles.subarray(this.#singleAt, this.#singleAt + length);
    this.#singleAt += length;
    single[0] = this.#bytes[start] as number;
    return single;
  }

  text(length: number): string {
    this.need(length);
    const bytes = this.#bytes;
    const start = this.at;
    this.at += length;
    if (length <= READ_LOOP_BYTES) {
      const units = this.#units[length] as number[];
      let i = 0;
      for (; i < length; i++) {
        const byte = bytes[start + i] as number;
        if (byte > 0x7f) break;
        units[i] = byte;
      }
      if (i === length) return String.fromCharCode.apply(null, units);
    }
    try {
      return this.#text.decode(bytes.subarray(start, this.at));
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
    this.need(length);
    const bytes = this.#bytes;
    const start = this.at;
    let hash = length;
    for (let i = 0; i < length; i++) hash = (hash * 31 + (bytes[start + i] as number)) | 0;
    const slot = hash & (KEY_SLOTS - 1);
    const known = this.#keys[slot] as string;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) {
        this.at += length;
        return known;
      }
    }
    const key = this.text(length);
    if (key.length === length) this.#keys[slot] = key;
    return key;
  }

  #textLength(): number {
    const head = this.u8();
    if (head >= 0xa0 && head < 0xc0) return head & 0x1f;
    if (head < 0xd9 || head > 0xdb) throw this.unexpected(head);
    return this.uint(head - 0xd9);
  }

  /** The byte that was read last means nothing where it is. */
  unexpected(byte: number): CodecError {
    return malformed(`byte 0x${byte.toString(16)} at offset ${this.at - 1}`);
  }
}
