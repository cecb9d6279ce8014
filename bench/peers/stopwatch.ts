import { median } from '../statistics.ts';
import { collectGarbage } from './heap.ts';

const WARM_UP_NS = 200e6;
const WARM_UP_CALLS = 30_000;
const WARM_UP_CHUNK_NS = 4e6;
const BATCHES = 12;
const BATCH_NS = 10e6;
/** Of something that takes milliseconds: until its 200 ms or as many runs it is the compiler that is measured. */
const MIN_WARM_UP_RUNS = 3;
const MAX_WARM_UP_RUNS = 30;
/** Where one batch takes long, fewer of them have to do. */
const PATIENCE_MS = 4_000;

/** CPU time of the process with all its threads, so that GC and JIT count and preemption by others does not. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

/** Median nanoseconds of one call. */
export function timeCalls(run: () => unknown): Promise<number> {
  return timeBatches((count) => {
    // What a call returns is looked at, so that none of them is optimised away.
    for (let i = 0; i < count; i++) if (run() === timeCalls) throw new Error('unreachable');
  });
}

/** The same of calls that are awaited one after another. */
export function timeAwaited(run: () => Promise<unknown>): Promise<number> {
  return timeBatches(async (count) => {
    for (let i = 0; i < count; i++) await run();
  });
}

async function timeBatches(runBatch: (count: number) => void | Promise<void>): Promise<number> {
  const time = async (count: number): Promise<number> => {
    const start = cpuNs();
    await runBatch(count);
    return (cpuNs() - start) / count;
  };
  let count = await warmUp(time);
  const times: number[] = [];
  const endMs = Date.now() + PATIENCE_MS;
  while (times.length < BATCHES && (times.length < 3 || Date.now() < endMs)) {
    times.push(await time(count));
    // The first batches tell best how fast it has become.
    if (times.length === 2) count = batchSize(times[1]);
  }
  return median(times);
}

async function warmUp(time: (count: number) => Promise<number>): Promise<number> {
  const start = cpuNs();
  let perCallNs = 1;
  for (let calls = 0, count = 1; cpuNs() - start < WARM_UP_NS && calls < WARM_UP_CALLS; calls += count) {
    if (calls > 0 && count < 4_096 && perCallNs * count < WARM_UP_CHUNK_NS) count *= 2;
    perCallNs = await time(count);
  }
  return batchSize(perCallNs);
}

function batchSize(perCallNs = 1): number {
  return Math.max(1, Math.min(1e6, Math.round(BATCH_NS / Math.max(perCallNs, 10))));
}

/** One thing that takes milliseconds, each time in a state of its own. Only `run` is timed. */
export interface Repeated<S> {
  readonly repetitions: number;
  setUp(): S;
  run(state: S): unknown;
  /** Throws when what was measured did not do what it should. */
  check?(state: S): void | Promise<void>;
  tearDown?(state: S): void;
}

/** Median nanoseconds of one run, after a few that do not count. */
export async function timeRepeated<S>(repeated: Repeated<S>): Promise<number> {
  const times: number[] = [];
  let warmUpRuns = 0;
  let warmUpNs = 0;
  const endMs = Date.now() + PATIENCE_MS;
  while (times.length < repeated.repetitions && (times.length < 3 || Date.now() < endMs)) {
    const state = repeated.setUp();
    collectGarbage();
    const start = cpuNs();
    await repeated.run(state);
    const runNs = cpuNs() - start;
    await repeated.check?.(state);
    repeated.tearDown?.(state);
    const isWarm = warmUpRuns >= MIN_WARM_UP_RUNS && (warmUpNs >= WARM_UP_NS || warmUpRuns >= MAX_WARM_UP_RUNS);
    if (isWarm) times.push(runNs);
    warmUpRuns++;
    warmUpNs += runNs;
  }
  return median(times);
}
