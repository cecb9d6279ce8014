/** What every library is filled with: 100 methods of 100 sets of arguments (PERFORMANCE §2). */
export const METHODS = 100;
export const ENTRIES = 10_000;

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly n: number;
  readonly tags: readonly string[];
  readonly at: number;
}

export interface Row {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  readonly rank: number;
  readonly owner: { readonly id: number; readonly name: string };
}

export function methodOf(index: number): number {
  return index % METHODS;
}

export function argumentOf(index: number): number {
  return Math.floor(index / METHODS);
}

export function makeItem(id: number, n = 0): Item {
  return { id, name: `item ${id}`, n, tags: ['a', 'b'], at: 1_700_000_000_000 + id };
}

export function makeRows(): readonly Row[] {
  return Array.from({ length: 1_000 }, (_, id) => {
    const owner = { id: id % 10, name: `u${id % 10}` };
    return { id, title: `todo ${id}`, done: false, rank: id, owner };
  });
}

/** The optimistic edit, the same for all: one copy of the list, one of the row. */
export function retitled(rows: readonly Row[], row: number, title: string): readonly Row[] {
  const next = rows.slice();
  next[row] = { ...(next[row] as Row), title };
  return next;
}
