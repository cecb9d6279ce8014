import { benchCodec, exactness } from './codec.ts';
import { startEchoProcess } from './echo-process.ts';
import { printCodec, printTap, printWs } from './print.ts';
import { benchTap } from './tap.ts';
import { benchCalls, type WsCalls } from './ws-calls.ts';
import { benchStreams, type StreamFigures } from './ws-streams.ts';

export interface WsFigures {
  readonly calls: WsCalls;
  readonly streams: readonly StreamFigures[];
}

/** The parts that a filter may name. */
export const PARTS = ['codec', 'ws', 'tap'] as const;
export type Part = (typeof PARTS)[number];

/** Measures the parts one after another and prints each beside its peers or its floor; with `json`, one object of all. */
export async function run(root: URL, parts: readonly Part[], json: boolean): Promise<void> {
  const report: Record<string, unknown> = { node: process.version };
  if (parts.includes('codec')) {
    const exact = exactness(new URL('protocol/vectors/hex-examples.ndjson', root));
    const ops = benchCodec();
    Object.assign(report, { exact, ops });
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
}

async function benchWs(root: URL): Promise<WsFigures> {
  const server = await startEchoProcess(root);
  try {
    return { calls: await benchCalls(server), streams: await benchStreams(server) };
  } finally {
    server.stop();
  }
}
