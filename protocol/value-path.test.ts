import { expect, it } from 'vitest';
import { formatPath } from './value-path.js';

it.each([
  ['$', []],
  ['$.a', ['a']],
  ['$[0].b', [0, 'b']],
  ['$["0"]["a.b"]["\\""]', ['0', 'a.b', '"']],
  ['$.$x._y', ['$x', '_y']],
])('the place of a value is written as %s', (path, steps) => expect(formatPath(steps)).toBe(path));
