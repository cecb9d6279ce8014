import { median } from './statistics.ts';

/** Nanoseconds per run of each contender, the median over interleaved rounds. */
export interface Op {
  readonly name: string;
  readonly ns: Readonly<Record<string, number>>;
}

const ROUNDS = 15;
/** A round of one contender lasts about so long. */
const ROUND_NS = 20e6;

/** Runs contenders in turn, round after round, so that what disturbs the machine disturbs all of them. */
export function race(name: string, contenders: Readonly<Record<string, () => unknown>>): Op {
  const entries = Object.entries(contenders);
  const counts = new Map(entries.map(([contender, run]) => [contender, calibrate(run)]));
  const times = new Map<string, number[]>(entries.map(([contender]) => [contender, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [contender, run] of entries) {
      times.get(contender)?.push(time(run, counts.get(contender) ?? 1));
    }
  }
  return { name, ns: Object.fromEntries([...times].map(([contender, ns]) => [contender, median(ns)])) };
}

function calibrate(run: () => unknown): number {
  for (let i = 0; i < 20; i++) run();
  return Math.max(1, Math.round(ROUND_NS / time(run, 20)));
}

let sink: unknown;

function time(run: () => unknown, count: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sink = run();
  const total = Number(process.hrtime.bigint() - start);
  // Kept where the engine must assume that somebody reads it, so that no run is optimised away.
  if (sink === race) throw new Error('unreachable');
  return total / count;
}
