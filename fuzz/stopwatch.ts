import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Longest time that any small input may take (QUALITY §2). */
const MAX_MS = 5;
/** An input slower than this is worth a look at what it allocates: ordinary ones take microseconds. */
const SUSPICIOUS_MS = 0.5;
const REPEATS = 3;
const RUNS = 16;

/** The engine's own collector, which it gives away on demand. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Measures what broke a bound again before it counts: another process may have had the core. */
export class Stopwatch {
  readonly #gc = exposedGc();

  /** Returns what is wrong, if anything. `tookMs`: of the first run. */
  judge(run: () => unknown, tookMs: number, sizeBytes: number, always = false): string | undefined {
    if (tookMs > MAX_MS) {
      const leastMs = Math.min(...Array.from({ length: REPEATS }, () => timeOf(run)));
      if (leastMs > MAX_MS) return `takes ${leastMs.toFixed(1)} ms, at most ${MAX_MS} are allowed`;
    }
    if (!always && tookMs < SUSPICIOUS_MS) return undefined;
    const allowedBytes = 64 * sizeBytes + 64 * 1024;
    for (let i = 0; i < REPEATS; i++) if (this.#allocated(run) <= allowedBytes) return undefined;
    return `allocates ${this.#allocated(run)} bytes for ${sizeBytes}, at most ${allowedBytes} are allowed`;
  }

  /** Garbage counts as well: what a refused message has allocated was allocated all the same. */
  #allocated(run: () => unknown): number {
    const kept: unknown[] = [];
    this.#gc();
    const before = allocatedBytes();
    // Several times, since the engine's own bookkeeping comes to some 100 KB once in a while.
    for (let i = 0; i < RUNS; i++) kept[i] = run();
    return Math.round((allocatedBytes() - before) / kept.length);
  }
}

function allocatedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function timeOf(run: () => unknown): number {
  const startedMs = performance.now();
  run();
  return performance.now() - startedMs;
}
