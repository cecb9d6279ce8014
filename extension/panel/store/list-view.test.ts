import { effect, signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { ListView } from './list-view.js';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly odd: boolean;
}

function open(): { view: ListView<Row, 'All' | 'odd', number>; add(name: string): void } {
  const rows: Row[] = [];
  const version = signal(0);
  return {
    view: new ListView<Row, 'All' | 'odd', number>({
      version,
      rows: () => rows,
      keyOf: ({ id }) => id,
      textOf: ({ name }) => name,
      chips: ['All', 'odd'],
      inChip: (row, chip) => chip === 'All' || row.odd,
    }),
    add(name) {
      rows.push({ id: rows.length, name, odd: rows.length % 2 === 1 });
      version.value++;
    },
  };
}

describe('ListView', () => {
  it('shows what passes its filter and its chip', () => {
    const { view, add } = open();
    for (const name of ['ada', 'bo', 'cy', 'ada bo']) add(name);
    const names = (): string[] => view.visible.value.map(({ name }) => name);
    expect([view.chip.value, view.selected.value, names()]).toEqual(['All', undefined, ['ada', 'bo', 'cy', 'ada bo']]);
    view.filter.value = 'bo';
    expect(names()).toEqual(['bo', 'ada bo']);
    view.filter.value = 'BO -ada';
    expect(names()).toEqual(['bo']);
    view.filter.value = '';
    view.chip.value = 'odd';
    expect(names()).toEqual(['bo', 'ada bo']);
  });

  it('counts rows by chip, whatever is filtered', () => {
    const { view, add } = open();
    for (const name of ['a', 'b', 'c']) add(name);
    view.filter.value = 'nothing';
    expect([view.count('All'), view.count('odd'), view.total]).toEqual([3, 1, 3]);
  });

  it('tells whoever watches when rows come', () => {
    const { view, add } = open();
    const seen: number[] = [];
    const stop = effect(() => void seen.push(view.visible.value.length + view.count('odd') * 10 + view.total * 100));
    add('a');
    add('b');
    stop();
    add('c');
    expect(seen).toEqual([0, 101, 212]);
  });
});
