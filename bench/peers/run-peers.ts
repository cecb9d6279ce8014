import { readFileSync } from 'node:fs';
import type { ChildReport } from './child.ts';
import { bundleChild, runChild } from './child-process.ts';
import { type Comparison, compare, type Pair } from './comparison.ts';
import { type OperationName, PEER_OF, type Subject } from './operation-name.ts';

export interface PeersOptions {
  readonly operations: readonly OperationName[];
  readonly rounds: number;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
}

export interface PeersFigures {
  readonly peer: Peer;
  /** The peer of `insert.lru/entry`. */
  readonly lruPeer: Peer;
  readonly ops: Readonly<Partial<Record<OperationName, Comparison>>>;
  /** What went wrong, in which round and where. Those operations have no figures of that round. */
  readonly failures: readonly string[];
}

type Round = Partial<Record<Subject, ChildReport>>;

const SUBJECTS: readonly Subject[] = ['netron', 'tanstack', 'lru-cache'];

/** Ours and the peers in processes of their own, in turn; their order changes with every round. */
export async function runPeers(root: URL, { operations, rounds }: PeersOptions): Promise<PeersFigures> {
  const scripts = new Map<Subject, string>();
  for (const subject of SUBJECTS) scripts.set(subject, await bundleChild(root, subject));
  const failures: string[] = [];
  const reports: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const report: Round = {};
    for (let turn = 0; turn < SUBJECTS.length; turn++) {
      const subject = SUBJECTS[(turn + round) % SUBJECTS.length] as Subject;
      const own = operations.filter((name) => subject === 'netron' || PEER_OF[name] === subject);
      if (own.length === 0) continue;
      const startMs = Date.now();
      const child = runChild(scripts.get(subject) as string, subject, own);
      report[subject] = child;
      for (const [name, reason] of Object.entries(child.failures)) {
        failures.push(`round ${round + 1}, ${subject}, ${name}: ${reason}`);
      }
      const seconds = ((Date.now() - startMs) / 1_000).toFixed(1);
      process.stderr.write(`round ${round + 1} of ${rounds}: ${subject} ${seconds} s\n`);
    }
    reports.push(report);
  }
  const ops: Partial<Record<OperationName, Comparison>> = {};
  for (const name of operations) {
    const pairs = reports.flatMap((report) => pairOf(report, name));
    if (pairs.length > 0) ops[name] = compare(pairs);
  }
  return { peer: readPeer(root, '@tanstack/query-core'), lruPeer: readPeer(root, 'lru-cache'), ops, failures };
}

/** None where one of the two has failed. */
function pairOf(report: Round, name: OperationName): readonly Pair[] {
  const ours = report.netron?.figures[name];
  if (ours?.baseline !== undefined) return [{ ours, peer: { value: ours.baseline } }];
  const peer = report[PEER_OF[name]]?.figures[name];
  return ours === undefined || peer === undefined ? [] : [{ ours, peer }];
}

function readPeer(root: URL, name: string): Peer {
  const text = readFileSync(new URL(`node_modules/${name}/package.json`, root), 'utf8');
  return { name, version: (JSON.parse(text) as Peer).version };
}
