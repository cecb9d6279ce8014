import type { Comparison } from './comparison.ts';
import type { Verdict } from './gates.ts';
import type { OperationName } from './operation-name.ts';
import { PEER_OF } from './operation-name.ts';
import type { PeersFigures } from './run-peers.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The ratio is theirs over ours, so more is better for us. */
export function printPeers({ peer, lruPeer, ops }: Omit<PeersFigures, 'failures'>): void {
  print(`beside ${peer.name} ${peer.version}, insert.lru beside ${lruPeer.name} ${lruPeer.version}`);
  print(`${'operation'.padEnd(18)} ${'ours'.padStart(9)} ${'peer'.padStart(9)} ${'ratio'.padStart(8)}`);
  for (const [name, figures] of Object.entries(ops)) print(row(name as OperationName, figures));
}

export function printGates(verdicts: readonly Verdict[]): void {
  const missed = verdicts.filter(({ met }) => !met).length;
  print(`gates of PERFORMANCE §6 with 20 % slack: ${verdicts.length - missed} met, ${missed} missed`);
  for (const { operation, figure, bound, limit, allowed, value, met } of verdicts) {
    const target = `${bound} ${digits(limit)}${unit(operation, figure)}, ${digits(allowed)} with slack`;
    const measured = value === undefined ? 'not measured' : `${digits(value)}${unit(operation, figure)}`;
    print(`${met ? 'met   ' : 'MISSED'} ${operation.padEnd(18)} ${measured.padStart(12)}   ${target}`);
  }
}

function row(name: OperationName, { ours_ns, peer_ns, ratio, added_ns, ours_bytes, peer_bytes }: Comparison): string {
  const line = `${name.padEnd(18)} ${shown(name, ours_ns)} ${shown(name, peer_ns)} ${`${digits(ratio)}×`.padStart(8)}`;
  if (added_ns !== undefined) return `${line}   adds ${digits(added_ns)} ns`;
  if (ours_bytes === undefined || peer_bytes === undefined) return line;
  return `${line}   ${Math.round(ours_bytes)} B of JSON, theirs ${Math.round(peer_bytes)} B`;
}

function shown(name: OperationName, value: number): string {
  if (name.startsWith('mem.')) return `${Math.round(value)} B`.padStart(9);
  // Its figures are a few nanoseconds, and their difference matters.
  if (PEER_OF[name] === 'netron' || value < 10) return `${value.toFixed(1)} ns`.padStart(9);
  if (value < 1e3) return `${value.toFixed(0)} ns`.padStart(9);
  return (value < 1e6 ? `${(value / 1e3).toFixed(2)} µs` : `${(value / 1e6).toFixed(2)} ms`).padStart(9);
}

function unit(operation: OperationName, figure: Verdict['figure']): string {
  if (figure === 'ratio' || figure === 'bytes_ratio') return '×';
  return operation.startsWith('mem.') ? ' B' : ' ns';
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
