import { describe, expect, it } from 'vitest';
import { parseAuthOptions } from './auth-options.js';

describe('the option auth', () => {
  it.each([
    ['yes', /^auth: string yes, expected true or false/],
    [null, /^auth: object null, expected/],
    [[], /^auth: object , expected/],
    [{ cookie: true }, /^auth\.cookie: there is none; there are cookies, csrf, origins/],
    [{ cookies: 1 }, /^auth\.cookies: number, expected true or false/],
    [{ cookies: true, csrf: 'x' }, /^auth\.csrf: string, expected true or false/],
    [{ csrf: true }, /^auth\.csrf: boolean true, expected false without auth\.cookies/],
    [{ origins: 'http://a.test' }, /^auth\.origins: string, expected a list/],
    [{ origins: ['http://a.test', 'a.test'] }, /^auth\.origins\[1\]: "a\.test", expected an origin such as/],
    [{ origins: ['http://a.test/'] }, /^auth\.origins\[0\]: "http:\/\/a\.test\/", expected/],
    [{ origins: [7] }, /^auth\.origins\[0\]: number, expected/],
  ])('refuses %j by name', (option, message) => {
    expect(() => parseAuthOptions(option)).toThrow(message);
    expect(() => parseAuthOptions(option)).toThrow(TypeError);
    expect(parseAuthOptions(true)).toEqual({ cookies: false, csrf: false, origins: undefined });
  });

  it.each([
    [false, undefined],
    [{}, { cookies: false, csrf: false, origins: undefined }],
    [
      { cookies: true, csrf: true },
      { cookies: true, csrf: true, origins: undefined },
    ],
    [{ origins: ['http://a.test:81'] }, { cookies: false, csrf: false, origins: ['http://a.test:81'] }],
  ])('takes %j', (option, parsed) => {
    expect(parseAuthOptions(option)).toEqual(parsed);
  });
});
