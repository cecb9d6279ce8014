import { stepByKey } from './arrow-keys.js';
import { formatCount } from './format.js';

interface RadioChipsProps<Chip extends string> {
  readonly label: string;
  readonly chips: readonly Chip[];
  readonly selected: Chip;
  onSelect(chip: Chip): void;
  /** Shown beside the chip unless it is 0. */
  readonly count: (chip: Chip) => number;
}

/** One of a few choices: a single stop of the Tab key, and the arrows move within. */
export function RadioChips<Chip extends string>({ label, chips, selected, onSelect, count }: RadioChipsProps<Chip>) {
  const onKeyDown = (event: KeyboardEvent): void => stepByKey(event, 'radio', chips, selected, onSelect);
  return (
    <div class="chips" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {chips.map((chip) => {
        const held = count(chip);
        return (
          <button
            key={chip}
            type="button"
            role="radio"
            class="chip"
            aria-checked={chip === selected}
            tabIndex={chip === selected ? 0 : -1}
            onClick={() => onSelect(chip)}
          >
            {chip}
            {held > 0 ? <span class="count">{formatCount(held)}</span> : null}
          </button>
        );
      })}
    </div>
  );
}
