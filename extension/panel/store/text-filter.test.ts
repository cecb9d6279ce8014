import { describe, expect, it } from 'vitest';
import { matchesFilter, parseFilter } from './text-filter.js';

describe('the text filter', () => {
  const text = 'users.rename("u1", "Bo") 409 VERSION_CONFLICT';
  it.each([
    ['', true],
    ['   ', true],
    ['-', true],
    ['rename', true],
    ['RENAME', true],
    ['  rename   409 ', true],
    ['409 rename', true],
    ['rename 404', false],
    ['-rename', false],
    ['-404', true],
    ['users -conflict', false],
    ['users -orders', true],
    ['--x', true],
    ['"bo"', true],
    ['.*', false],
    ['(', true],
    ['\\', false],
  ])('%j: %s', (filter, matches) => expect(matchesFilter(parseFilter(filter), text)).toBe(matches));

  it('splits at any space', () => {
    expect(parseFilter('a\t-B\n c\u00a0d')).toEqual({ wanted: ['a', 'c', 'd'], unwanted: ['b'] });
  });
});
