import type { ComponentChildren } from 'preact';
import { arrowStep } from './arrow-step.js';

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
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = items.findIndex(({ name }) => name === selected);
    const to = arrowStep(event.key, at, items.length);
    const next = to === undefined ? undefined : items[to];
    if (to === undefined || next === undefined) return;
    event.preventDefault();
    onSelect(next.name);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
  };
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
