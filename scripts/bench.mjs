// Our figures beside the peers' and beside the floor, in one run: npm run bench -- [codec|ws|tap] [--json]
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './install.mjs';

const flag = { type: 'boolean', default: false };
const { values, positionals } = parseArgs({ options: { json: flag, server: flag }, allowPositionals: true });
const root = new URL('../', import.meta.url);

ensureDependencies();
const { importTs } = await import('./run-ts.mjs');
if (values.server) await serve();
else await bench();

async function bench() {
  const { run, PARTS } = await importTs('bench/run.ts');
  const unknown = positionals.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) {
    console.error(`nothing to measure is named ${unknown.join(', ')}: there are ${PARTS.join(', ')}`);
    process.exit(2);
  }
  const parts = positionals.length > 0 ? positionals : PARTS;
  if (parts.includes('ws') && !existsSync(new URL('dist/fixture/index.js', root))) {
    const { buildParts } = await import('./build.mjs');
    await buildParts(['fixture']);
  }
  await run(root, parts, values.json);
}

/** The other end of the WebSocket bench, in a process of its own. */
async function serve() {
  const { run } = await importTs('bench/echo-server.ts');
  await run();
}
