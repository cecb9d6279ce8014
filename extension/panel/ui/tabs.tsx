import type { ComponentChildren } from 'preact';
import { stepByKey } from './arrow-keys.js';

export interface TabItem<Name extends string> {
  readonly name: Name;
  readonly count?: ComponentChildren;
  /** A dot says that something there failed. */
  readonly alert?: boolean;
}

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly items: readonly TabItem<Name>[];
  readonly selected: Name;
  onSelect(name: Name): void;
}

export function Tabs<Name extends string>({ label, items, selected, onSelect }: TabsProps<Name>) {
  const names = items.map(({ name }) => name);
  const onKeyDown = (event: KeyboardEvent): void => stepByKey(event, 'tab', names, selected, onSelect);
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {items.map(({ name, count, alert }) => (
        <button
          key={name}
          type="button"
          role="tab"
          class="tab"
          aria-selected={name === selected}
          tabIndex={name === selected ? 0 : -1}
          onClick={() => onSelect(name)}
        >
          {name}
          {count === undefined ? null : <span class="count">{count}</span>}
          {alert === true ? <i class="dot" role="img" aria-label="something failed" /> : null}
        </button>
      ))}
    </div>
  );
}
