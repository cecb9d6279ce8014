import type { ByteWriter } from './byte-writer.js';

export function writeNumber(out: ByteWriter, value: number): void {
  if (!Number.isInteger(value) || value > 0xffffffff || value < -0x80000000) {
    out.u8(0xcb);
    return out.f64(value);
  }
  if (value >= 0) {
    if (value < 0x80) return out.u8(value);
    if (value < 0x100) return out.u16(0xcc00 | value);
    if (value < 0x10000) {
      out.u8(0xcd);
      return out.u16(value);
    }
    out.u8(0xce);
    return out.u32(value);
  }
  if (value >= -0x20) return out.u8(value & 0xff);
  if (value >= -0x80) return out.u16(0xd000 | (value & 0xff));
  if (value >= -0x8000) {
    out.u8(0xd1);
    return out.u16(value & 0xffff);
  }
  out.u8(0xd2);
  out.u32(value >>> 0);
}

export function writeText(out: ByteWriter, value: string): void {
  const start = out.length;
  // The header's width follows from the byte count, which is known only afterwards. Guess from the characters.
  const guess = value.length < 32 ? 1 : value.length < 0x100 ? 2 : value.length < 0x10000 ? 3 : 5;
  const length = out.text(value, guess);
  const width = length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
  if (width !== guess) out.widen(length, guess, width);
  if (width === 1) out.patch(start, [0xa0 | length]);
  else if (width === 2) out.patch(start, [0xd9, length]);
  else if (width === 3) out.patch(start, [0xda, length >>> 8, length]);
  else out.patch(start, [0xdb, length >>> 24, length >>> 16, length >>> 8, length]);
}

export function writeBytes(out: ByteWriter, bytes: Uint8Array): void {
  if (bytes.length < 0x100) out.u16(0xc400 | bytes.length);
  else if (bytes.length < 0x10000) {
    out.u8(0xc5);
    out.u16(bytes.length);
  } else {
    out.u8(0xc6);
    out.u32(bytes.length);
  }
  out.raw(bytes);
}

export function writeArrayHeader(out: ByteWriter, length: number): void {
  if (length < 16) return out.u8(0x90 | length);
  if (length < 0x10000) {
    out.u8(0xdc);
    return out.u16(length);
  }
  out.u8(0xdd);
  out.u32(length);
}
