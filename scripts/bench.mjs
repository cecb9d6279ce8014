// Our figures beside the peers' and beside the floor, in one run:
// npm run bench -- [peers|codec|tap|ws] [--json] [--gates] [--rounds N] [--ops read.newkey,observe]
// With --json, --gates or --ops, the peers alone unless other parts are named.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './install.mjs';

const flag = { type: 'boolean', default: false };
const { values, positionals } = parseArgs({
  options: {
    json: flag,
    gates: flag,
    server: flag,
    rounds: { type: 'string', default: '5' },
    ops: { type: 'string' },
  },
  allowPositionals: true,
});
const root = new URL('../', import.meta.url);

ensureDependencies();
const { importTs } = await import('./run-ts.mjs');
if (values.server) await serve();
else await bench();

async function bench() {
  const { run, parseBenchOptions } = await importTs('bench/run.ts');
  const options = parsed(() => parseBenchOptions(positionals, values));
  if (options.parts.includes('ws') && !existsSync(new URL('dist/fixture/index.js', root))) {
    const { buildParts } = await import('./build.mjs');
    await buildParts(['fixture']);
  }
  const passed = await run(root, options);
  process.exitCode = passed ? 0 : 1;
}

function parsed(parse) {
  try {
    return parse();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

/** The other end of the WebSocket bench, in a process of its own. */
async function serve() {
  const { run } = await importTs('bench/echo-server.ts');
  await run();
}
