import { isOperationName, OPERATION_NAMES } from './peers/operation-name.ts';
import type { PeersOptions } from './peers/run-peers.ts';

const PARTS = ['peers', 'codec', 'tap', 'ws'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  /** One object on stdout, and nothing else there. */
  readonly json: boolean;
  readonly peers: PeersOptions;
  /** Holds the peers' figures against PERFORMANCE §6. */
  readonly gates: boolean;
}

/** The flags as they are written. */
export interface BenchFlags {
  readonly json: boolean;
  readonly gates: boolean;
  readonly rounds: string;
  /** Names with commas between them. Default: all. */
  readonly ops?: string;
}

/** Without any part named: all of them, or the peers alone where a flag is for them. @throws Error that names the argument. */
export function parseBenchOptions(named: readonly string[], { json, gates, rounds, ops }: BenchFlags): BenchOptions {
  const operations = ops?.split(',') ?? OPERATION_NAMES;
  check(named, isPart, 'part', PARTS);
  check(operations, isOperationName, 'op', OPERATION_NAMES);
  if (!/^[1-9]\d?$/.test(rounds)) throw new Error(`--rounds is ${rounds}, expected a whole number from 1 to 99`);
  const parts =
    named.length > 0 ? named.filter(isPart) : json || gates || ops !== undefined ? PARTS.slice(0, 1) : PARTS;
  if ((gates || ops !== undefined) && !parts.includes('peers')) throw new Error('--gates and --ops are for peers');
  return {
    parts,
    json,
    gates,
    peers: { operations: OPERATION_NAMES.filter((name) => operations.includes(name)), rounds: Number(rounds) },
  };
}

function check(names: readonly string[], isKnown: (name: string) => boolean, what: string, known: readonly string[]) {
  const unknown = names.filter((name) => !isKnown(name));
  if (unknown.length > 0) throw new Error(`there is no ${what} ${unknown.join(', ')}; there are ${known.join(', ')}`);
}

function isPart(name: string): name is Part {
  return PARTS.some((part) => part === name);
}
