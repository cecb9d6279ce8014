import type { BenchOptions } from './bench-options.ts';
import { benchCodec, exactness } from './codec.ts';
import { startEchoProcess } from './echo-process.ts';
import { judge } from './peers/gates.ts';
import { printGates, printPeers } from './peers/print-peers.ts';
import { runPeers } from './peers/run-peers.ts';
import { printCodec, printTap, printWs } from './print.ts';
import { benchTap } from './tap.ts';
import { benchCalls, type WsCalls } from './ws-calls.ts';
import { benchStreams, type StreamFigures } from './ws-streams.ts';

export { parseBenchOptions } from './bench-options.ts';

export interface WsFigures {
  readonly calls: WsCalls;
  readonly streams: readonly StreamFigures[];
}

/**
 * Measures the parts one after another and prints each beside its peers or its floor; with `json`, one object of all.
 * Returns whether every peer did what it should and, where gates were asked for, whether all are met.
 */
export async function run(root: URL, { parts, json, peers, gates }: BenchOptions): Promise<boolean> {
  const report: Record<string, unknown> = { node: process.version };
  let passed = true;
  if (parts.includes('peers')) {
    const { failures, ...figures } = await runPeers(root, peers);
    const verdicts = gates ? judge(figures.ops, peers.operations) : [];
    passed = failures.length === 0 && verdicts.every(({ met }) => met);
    for (const failure of failures) process.stderr.write(`${failure}\n`);
    Object.assign(report, figures, gates ? { gates: verdicts } : {});
    if (!json) printPeers(figures);
    if (!json && gates) printGates(verdicts);
  }
  if (parts.includes('codec')) {
    const exact = exactness(new URL('protocol/vectors/hex-examples.ndjson', root));
    const ops = benchCodec();
    Object.assign(report, { codec: { exact, ops } });
    if (!json) printCodec(exact, ops);
  }
  if (parts.includes('tap')) {
    const tap = benchTap();
    Object.assign(report, { tap });
    if (!json) printTap(tap);
  }
  if (parts.includes('ws')) {
    const ws = await benchWs(root);
    Object.assign(report, { ws });
    if (!json) printWs(ws);
  }
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return passed;
}

async function benchWs(root: URL): Promise<WsFigures> {
  const server = await startEchoProcess(root);
  try {
    return { calls: await benchCalls(server), streams: await benchStreams(server) };
  } finally {
    server.stop();
  }
}
