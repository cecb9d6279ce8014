import type { ComponentChildren } from 'preact';
import { IconButton } from './icon-button.js';
import { type TabItem, Tabs } from './tabs.js';

interface DetailsPaneProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly TabItem<Name>[];
  readonly selected: Name;
  onSelect(name: Name): void;
  onClose(): void;
  /** What the selected tab shows. */
  readonly children: ComponentChildren;
}

/** Tabs over a pane of details. Where the pane covers the list, the way back stands first. */
export function DetailsPane<Name extends string>({
  label,
  tabs,
  selected,
  onSelect,
  onClose,
  children,
}: DetailsPaneProps<Name>) {
  return (
    <>
      <div class="bar">
        <span class="only-over">
          <IconButton icon="back" label="Back to the list (Esc)" onClick={onClose} />
        </span>
        <Tabs label={label} items={tabs} selected={selected} onSelect={onSelect} />
        <span class="grow" />
        <span class="not-over">
          <IconButton icon="close" label="Close details (Esc)" onClick={onClose} />
        </span>
      </div>
      <div class="body" role="tabpanel" aria-label={selected}>
        {children}
      </div>
    </>
  );
}
