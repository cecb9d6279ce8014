// Looks for inputs that break the codec: npm run fuzz -- [seconds] [--seed N]. Exits with 1 when it has found one.
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './install.mjs';

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
const seconds = Number(positionals[0] ?? 20);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
if (!(seconds > 0) || !Number.isSafeInteger(seed) || seed < 0) {
  console.error('usage: npm run fuzz -- [seconds] [--seed N], both whole numbers');
  process.exit(2);
}

ensureDependencies();
const { importTs } = await import('./run-ts.mjs');
const root = new URL('../', import.meta.url);
const { run } = await importTs('fuzz/campaign.ts');
// A bundle of its own, loaded before coverage starts and told from the fuzzer's by its URL.
const target = await importTs('fuzz/target.ts');
const targetUrl = pathToFileURL(new URL('.cache/run/target.mjs', root).pathname).href;
process.exitCode = run(target, { root, seconds, seed, targetUrl }) > 0 ? 1 : 0;
