import type { ComponentChildren } from 'preact';

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
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const at = items.findIndex(({ name }) => name === selected) + step;
    const next = items[(at + items.length) % items.length];
    if (next === undefined) return;
    onSelect(next.name);
    const tabs = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]');
    tabs[(at + items.length) % items.length]?.focus();
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
