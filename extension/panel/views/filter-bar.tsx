import type { ListView } from '../store/list-view.js';
import { Icon } from '../ui/icon-button.js';
import { RadioChips } from '../ui/radio-chips.js';

interface FilterBarProps<Row, Chip extends string, Key> {
  readonly list: ListView<Row, Chip, Key>;
  /** What the text filters, in words: a narrow window has no room for them in the field itself. */
  readonly label: string;
  /** Chips that say how many they hold. */
  readonly counted: readonly Chip[];
}

/** Text filter and chips of one list. `Esc` clears the text. */
export function FilterBar<Row, Chip extends string, Key>(props: FilterBarProps<Row, Chip, Key>) {
  const { list, label, counted } = props;
  return (
    <div class="bar filters">
      <label class="filter">
        <Icon name="search" />
        <input
          type="search"
          class="mono"
          placeholder="Filter"
          aria-label={label}
          spellcheck={false}
          value={list.filter.value}
          onInput={(event) => {
            list.filter.value = event.currentTarget.value;
          }}
        />
      </label>
      <RadioChips
        label="Show"
        chips={list.chips}
        selected={list.chip.value}
        onSelect={(chip) => {
          list.chip.value = chip;
        }}
        count={(chip) => (counted.includes(chip) ? list.count(chip) : 0)}
      />
    </div>
  );
}
