/** Where a list was left, so that it comes back as it was when its view is shown again. */
export interface ScrollMemory {
  topPx: number;
  following: boolean;
  /** Rows when the end was last in sight. */
  seen: number;
  /** Key of the selected row that was scrolled to. */
  revealed: unknown;
}

export function newScrollMemory(): ScrollMemory {
  return { topPx: 0, following: true, seen: 0, revealed: undefined };
}
