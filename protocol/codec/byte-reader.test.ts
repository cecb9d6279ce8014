import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stopwatch } from '../../fuzz/stopwatch.ts';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';

const encoder = new Encoder();
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('keys of maps', () => {
  it('are what was sent, whichever keys the decoder has met before', () => {
    const decoder = new Decoder();
    // Few characters, some of which look like the UTF-8 bytes of others: "Ã©" is what the bytes of "é" spell in Latin-1.
    const key = fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'Ã', '©', '\u0000', '\u007f', '日'), maxLength: 4 });
    fc.assert(
      fc.property(fc.dictionary(key, fc.nat(), { maxKeys: 6, noNullPrototype: true }), (map) => {
        expect(decoder.decode(encoder.encode(map))).toEqual(map);
      }),
      { numRuns: 3_000 },
    );
  });

  it('are what was sent though thousands of others were met in between', () => {
    const decoder = new Decoder();
    const maps = Array.from({ length: 5_000 }, (_, i) => ({ [`key${i}`]: i, [`k${'y'.repeat(i % 40)}`]: i, id: i }));
    for (const map of [...maps, ...maps]) expect(decoder.decode(encoder.encode(map))).toEqual(map);
  });
});

describe('binary values', () => {
  it('of any length are copies of their own, whatever becomes of the message and of each other', () => {
    const decoder = new Decoder();
    const values = [0, 1, 1, 2, 64, 65, 300].map((length, i) => new Uint8Array(length).fill(i + 1));
    const message = encoder.encode([values, values]);
    const [first, second] = decoder.decode(message) as [Uint8Array[], Uint8Array[]];
    message.fill(0xff);
    for (const value of first) value.fill(0);
    expect(second).toEqual(values);
  });

  it('of one byte are right by the hundred', () => {
    const values = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i & 255));
    expect(new Decoder().decode(encoder.encode(values))).toEqual(values);
  });
});

describe('a message of nothing but', () => {
  const stopwatch = new Stopwatch();

  it.each([
    ['empty lists', '90'],
    ['empty objects', '80'],
    ['empty texts', 'a0'],
    ['single letters', 'a1 61'],
    ['short texts', 'a2 61 62'],
    ['texts beyond ASCII', 'a2 c3a9'],
    ['no bytes', 'c4 00'],
    ['single bytes', 'c4 01 01'],
    ['pairs of bytes', 'c4 02 01 01'],
    ['empty sets', 'c7 04 7b 00000000'],
    ['empty maps', 'd6 7c 00000000'],
    ['expressions', 'd5 79 a0 a0'],
    ['bigints', 'd5 78 a1 30'],
    ['errors', 'c7 07 7e 0001 a0 a0 a0 0000'],
    ['Titan errors', 'c7 0d 6e a0 00 a0 80 80 00 c0 c0 c0 c0 c0 c0 c0'],
    ['definitions', 'd6 6d a0 a0 a0 80'],
    ['references', 'd4 6c a0'],
  ])('%s allocates at most 64 times its bytes', (_, hex) => {
    const item = bytes(hex);
    const count = Math.floor(40_000 / item.length);
    const message = new Uint8Array(5 + count * item.length);
    message.set([0xdd, 0, 0, count >>> 8, count & 255]);
    for (let i = 0; i < count; i++) message.set(item, 5 + i * item.length);
    const decoder = new Decoder();
    expect(decoder.decode(message)).toHaveLength(count);
    expect(stopwatch.judge(() => decoder.decode(message), 0, message.length, true)).toBeUndefined();
  });
});
