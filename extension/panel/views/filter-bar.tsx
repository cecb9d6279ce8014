import type { ListView } from '../store/list-view.js';
import { formatCount } from '../ui/format.js';
import { Icon } from '../ui/icon-button.js';

interface FilterBarProps<Row, Chip extends string, Key> {
  readonly list: ListView<Row, Chip, Key>;
  readonly placeholder: string;
  /** Chips that say how many they hold. */
  readonly counted: readonly Chip[];
}

/** Text filter and chips of one list. `Esc` clears the text. */
export function FilterBar<Row, Chip extends string, Key>(props: FilterBarProps<Row, Chip, Key>) {
  const { list, placeholder, counted } = props;
  return (
    <div class="bar filters">
      <label class="filter">
        <Icon name="search" />
        <input
          type="search"
          class="mono"
          placeholder={placeholder}
          aria-label={placeholder}
          spellcheck={false}
          value={list.filter.value}
          onInput={(event) => {
            list.filter.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="chips" role="radiogroup" aria-label="Show">
        {list.chips.map((chip) => {
          const count = counted.includes(chip) ? list.count(chip) : 0;
          return (
            <button
              key={chip}
              type="button"
              role="radio"
              class="chip"
              aria-checked={list.chip.value === chip}
              onClick={() => {
                list.chip.value = chip;
              }}
            >
              {chip}
              {count > 0 ? <span class="count">{formatCount(count)}</span> : null}
            </button>
          );
        })}
      </div>
    </div>
  );
}
