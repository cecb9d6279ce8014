import { MAX_TIMER_MS } from '../limits.js';
import type { Runtime } from '../runtime.js';

export interface Sweeper {
  /** Does nothing where it has been started. */
  start(): void;
  /** For good. */
  close(): void;
}

/** Calls `sweep` again and again, as long as that says that there is something left. */
export function makeSweeper(runtime: Runtime, everyMs: number, sweep: () => boolean): Sweeper {
  let isOff = everyMs > MAX_TIMER_MS;
  let timer: unknown;
  const start = (): void => {
    if (!isOff) timer ??= runtime.setTimeout(run, everyMs, true);
  };
  const run = (): void => {
    timer = undefined;
    if (sweep()) start();
  };
  return {
    start,
    close() {
      isOff = true;
      runtime.clearTimeout(timer);
    },
  };
}
