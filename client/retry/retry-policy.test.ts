import { describe, expect, it } from 'vitest';
import { isNetronError } from '../netron-error.js';
import { parseRetry } from './retry-policy.js';

const PLACE = { backend: 'main', service: 'users', method: 'get' };
const DEFAULTS = {
  attempts: 3,
  backoff: 'exponential',
  initialDelay: 300,
  maxDelay: 30_000,
  factor: 2,
  jitter: true,
  idempotent: false,
};

describe('the option retry', () => {
  it('is no policy when it is false or not there', () => {
    expect(parseRetry(false, 'retry')).toBeUndefined();
    expect(parseRetry(undefined, 'retry')).toBeUndefined();
  });

  it('takes a number as the retries after the first attempt', () => {
    expect(parseRetry(5, 'backends.main.retry')).toEqual({ ...DEFAULTS, attempts: 5, option: 'backends.main.retry' });
    expect(parseRetry(0, 'retry')).toMatchObject({ attempts: 0 });
  });

  it('fills in the defaults, for undefined too', () => {
    expect(parseRetry({}, 'retry')).toEqual({ ...DEFAULTS, option: 'retry' });
    expect(parseRetry({ jitter: undefined, factor: undefined }, 'retry')).toEqual({ ...DEFAULTS, option: 'retry' });
  });

  it('keeps every field that is given', () => {
    const given = {
      attempts: 100,
      backoff: 'linear',
      initialDelay: 0,
      maxDelay: 86_400_000,
      factor: 1,
      jitter: false,
      shouldRetry: () => true,
      idempotent: true,
    };
    expect(parseRetry(given, 'retry')).toEqual({ ...given, option: 'retry' });
    expect(parseRetry({ backoff: 'constant', factor: 100 }, 'retry')).toMatchObject({
      backoff: 'constant',
      factor: 100,
    });
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'option retry is null (object), expected false, a number or an object'],
    ['true', true, 'option retry is true (boolean), expected false, a number or an object'],
    ['a text', '3', 'option retry is "3" (string), expected false, a number or an object'],
    ['a list', [3], 'option retry is [object Array] (object), expected false, a number or an object'],
    ['a date', new Date(0), 'option retry is [object Date] (object), expected false, a number or an object'],
    [
      'a promise',
      Promise.resolve(3),
      'option retry is [object Promise] (object), expected false, a number or an object',
    ],
    ['a function', () => 3, 'option retry is [object Function] (function), expected false, a number or an object'],
    ['a symbol', Symbol('three'), 'option retry is Symbol(three) (symbol), expected false, a number or an object'],
    ['a bigint', 3n, 'option retry is 3 (bigint), expected false, a number or an object'],
    ['less than none', -1, 'option retry.attempts is -1 (number), expected a whole number from 0 to 100'],
    ['NaN', Number.NaN, 'option retry.attempts is NaN (number), expected a whole number from 0 to 100'],
    [
      'no whole number',
      { attempts: 1.5 },
      'option retry.attempts is 1.5 (number), expected a whole number from 0 to 100',
    ],
    ['too many', { attempts: 101 }, 'option retry.attempts is 101 (number), expected a whole number from 0 to 100'],
    [
      'null for a field',
      { attempts: null },
      'option retry.attempts is null (object), expected a whole number from 0 to 100',
    ],
    [
      'a list for a number',
      { attempts: [3] },
      'option retry.attempts is [object Array] (object), expected a whole number from 0 to 100',
    ],
    [
      'an object without a text',
      { factor: Object.create(null) },
      'option retry.factor is [object Object] (object), expected a number from 1 to 100',
    ],
    [
      'an unknown backoff',
      { backoff: 'fibonacci' },
      'option retry.backoff is "fibonacci" (string), expected exponential or linear or constant',
    ],
    [
      'a negative delay',
      { initialDelay: -1 },
      'option retry.initialDelay is -1 (number), expected a number from 0 to 86400000',
    ],
    [
      'a delay no timer keeps',
      { maxDelay: Infinity },
      'option retry.maxDelay is Infinity (number), expected a number from 0 to 86400000',
    ],
    [
      'a delay as text',
      { maxDelay: '5s' },
      'option retry.maxDelay is "5s" (string), expected a number from 0 to 86400000',
    ],
    ['a factor that shrinks', { factor: 0.5 }, 'option retry.factor is 0.5 (number), expected a number from 1 to 100'],
    [
      'a factor over its bound',
      { factor: 101 },
      'option retry.factor is 101 (number), expected a number from 1 to 100',
    ],
    ['a number for a boolean', { jitter: 1 }, 'option retry.jitter is 1 (number), expected true or false'],
    [
      'a text for a boolean',
      { idempotent: 'true' },
      'option retry.idempotent is "true" (string), expected true or false',
    ],
    [
      'a boolean for a function',
      { shouldRetry: true },
      'option retry.shouldRetry is true (boolean), expected a function',
    ],
    [
      'an unknown field',
      { atempts: 3 },
      'option retry.atempts is 3 (number), expected only attempts,backoff,initialDelay,maxDelay,factor,jitter,shouldRetry,idempotent',
    ],
    [
      'a field that every object has',
      { hasOwnProperty: 1 },
      'option retry.hasOwnProperty is 1 (number), expected only attempts,backoff,initialDelay,maxDelay,factor,jitter,shouldRetry,idempotent',
    ],
  ])('refuses %s', (_name, value, reason) => {
    expect(() => parseRetry(value, 'retry')).toThrow(expect.objectContaining({ code: 'invalid-config', reason }));
    expect(parseRetry({ attempts: 1 }, 'retry')?.attempts).toBe(1);
  });

  it('tells a call, at its place, of a bad argument, and a client of a bad configuration', () => {
    const parse = (place?: typeof PLACE) => (): unknown => parseRetry({ factor: 0 }, 'backends.main.retry', place);
    expect(parse(PLACE)).toThrow(expect.objectContaining({ code: 'invalid-argument', ...PLACE, retryable: false }));
    expect(parse()).toThrow(expect.objectContaining({ code: 'invalid-config', service: undefined }));
    expect(parse()).toThrow('[invalid-config] option backends.main.retry.factor is 0 (number)');
    expect(parse()).toThrow(expect.toSatisfy(isNetronError));
  });

  it('takes nothing from a prototype', () => {
    expect(parseRetry(Object.create({ attempts: -1 }), 'retry')).toEqual({ ...DEFAULTS, option: 'retry' });
  });
});
