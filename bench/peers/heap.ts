import { setTimeout as sleep } from 'node:timers/promises';

/** Less than ten entries have. */
const STEADY_BYTES = 4_096;

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

/** The same once it does not fall any more: a compiler at work holds on to what it compiles, and to all that this holds. */
export async function settledBytes(): Promise<number> {
  let least = heldBytes();
  for (let steady = 0; steady < 3; ) {
    await sleep(20);
    const bytes = heldBytes();
    steady = bytes < least - STEADY_BYTES ? 0 : steady + 1;
    least = Math.min(least, bytes);
  }
  return least;
}

let kept: unknown;

/** Counts as a use of the value, so that no earlier collection may take it. */
export function keepAlive(value: unknown): void {
  kept = value;
  if (kept === keepAlive) throw new Error('unreachable');
  kept = undefined;
}
