import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookieOf, setCookie } from './cookie.js';

describe('a cookie', () => {
  it('comes back as it was set, among others, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const [pair] = setCookie('omni_access', value, { httpOnly: true }).split(';');
        expect(cookieOf(`a=1; ${pair}; b=2`, 'omni_access')).toBe(value);
      }),
    );
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['other=1', undefined],
    ['xt=1', undefined],
    ['t', undefined],
    ['t=', undefined],
    ['t=""', undefined],
    ['t=a', 'a'],
    ['  t = a ', 'a'],
    ['t="a b"', 'a b'],
    ['t=a=b', 'a=b'],
    ['t=a; t=b', 'a'],
    ['t=%41', 'A'],
    ['t=%', '%'],
  ])('is read from %j as %j', (header, value) => {
    expect(cookieOf(header, 't')).toBe(value);
  });

  it('is for this host, for every path, and for pages of the same site', () => {
    expect(setCookie('t', 'a;b', { httpOnly: true })).toBe('t=a%3Bb; Path=/; HttpOnly; SameSite=Strict');
    expect(setCookie('t', 'a', { httpOnly: false })).toBe('t=a; Path=/; SameSite=Strict');
    expect(setCookie('t', null, { httpOnly: true })).toBe('t=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
  });
});
