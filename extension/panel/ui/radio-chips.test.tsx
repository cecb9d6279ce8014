// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it } from 'vitest';
import { RadioChips } from './radio-chips.js';

const root = document.createElement('div');
document.body.append(root);
const CHIPS = ['All', 'Errors', 'Cached'] as const;
let selected: (typeof CHIPS)[number];

afterEach(() => act(() => render(null, root)));

function show(chip: typeof selected): void {
  selected = chip;
  const onSelect = (picked: typeof selected): void => show(picked);
  const count = (one: typeof selected): number => (one === 'Errors' ? 1_234 : 0);
  act(() =>
    render(<RadioChips label="Show" chips={CHIPS} selected={selected} onSelect={onSelect} count={count} />, root),
  );
}
const chips = (): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('[role=radio]')];
const press = (key: string): void =>
  void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));

it('is one stop of the Tab key, at the chip that is on', () => {
  show('Errors');
  expect(chips().map(({ tabIndex }) => tabIndex)).toEqual([-1, 0, -1]);
  expect(chips().map(({ textContent }) => textContent)).toEqual(['All', 'Errors1,234', 'Cached']);
});

it.each([
  ['ArrowRight', 'All', 'Errors'],
  ['ArrowDown', 'Errors', 'Cached'],
  ['ArrowRight', 'Cached', 'All'],
  ['ArrowLeft', 'All', 'Cached'],
  ['ArrowUp', 'Cached', 'Errors'],
  ['Home', 'Cached', 'All'],
  ['End', 'All', 'Cached'],
  ['x', 'Errors', 'Errors'],
] as const)('%s leads from %s to %s', (key, from, to) => {
  show(from);
  chips()[CHIPS.indexOf(from)]?.focus();
  press(key);
  expect([selected, document.activeElement]).toEqual([to, chips()[CHIPS.indexOf(to)]]);
});

it('goes on by mouse', () => {
  show('All');
  chips()[2]?.click();
  expect(chips().map((chip) => chip.getAttribute('aria-checked'))).toEqual(['false', 'false', 'true']);
});
