import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Longest time that any small input may take (QUALITY §2). */
const MAX_MS = 5;
/** An input slower than this is worth a look at what it allocates: ordinary ones take microseconds. */
const SUSPICIOUS_MS = 0.5;
const REPEATS = 3;
const RUNS = 16;

/** Collects all, or young objects alone, which is a hundred times as cheap. */
type Gc = (options?: { readonly type: 'minor' }) => void;

/** The engine's own collector, which it gives away on demand. */
function exposedGc(): Gc {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Gc;
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
    if (this.#certainlyAllocatesAtMost(allowedBytes, run)) return undefined;
    // What that has left behind is garbage only now, and would else be collected while the next is measured.
    this.#gc();
    for (let i = 0; i < REPEATS; i++) if (this.#allocated(run) <= allowedBytes) return undefined;
    return `allocates ${this.#allocated(run)} bytes for ${sizeBytes}, at most ${allowedBytes} are allowed`;
  }

  /** Tells of most inputs without a collection of all. What is collected meanwhile would be missing: then nothing is certain. */
  #certainlyAllocatesAtMost(bytes: number, run: () => unknown): boolean {
    this.#gc({ type: 'minor' });
    const profiler = new GCProfiler();
    profiler.start();
    const allocated = allocatedBy(run);
    return profiler.stop().statistics.length === 0 && allocated <= bytes;
  }

  #allocated(run: () => unknown): number {
    this.#gc();
    return allocatedBy(run);
  }
}

/** Garbage counts as well: what a refused message has allocated was allocated all the same. */
function allocatedBy(run: () => unknown): number {
  const kept: unknown[] = [];
  const before = allocatedBytes();
  // Several times, since the engine's own bookkeeping comes to some 100 KB once in a while.
  for (let i = 0; i < RUNS; i++) kept[i] = run();
  return Math.round((allocatedBytes() - before) / kept.length);
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
