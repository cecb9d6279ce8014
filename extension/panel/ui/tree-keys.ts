/** What the arrow keys do in a tree whose visible items are all in the document, each with its level and state. */
export function treeKey(tree: HTMLElement, item: HTMLElement, key: string): boolean {
  const items = [...tree.querySelectorAll<HTMLElement>('[role=treeitem]')];
  const at = items.indexOf(item);
  const expanded = item.getAttribute('aria-expanded');
  switch (key) {
    case 'ArrowDown':
      return focusItem(items, items[at + 1]);
    case 'ArrowUp':
      return focusItem(items, items[at - 1]);
    case 'Home':
      return focusItem(items, items[0]);
    case 'End':
      return focusItem(items, items.at(-1));
    case 'ArrowRight':
      if (expanded === 'false') item.click();
      else if (expanded === 'true') focusItem(items, childOf(items, at));
      return true;
    case 'ArrowLeft':
      if (expanded === 'true') item.click();
      else
        focusItem(
          items,
          items.slice(0, at).findLast((other) => levelOf(other) < levelOf(item)),
        );
      return true;
    default:
      return false;
  }
}

/** Makes it the one that the Tab key comes to. Preact leaves the attribute alone, since to it nothing has changed. */
export function takeTabStop(items: Iterable<HTMLElement>, target: HTMLElement): void {
  for (const item of items) item.tabIndex = item === target ? 0 : -1;
}

function focusItem(items: readonly HTMLElement[], target: HTMLElement | undefined): boolean {
  if (target !== undefined) {
    takeTabStop(items, target);
    target.focus();
  }
  return true;
}

function childOf(items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  const [item, next] = [items[at], items[at + 1]];
  return item !== undefined && next !== undefined && levelOf(next) > levelOf(item) ? next : undefined;
}

function levelOf(item: HTMLElement): number {
  return Number(item.getAttribute('aria-level'));
}
