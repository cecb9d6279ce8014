// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newScrollMemory, type ScrollMemory } from './scroll-memory.js';
import { VirtualList } from './virtual-list.js';

const HEIGHT = 420;
const ROW = 21;
const HEAD = 20;

let root: HTMLElement;
let width = 1_000;
let selected: number | undefined;
let keys: string[];
let rendered: number;
let scroll: ScrollMemory;

interface Row {
  readonly id: number;
}

beforeEach(() => {
  // There is no layout here: an element is as tall as its style says, and the scroller as the panel would make it.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockImplementation(() => HEIGHT);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockImplementation(() => width);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockImplementation(() => HEAD);
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return HEAD + Number.parseFloat(this.querySelector<HTMLElement>('.rows')?.style.height ?? '0');
  });
  root = document.createElement('div');
  document.body.append(root);
  [width, selected, keys] = [1_000, undefined, []];
  scroll = newScrollMemory();
});
afterEach(() => {
  act(() => render(null, root));
  root.remove();
  vi.restoreAllMocks();
});

function show(count: number, from = 0): void {
  rendered = 0;
  const rows: Row[] = Array.from({ length: count }, (_, i) => ({ id: from + i }));
  const update = (): void => {
    act(() =>
      render(
        <VirtualList<Row, number>
          label="Calls"
          columns={[
            { title: 'Name', width: '1fr' },
            { title: 'Size', width: '60px', align: 'right', fromPx: 400, hint: 'bytes' },
          ]}
          rows={rows}
          keyOf={(row) => row.id}
          rowClass={(row) => (row.id === 3 ? 'third' : '')}
          cells={(row) => {
            rendered++;
            return [`row ${row.id}`, row.id * 2];
          }}
          selected={selected}
          scroll={scroll}
          onSelect={(key) => {
            selected = key;
            update();
          }}
          onKey={(key, row) => keys.push(`${key} ${row.id}`)}
          empty={<p>Nothing yet</p>}
        />,
        root,
      ),
    );
  };
  update();
}

function scroller(): HTMLElement {
  const found = root.querySelector<HTMLElement>('.scroller');
  if (found === null) throw new Error('no scroller');
  return found;
}
const shown = (): number[] =>
  [...root.querySelectorAll('[data-key]')].map((row) => Number(row.getAttribute('data-key')));
function press(key: string, more: KeyboardEventInit = {}): void {
  act(() => void scroller().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more })));
}
function scrollTo(top: number): void {
  act(() => {
    scroller().scrollTop = top;
    scroller().dispatchEvent(new Event('scroll'));
  });
}
const unseen = (): string | undefined => root.querySelector('.unseen')?.textContent ?? undefined;

describe('VirtualList', () => {
  it('renders only what is in sight of a hundred thousand rows', () => {
    show(100_000);
    expect(shown().length).toBeLessThan(60);
    expect(rendered).toBeLessThan(300);
    expect(scroller().getAttribute('aria-rowcount')).toBe('100001');
    for (const top of [0, 1_000_000, 2_000_000]) {
      scrollTo(top);
      const first = Math.floor(top / ROW);
      expect(shown()).toContain(first);
      expect(shown()).toContain(Math.min(first + HEIGHT / ROW - 1, 99_999));
      expect(shown().length).toBeLessThan(60);
    }
  });

  it('puts each row where it belongs', () => {
    show(100);
    scrollTo(0);
    const row = root.querySelector<HTMLElement>('[data-key="3"]');
    expect(row?.style.transform).toBe(`translateY(${3 * ROW}px)`);
    expect([row?.getAttribute('aria-rowindex'), row?.id, row?.className.split(/\s+/).sort()]).toEqual([
      ...['5', 'row-3'],
      ['odd', 'row', 'third'],
    ]);
    expect(row?.textContent).toBe('row 36');
    expect(root.querySelector<HTMLElement>('.rows')?.style.height).toBe(`${100 * ROW}px`);
  });

  it('shows what to do when there is nothing', () => {
    show(0);
    expect([root.querySelector('.empty')?.textContent, shown()]).toEqual(['Nothing yet', []]);
    press('ArrowDown');
    press('End');
    expect(selected).toBeUndefined();
    show(3);
    expect([root.querySelector('.empty'), shown()]).toEqual([null, [0, 1, 2]]);
  });

  it('leaves out columns that it is too narrow for', () => {
    width = 300;
    show(3);
    expect([...root.querySelectorAll('[role=columnheader]')].map(({ textContent }) => textContent)).toEqual(['Name']);
    expect(root.querySelectorAll('[data-key="1"] [role=gridcell]')).toHaveLength(1);
  });

  it('moves the selection by keyboard, and keeps within the list', () => {
    show(1_000);
    const after = (key: string): number | undefined => {
      press(key);
      return selected;
    };
    expect(['ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowUp'].map(after)).toEqual([0, 1, 0, 0, 0]);
    expect(['End', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'PageUp', 'PageDown'].map(after)).toEqual([
      ...[999, 999, 980, 999, 0, 0, 19],
    ]);
  });

  it('begins at the newest row when moved up without a selection', () => {
    show(50);
    press('ArrowUp');
    expect(selected).toBe(49);
  });

  it('brings the selected row into sight', () => {
    show(1_000);
    scrollTo(0);
    press('Home');
    press('PageDown');
    press('PageDown');
    const top = 38 * ROW;
    expect(scroller().scrollTop).toBe(top + ROW - HEIGHT + HEAD);
    press('Home');
    expect(scroller().scrollTop).toBe(0);
  });

  it('hands on other keys with their row, and none that is a shortcut of the browser', () => {
    show(10);
    press('Enter');
    press('ArrowDown');
    press('Enter');
    press('r', { ctrlKey: true });
    press('toString');
    expect(keys).toEqual(['Enter 0', 'toString 0']);
  });

  it('selects by mouse', () => {
    show(10);
    act(() => void root.querySelector('[data-key="4"]')?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true })));
    expect(selected).toBe(4);
    expect(root.querySelector('[aria-selected=true]')?.getAttribute('data-key')).toBe('4');
    expect(scroller().getAttribute('aria-activedescendant')).toBe('row-4');
  });

  it('comes back as it was left, with what came meanwhile counted', () => {
    show(1_000);
    selected = 20;
    show(1_000);
    scrollTo(5_000);
    act(() => render(null, root));
    show(1_010);
    expect([scroller().scrollTop, unseen()]).toEqual([5_000, '▼ 10 new']);
    expect(shown()).toContain(Math.floor(5_000 / ROW));
    act(() => render(null, root));
    selected = 700;
    show(1_010);
    expect(scroller().scrollTop).toBe(701 * ROW - HEIGHT + HEAD);
  });

  it('comes back at its end when it followed it', () => {
    show(1_000);
    act(() => render(null, root));
    show(2_000);
    expect([scroller().scrollTop, unseen()]).toEqual([HEAD + 2_000 * ROW, undefined]);
  });

  it('follows its tail until somebody scrolls up, and counts what came meanwhile', () => {
    show(100);
    const bottom = (count: number): number => count * ROW + HEAD;
    expect(scroller().scrollTop).toBe(bottom(100));
    scrollTo(bottom(100) - HEIGHT);
    show(150);
    expect([scroller().scrollTop, unseen()]).toEqual([bottom(150), undefined]);
    scrollTo(500);
    show(180);
    expect([scroller().scrollTop, unseen()]).toEqual([500, '▼ 30 new']);
    act(() => root.querySelector<HTMLElement>('.unseen')?.click());
    expect([scroller().scrollTop, unseen()]).toEqual([bottom(180), undefined]);
    show(200);
    expect(scroller().scrollTop).toBe(bottom(200));
  });
});
