import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from './event-pattern.js';

const matches = (pattern: string, name: string): boolean => matchesPattern(pattern.split('*'), name);

describe('a pattern', () => {
  it.each([
    ['order:*', 'order:created', true],
    ['order:*', 'order:item:added', true],
    ['order:*', 'order:', true],
    ['order:*', 'order', false],
    ['order:*', 'reorder:created', false],
    ['*', 'anything', true],
    ['*:created', 'order:created', true],
    ['*:created', 'order:created:late', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-c-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*aa*aa', 'aaa', false],
    ['a.*', 'ab', false],
    ['a*', 'a\nb', true],
    ['**', 'x', true],
  ])('%s for %s: %s', (pattern, name, expected) => expect(matches(pattern, name)).toBe(expected));

  it('matches what a RegExp matches, for any name', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.', '*'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.'), maxLength: 12 });
    const withStar = fc.tuple(text, text).map((parts) => parts.join('*'));
    fc.assert(
      fc.property(withStar, name, (pattern, event) => {
        const regExp = new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\*+/g, '.*')}$`, 's');
        expect(matches(pattern, event)).toBe(regExp.test(event));
      }),
      { numRuns: 3_000 },
    );
  });

  it('with many stars takes no more than a moment', () => {
    // A RegExp of this shape would try 10^60 ways.
    expect(matches(`${'*a'.repeat(30)}*b`, 'a'.repeat(20_000))).toBe(false);
    expect(matches(`${'*a'.repeat(30)}*b`, `${'a'.repeat(20_000)}b`)).toBe(true);
  });
});
