/** Where an arrow key, Home or End leads in a row of `count` choices, round at its ends; undefined for other keys. */
function arrowStep(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowLeft':
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

/** Selects and focuses the choice that the key leads to, in the row of such choices that listens. */
export function stepByKey<Name extends string>(
  event: KeyboardEvent,
  role: 'radio' | 'tab',
  names: readonly Name[],
  selected: Name,
  onSelect: (name: Name) => void,
): void {
  const to = arrowStep(event.key, names.indexOf(selected), names.length);
  const name = to === undefined ? undefined : names[to];
  if (to === undefined || name === undefined) return;
  event.preventDefault();
  onSelect(name);
  (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(`[role=${role}]`)[to]?.focus();
}
