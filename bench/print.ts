import type { exactness } from './codec.ts';
import type { Op } from './race.ts';
import type { WsFigures } from './run.ts';
import type { TapFigures } from './tap.ts';
import type { CallFigures } from './ws-calls.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The ratio is theirs over ours, so more is better for us. */
export function printCodec(exact: ReturnType<typeof exactness>, ops: readonly Op[]): void {
  print(`byte-exact values: ours ${exact.ours}, @msgpack/msgpack ${exact.peer} of ${exact.rows}`);
  for (const { name, ns } of ops) {
    const { ours = Number.NaN, ...peers } = ns;
    const parts = Object.entries(peers).map(
      ([contender, value]) => `${contender} ${shown(value)} (${(value / ours).toFixed(2)}×)`,
    );
    print(`${name.padEnd(20)} ours ${shown(ours).padStart(9)}   ${parts.join('   ')}`);
  }
}

export function printTap({ baselineNs, addedNs }: TapFigures): void {
  print(`tap, added per emit to a function of ${baselineNs.toFixed(1)} ns`);
  for (const [name, value] of Object.entries(addedNs)) print(`  ${name.padEnd(32)} ${value.toFixed(1).padStart(6)} ns`);
}

/** The ratio is to the floor: bare sockets with messages of the same length, in the same rounds. */
export function printWs({ calls, streams }: WsFigures): void {
  print(`calls over WebSocket, ${calls.inFlight} in flight`);
  printCalls(calls.pipelined);
  print('calls over WebSocket, one by one');
  printCalls(calls.oneByOne);
  for (const { chunkBytes, megabytesPerSecond } of streams) {
    const { ours = Number.NaN, floor: bare = Number.NaN } = megabytesPerSecond;
    const figures = `ours ${ours.toFixed(1)} MB/s   floor ${bare.toFixed(1)} MB/s ${ratio(ours, bare)}`;
    print(`stream of ${chunkBytes}-byte chunks   ${figures}`);
  }
}

function printCalls(callers: Readonly<Record<string, CallFigures>>): void {
  const floor = callers.floor?.perSecond ?? Number.NaN;
  for (const [name, { perSecond, cpuUs, p50Us, p99Us }] of Object.entries(callers)) {
    const latency = `p50 ${shown(p50Us * 1e3)}   p99 ${shown(p99Us * 1e3)}`;
    print(
      `  ${name.padEnd(20)} ${rate(perSecond)} ${ratio(perSecond, floor)}   ${latency}   client CPU ${cpuUs.toFixed(1)} µs`,
    );
  }
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en').padStart(8)}/s`;
}

function ratio(ours: number, floor: number): string {
  return `(${(ours / floor).toFixed(2)}×)`;
}

function shown(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}
