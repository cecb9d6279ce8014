import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
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

/** Tabs over a pane of details, each of which comes back where it was left. Where the pane covers the list, the way back stands first. */
export function DetailsPane<Name extends string>({
  label,
  tabs,
  selected,
  onSelect,
  onClose,
  children,
}: DetailsPaneProps<Name>) {
  const body = useRef<HTMLDivElement>(null);
  const { current: topsPx } = useRef(new Map<Name, number>());
  useLayoutEffect(() => {
    const element = body.current;
    const topPx = topsPx.get(selected) ?? 0;
    if (element === null) return;
    element.scrollTop = topPx;
    if (element.scrollTop >= topPx) return;
    // A value is fetched from the page first, and there is nothing to scroll before.
    const observer = new MutationObserver(() => {
      observer.disconnect();
      element.scrollTop = topPx;
    });
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [selected]);
  const select = (name: Name): void => {
    topsPx.set(selected, body.current?.scrollTop ?? 0);
    onSelect(name);
  };
  return (
    <>
      <div class="bar">
        <span class="only-over">
          <IconButton icon="back" label="Back to the list (Esc)" onClick={onClose} />
        </span>
        <Tabs label={label} items={tabs} selected={selected} onSelect={select} />
        <span class="grow" />
        <span class="not-over">
          <IconButton icon="close" label="Close details (Esc)" onClick={onClose} />
        </span>
      </div>
      <div class="body" ref={body} role="tabpanel" aria-label={selected}>
        {children}
      </div>
    </>
  );
}
