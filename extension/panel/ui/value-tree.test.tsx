// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt, valuePage } from '../../agent/value-page.js';
import { type ValuePage, ValueTree } from './value-tree.js';

let root: HTMLElement;
let asked: string[];

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
  asked = [];
});
afterEach(() => {
  act(() => render(null, root));
  root.remove();
});

/** As the agent would answer: two levels, a hundred children. */
function pageOf(value: unknown, path: readonly number[], offset: number): ValuePage {
  const found = valueAt(value, path);
  return found === undefined ? { gone: 'released' } : { node: valuePage(found.value, offset), offset };
}

const settle = (): Promise<void> => act(async () => undefined);

async function show(value: unknown, source = 'a'): Promise<void> {
  const load = async (path: readonly number[], offset: number): Promise<ValuePage> => {
    asked.push(`${source} [${path.join()}] ${offset}`);
    return pageOf(value, path, offset);
  };
  act(() => render(<ValueTree source={source} load={load} />, root));
  await settle();
}

const lines = (): string[] => [...root.querySelectorAll('.line')].map(({ textContent }) => textContent ?? '');
const lineOf = (name: string): HTMLElement => {
  const found = [...root.querySelectorAll<HTMLElement>('.line')].find(
    (line) => line.querySelector('.k')?.textContent === name,
  );
  if (found === undefined) throw new Error(`no line ${name} among ${lines().join('; ')}`);
  return found;
};
async function click(target: HTMLElement | null): Promise<void> {
  act(() => target?.click());
  await settle();
}
async function press(name: string, key: string): Promise<void> {
  act(() => void lineOf(name).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
  await settle();
}
const more = (): HTMLElement | null => root.querySelector<HTMLElement>('.more');

const VALUE = { a: 1, deep: { x: { y: { z: 5 } } }, list: [1, 2] };

describe('ValueTree', () => {
  it('asks for one page, and shows its first level', async () => {
    await show(VALUE);
    expect(lines()).toEqual(['a: 1', '▸deep: {x: {y: {…}}}', '▸list: [1, 2]']);
    expect(asked).toEqual(['a [] 0']);
  });

  it('asks for a level only when it is opened and not there yet', async () => {
    await show(VALUE);
    await click(lineOf('deep'));
    expect(asked).toHaveLength(1);
    await click(lineOf('x'));
    expect(asked).toEqual(['a [] 0', 'a [1,0] 0']);
    await click(lineOf('y'));
    expect([lines(), asked.length]).toEqual([
      ['a: 1', '▾deep: {x: {y: {…}}}', '▾x: {y: {z: 5}}', '▾y: {z: 5}', 'z: 5', '▸list: [1, 2]'],
      2,
    ]);
    await click(lineOf('x'));
    await click(lineOf('x'));
    expect([lines().length, asked.length]).toEqual([5, 2]);
  });

  it('opens and closes by keyboard', async () => {
    await show(VALUE);
    await press('list', 'ArrowRight');
    expect(lines()).toContain('0: 1');
    await press('list', 'ArrowRight');
    await press('list', 'x');
    expect(lines()).toContain('0: 1');
    await press('list', 'ArrowLeft');
    expect(lines()).not.toContain('0: 1');
    await press('list', 'Enter');
    expect([lineOf('list').getAttribute('aria-expanded'), lineOf('a').getAttribute('aria-expanded')]).toEqual([
      'true',
      null,
    ]);
  });

  it('is walked with the arrow keys, and is one stop of the Tab key', async () => {
    await show(VALUE);
    const focused = (): string | undefined => document.activeElement?.querySelector('.k')?.textContent ?? undefined;
    const go = async (...keys: readonly string[]): Promise<string | undefined> => {
      for (const key of keys) {
        act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
        await settle();
      }
      return focused();
    };
    const stops = (): string[] => [...root.querySelectorAll('[tabindex="0"] > .k')].map((k) => k.textContent ?? '');
    expect(stops()).toEqual(['a']);
    lineOf('a').focus();
    expect(await go('ArrowUp')).toBe('a');
    expect(await go('ArrowDown')).toBe('deep');
    expect(await go('ArrowRight', 'ArrowRight')).toBe('x');
    expect(await go('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight')).toBe('z');
    expect(await go('ArrowLeft')).toBe('y');
    expect(await go('End')).toBe('list');
    expect(await go('ArrowDown')).toBe('list');
    expect(await go('ArrowLeft')).toBe('list');
    expect(await go('Home', 'ArrowDown', 'ArrowLeft')).toBe('deep');
    expect([lines().length, stops()]).toEqual([3, ['deep']]);
  });

  it('has a stop of the Tab key for a plain value as well', async () => {
    await show(5);
    expect(root.querySelector('[role=treeitem]')?.getAttribute('tabindex')).toBe('0');
  });

  it('shows a long list by the hundred', async () => {
    await show(Array.from({ length: 250 }, (_, i) => i));
    expect([lines().length, more()?.textContent]).toEqual([100, '150 more…']);
    await click(more());
    await click(more());
    expect([lines().length, lines().at(-1), more()]).toEqual([250, '249: 249', null]);
    expect(asked).toEqual(['a [] 0', 'a [] 100', 'a [] 200']);
  });

  it.each([
    ['a text', 'two\nlines', '"two\\nlines"'],
    ['a long text', 'x'.repeat(5_000), `"${'x'.repeat(4_095)}…" 5000 characters`],
    ['markup', '<img src=x onerror=alert(1)>', '"<img src=x onerror=alert(1)>"'],
    ['a date', new Date(0), 'Date 1970-01-01T00:00:00.000Z'],
    ['bytes', new Uint8Array(), 'Bytes Bytes(0)'],
    ['nothing', undefined, 'undefined'],
    ['an empty object', {}, '{}'],
  ])('shows %s as one line of text', async (_, value, text) => {
    await show(value);
    expect([root.textContent, root.querySelector('img')]).toEqual([text, null]);
  });

  it('says why there is no value', async () => {
    act(() => render(<ValueTree source="x" load={async () => ({ gone: 'It was released.' })} />, root));
    await settle();
    expect(root.textContent).toBe('It was released.');
    await show({ a: 1 }, 'next');
    expect(lines()).toEqual(['a: 1']);
  });

  it('says it where a nested value, or the rest of a list, is gone', async () => {
    const value = { deep: { x: { y: { z: 5 } } }, list: Array.from({ length: 150 }, (_, i) => i) };
    let released = false;
    const load = async (path: readonly number[], offset: number): Promise<ValuePage> =>
      released ? { gone: 'It was released.' } : pageOf(value, path, offset);
    act(() => render(<ValueTree source="a" load={load} />, root));
    await settle();
    for (const name of ['deep', 'list']) await click(lineOf(name));
    released = true;
    await click(lineOf('x'));
    expect(root.querySelectorAll('.note')).toHaveLength(1);
    await click(more());
    expect([...root.querySelectorAll('.note')].map(({ textContent }) => textContent)).toEqual([
      'It was released.',
      'It was released.',
    ]);
    await show({ a: 1 }, 'next');
    expect(lines()).toEqual(['a: 1']);
  });

  it('shows another value in its place, with nothing left of the one before', async () => {
    const first = { item: { inner: { leaf: { n: 'first' } } }, list: Array.from({ length: 150 }, (_, i) => `a${i}`) };
    const second = { item: { inner: { leaf: { n: 'second' } } }, list: Array.from({ length: 120 }, (_, i) => `b${i}`) };
    await show(first, 'first');
    for (const name of ['item', 'inner', 'list']) await click(lineOf(name));
    await click(more());
    expect(root.textContent).toContain('first');
    await show(second, 'second');
    expect(root.textContent).not.toContain('first');
    expect(root.textContent).not.toContain('"a1');
    expect(lineOf('leaf').textContent).toContain('second');
    await show(
      Array.from({ length: 150 }, (_, i) => `c${i}`),
      'third',
    );
    await click(more());
    await show(
      Array.from({ length: 150 }, (_, i) => `d${i}`),
      'fourth',
    );
    expect([lines().length, root.textContent?.includes('"c')]).toEqual([100, false]);
  });

  it('takes no late answer for the value that is shown now', async () => {
    let answer: (page: ValuePage) => void = () => undefined;
    const late = (): Promise<ValuePage> => new Promise((resolve) => (answer = resolve));
    act(() => render(<ValueTree source="slow" load={late} />, root));
    expect(root.textContent).toBe('…');
    await show({ fast: 1 }, 'fast');
    answer(pageOf({ slow: 1 }, [], 0));
    await settle();
    expect(lines()).toEqual(['fast: 1']);
  });
});
