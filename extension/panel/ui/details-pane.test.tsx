// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DetailsPane } from './details-pane.js';

const root = document.createElement('div');
document.body.append(root);
const TABS = [{ name: 'Data' }, { name: 'Why' }] as const;
type Tab = (typeof TABS)[number]['name'];
let closed = 0;

beforeEach(() => {
  closed = 0;
  // There is no layout here: a line of text is as tall as a line, and the body scrolls no further than its lines.
  const tops = new WeakMap<Element, number>();
  vi.spyOn(Element.prototype, 'scrollTop', 'get').mockImplementation(function (this: Element) {
    return tops.get(this) ?? 0;
  });
  vi.spyOn(Element.prototype, 'scrollTop', 'set').mockImplementation(function (this: Element, px: number) {
    tops.set(this, Math.min(px, this.querySelectorAll('p').length * 20));
  });
});
afterEach(() => {
  act(() => render(null, root));
  vi.restoreAllMocks();
});

function show(tab: Tab, lines: number): void {
  act(() =>
    render(
      <DetailsPane
        label="Details"
        tabs={TABS}
        selected={tab}
        onSelect={(name) => show(name, 0)}
        onClose={() => closed++}
      >
        {Array.from({ length: lines }, (_, i) => (
          <p key={i}>{i}</p>
        ))}
      </DetailsPane>,
      root,
    ),
  );
}
const body = (): Element => root.querySelector('.body') as Element;
const pick = (at: number): void => root.querySelectorAll<HTMLElement>('[role=tab]')[at]?.click();

it('comes back to a tab where it was left, once its value is there', async () => {
  show('Data', 50);
  body().scrollTop = 400;
  pick(1);
  expect(body().scrollTop).toBe(0);
  pick(0);
  expect(body().scrollTop).toBe(0);
  show('Data', 50);
  await vi.waitFor(() => expect(body().scrollTop).toBe(400));
  body().scrollTop = 60;
  show('Data', 51);
  expect(body().scrollTop).toBe(60);
});

it('begins another tab at its top', () => {
  show('Data', 50);
  body().scrollTop = 400;
  pick(1);
  show('Why', 50);
  expect(body().scrollTop).toBe(0);
});

it('closes from both of its buttons', () => {
  show('Why', 1);
  for (const button of root.querySelectorAll<HTMLElement>('.icon-button')) button.click();
  expect(closed).toBe(2);
});
