// @vitest-environment happy-dom
import { render } from 'preact';
import { expect, it } from 'vitest';
import type { ValueChange } from '../../../protocol/index.js';
import { ChangeList } from './change-list.js';

const CHANGES: readonly ValueChange[] = [
  { path: '.a', op: 'change', before: '1', after: '2' },
  { path: '.b', op: 'add', before: '', after: '"<b>"' },
  { path: '[0]', op: 'remove', before: '3', after: '' },
];

it.each([
  ['a line for each change', CHANGES, 0, ['.a1 → 2', '.b"<b>"', '[0]3']],
  ['how many are not listed', CHANGES.slice(0, 1), 1_234, ['.a1 → 2', '… and 1234 more']],
  ['that nothing changed', [], 0, ['Nothing changed: readers saw the same value.']],
  ['no such thing when it cannot know', [], 1, ['… and 1 more']],
])('tells %s', (_, changes, omitted, lines) => {
  const root = document.createElement('div');
  render(<ChangeList changes={changes} omitted={omitted} />, root);
  expect([...root.querySelectorAll('.change, .note')].map(({ textContent }) => textContent)).toEqual(lines);
  expect(root.querySelector('b')).toBeNull();
});
