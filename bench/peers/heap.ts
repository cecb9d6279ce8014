/** Needs `--expose-gc`. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc');
  globalThis.gc();
}

/** Bytes in use once everything that can go has gone. */
export function heldBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

let kept: unknown;

/** Counts as a use of the value, so that no earlier collection may take it. */
export function keepAlive(value: unknown): void {
  kept = value;
  if (kept === keepAlive) throw new Error('unreachable');
  kept = undefined;
}
