import { expect, it } from 'vitest';
import { messageOf } from './message-of.js';

it.each([
  [new TypeError('no'), 'TypeError: no'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [Object.create(null), 'something without a text'],
  [{ toString: () => ({}) }, 'something without a text'],
])('says what was thrown, whatever it is: %#', (thrown, text) => {
  expect(messageOf(thrown)).toBe(text);
});
