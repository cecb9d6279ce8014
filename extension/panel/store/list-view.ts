import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { matchesFilter, parseFilter } from './text-filter.js';

interface ListOptions<Row, Chip extends string, Key> {
  /** Changes whenever the rows may have. */
  readonly version: ReadonlySignal<unknown>;
  readonly rows: () => readonly Row[];
  readonly keyOf: (row: Row) => Key;
  readonly textOf: (row: Row) => string;
  readonly chips: readonly Chip[];
  readonly inChip: (row: Row, chip: Chip) => boolean;
}

/** Where a list was left, so that it comes back as it was when its view is shown again. */
interface ListScroll {
  topPx: number;
  /** The list goes on with what comes at its end. */
  following: boolean;
  /** Rows when the end was last in sight. */
  seen: number;
  /** Key of the selected row that was last scrolled to. */
  revealed: unknown;
}

/** What every list of the panel has: a text filter, chips of which one is on, a selected row, and what is left to show. */
export class ListView<Row, Chip extends string, Key> {
  readonly filter: Signal<string> = signal('');
  readonly chip: Signal<Chip>;
  readonly selected: Signal<Key | undefined> = signal(undefined);
  readonly visible: ReadonlySignal<readonly Row[]>;
  readonly chips: readonly Chip[];
  readonly keyOf: (row: Row) => Key;
  readonly scroll: ListScroll = { topPx: 0, following: true, seen: 0, revealed: undefined };
  readonly #options: ListOptions<Row, Chip, Key>;

  constructor(options: ListOptions<Row, Chip, Key>) {
    this.#options = options;
    this.chips = options.chips;
    this.keyOf = options.keyOf;
    this.chip = signal(options.chips[0] as Chip);
    this.visible = computed(() => {
      options.version.value;
      const filter = parseFilter(this.filter.value);
      const chip = this.chip.value;
      return options.rows().filter((row) => options.inChip(row, chip) && matchesFilter(filter, options.textOf(row)));
    });
  }

  /** No filter, and the chip that lets everything through. */
  showAll(): void {
    this.filter.value = '';
    this.chip.value = this.chips[0] as Chip;
  }

  /** Selects a row and brings it into sight, whatever is filtered. */
  reveal(key: Key): void {
    this.showAll();
    this.scroll.revealed = undefined;
    this.selected.value = key;
  }

  /** Another page: nothing is selected, and the list begins where it would. */
  reset(): void {
    this.selected.value = undefined;
    Object.assign(this.scroll, { topPx: 0, following: true, seen: 0, revealed: undefined } satisfies ListScroll);
  }

  count(chip: Chip): number {
    this.#options.version.value;
    let count = 0;
    for (const row of this.#options.rows()) if (this.#options.inChip(row, chip)) count++;
    return count;
  }

  get total(): number {
    this.#options.version.value;
    return this.#options.rows().length;
  }
}
