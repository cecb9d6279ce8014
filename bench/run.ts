import { benchCodec, exactness } from './codec.ts';

const root = new URL('../../', import.meta.url);

/** Prints every op beside its peers; the ratio is theirs over ours, so more is better for us. */
export function run(json: boolean): void {
  const exact = exactness(new URL('protocol/vectors/hex-examples.ndjson', root));
  const ops = benchCodec();
  if (json) {
    process.stdout.write(`${JSON.stringify({ node: process.version, exact, ops })}\n`);
    return;
  }
  process.stdout.write(`byte-exact values: ours ${exact.ours}, @msgpack/msgpack ${exact.peer} of ${exact.rows}\n`);
  for (const { name, ns } of ops) {
    const ours = ns.ours ?? Number.NaN;
    const peers = Object.entries(ns).filter(([contender]) => contender !== 'ours');
    const parts = peers.map(([contender, value]) => `${contender} ${shown(value)} (${(value / ours).toFixed(2)}×)`);
    process.stdout.write(`${name.padEnd(20)} ours ${shown(ours).padStart(9)}   ${parts.join('   ')}\n`);
  }
}

function shown(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}
