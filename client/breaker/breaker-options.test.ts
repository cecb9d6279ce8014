import { describe, expect, it } from 'vitest';
import { parseBreaker } from './breaker-options.js';

const DEFAULTS = { threshold: 10, windowTime: 10_000, cooldownTime: 5_000, ratio: 0.5, perService: false };

describe('the option circuitBreaker', () => {
  it('is no breaker when it is false or not there', () => {
    expect(parseBreaker(false, 'circuitBreaker')).toBeUndefined();
    expect(parseBreaker(undefined, 'circuitBreaker')).toBeUndefined();
  });

  it('is all defaults when it is true or empty', () => {
    expect(parseBreaker(true, 'circuitBreaker')).toEqual(DEFAULTS);
    expect(parseBreaker({ ratio: undefined }, 'circuitBreaker')).toEqual(DEFAULTS);
  });

  it.each([
    { threshold: 1, windowTime: 1, cooldownTime: 1, ratio: 0.01, perService: true },
    { threshold: 1_000, windowTime: 86_400_000, cooldownTime: 60_000, ratio: 1, perService: false },
  ])('keeps every field that is given', (given) => {
    expect(parseBreaker(given, 'circuitBreaker')).toEqual(given);
  });

  it.each<[unknown, string]>([
    [null, ' is null (object), expected a boolean or an object'],
    [5, ' is 5 (number), expected a boolean or an object'],
    ['on', ' is "on" (string), expected a boolean or an object'],
    [[], ' is [object Array] (object), expected a boolean or an object'],
    [{ threshold: 0 }, '.threshold is 0 (number), expected a whole number from 1 to 1000'],
    [{ threshold: 2.5 }, '.threshold is 2.5 (number), expected a whole number from 1 to 1000'],
    [{ threshold: '5' }, '.threshold is "5" (string), expected a whole number from 1 to 1000'],
    [{ windowTime: -1 }, '.windowTime is -1 (number), expected a number from 1 to 86400000'],
    [{ windowTime: Number.NaN }, '.windowTime is NaN (number), expected a number from 1 to 86400000'],
    [{ cooldownTime: 60_001 }, '.cooldownTime is 60001 (number), expected a number from 1 to 60000'],
    [{ ratio: 0 }, '.ratio is 0 (number), expected a number from 0.01 to 1'],
    [{ ratio: 50 }, '.ratio is 50 (number), expected a number from 0.01 to 1'],
    [{ perService: 'yes' }, '.perService is "yes" (string), expected true or false'],
    [{ treshold: 5 }, '.treshold is 5 (number), expected only threshold,windowTime,cooldownTime,ratio,perService'],
  ])('refuses %j', (value, reason) => {
    const option = 'backends.main.circuitBreaker';
    expect(() => parseBreaker(value, option)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: `option ${option}${reason}` }),
    );
    expect(parseBreaker({ threshold: 5 }, option)).toEqual({ ...DEFAULTS, threshold: 5 });
  });
});
