import type { Comparison } from './comparison.ts';
import type { OperationName } from './operation-name.ts';

/** A target of PERFORMANCE §6. Of its limits in nanoseconds, which depend on the machine, only the tap's are here. */
export interface Gate {
  readonly operation: OperationName;
  readonly figure: 'ratio' | 'bytes_ratio' | 'ours_ns' | 'added_ns';
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
}

export interface Verdict extends Gate {
  /** The limit with the slack. */
  readonly allowed: number;
  /** Undefined when it was not measured. */
  readonly value: number | undefined;
  readonly met: boolean;
}

/** Shared machines differ by so much between two runs (PERFORMANCE §6). */
const SLACK = 0.2;

export const GATES: readonly Gate[] = [
  faster('read.newkey', 3),
  faster('read.stable', 15),
  faster('read.fetchHit', 3),
  faster('observe', 8),
  faster('set.notify0', 6),
  faster('set.notify1', 6),
  faster('set.notify1000', 12),
  faster('invalidate.prefix', 100),
  faster('invalidate.where', 1.5),
  faster('insert/entry', 5),
  // At most 1.2 times what lru-cache takes.
  faster('insert.lru/entry', 1 / 1.2),
  faster('dedupe/call', 4),
  faster('optimistic1k', 30),
  faster('dehydrate/entry', 2),
  { operation: 'dehydrate/entry', figure: 'bytes_ratio', bound: 'at least', limit: 2 },
  faster('hydrate/entry', 3),
  faster('mem.entry', 2.7),
  // Bytes, not nanoseconds.
  { operation: 'mem.entry', figure: 'ours_ns', bound: 'at most', limit: 400 },
  faster('mem.observer', 2.2),
  { operation: 'mem.observer', figure: 'ours_ns', bound: 'at most', limit: 550 },
  { operation: 'tap.off', figure: 'added_ns', bound: 'at most', limit: 1 },
  { operation: 'tap.on', figure: 'added_ns', bound: 'at most', limit: 30 },
];

function faster(operation: OperationName, limit: number): Gate {
  return { operation, figure: 'ratio', bound: 'at least', limit };
}

/** The gates of the operations that were asked for; one whose figure is missing is not met. */
export function judge(
  ops: Readonly<Partial<Record<OperationName, Comparison>>>,
  asked: readonly OperationName[],
): readonly Verdict[] {
  return GATES.filter(({ operation }) => asked.includes(operation)).map((gate) => {
    const isFloor = gate.bound === 'at least';
    const allowed = gate.limit * (isFloor ? 1 - SLACK : 1 + SLACK);
    const value = ops[gate.operation]?.[gate.figure];
    return { ...gate, allowed, value, met: value !== undefined && (isFloor ? value >= allowed : value <= allowed) };
  });
}
