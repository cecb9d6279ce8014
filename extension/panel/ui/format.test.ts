import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatCount, formatDuration, plural } from './format.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [49, '0 ms'],
    [50, '0.1 ms'],
    [1_000, '1.0 ms'],
    [9_949, '9.9 ms'],
    [9_950, '10 ms'],
    [48_200, '48 ms'],
    [999_499, '999 ms'],
    [999_500, '1.0 s'],
    [999_999, '1.0 s'],
    [2_440_000, '2.4 s'],
    [9_949_000, '9.9 s'],
    [9_950_000, '10 s'],
    [99_000_000, '99 s'],
    [180_000_000, '3 m'],
  ])('%d µs are %s', (us, text) => expect(formatDuration(us)).toBe(text));

  it('has three figures at most, up to a thousand days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 * 24 * 3_600 * 1_000_000 }), (us) => {
        expect(formatDuration(us).replace(/\D/g, '').length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('formatAge', () => {
  it.each([
    [0, '0 s'],
    [499, '0 s'],
    [99_499, '99 s'],
    [99_500, '2 m'],
    [5 * MINUTE, '5 m'],
    [99 * MINUTE, '99 m'],
    [100 * MINUTE, '2 h'],
    [47 * HOUR, '47 h'],
    [48 * HOUR, '2 d'],
    [240 * HOUR, '10 d'],
  ])('%d ms are %s', (ms, text) => expect(formatAge(ms)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12_345, '12.3 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [123_456, '123 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [16_777_216, '16.8 MB'],
  ])('%d are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatCount and plural', () => {
  it.each([
    [0, '0', '0 calls'],
    [1, '1', '1 call'],
    [1_234_567, '1,234,567', '1,234,567 calls'],
  ])('%d', (count, text, calls) => expect([formatCount(count), plural(count, 'call')]).toEqual([text, calls]));

  it('knows words that are irregular', () => {
    expect([plural(1, 'entry', 'entries'), plural(2, 'entry', 'entries')]).toEqual(['1 entry', '2 entries']);
  });
});
