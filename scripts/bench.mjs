// Our figures beside the peers', in one run. --json for machines.
import { ensureDependencies } from './install.mjs';

ensureDependencies();
const { importTs } = await import('./run-ts.mjs');
const { run } = await importTs('bench/run.ts');
run(process.argv.includes('--json'));
