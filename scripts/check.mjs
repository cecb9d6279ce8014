// Everything that can be known without running the product: format, lint, types, dead code, package, manifest, sizes.
// --built: dist/ is fresh already.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Types come first: the package's own entry points resolve to what `tsc -b` writes. */
const STEPS = [
  ['biome', 'ci', '--error-on-warnings', '.'],
  ['tsc', '-b', 'protocol', 'client', 'extension', 'server-fixture'],
  ['tsc', '-p', 'examples/team-directory', '--noEmit'],
  ['tsc', '-p', 'tsconfig.test.json', '--noEmit'],
  ['knip'],
];
/** These look at what was built. */
const BUILT_STEPS = [
  ['publint', 'run', '--strict'],
  ['attw', '--pack', '.', '--profile', 'esm-only', '--format', 'ascii'],
  ['node', 'scripts/lint-manifest.mjs'],
  ['node', 'scripts/size.mjs'],
];

ensureDependencies();
for (const step of STEPS) run(step);
if (!process.argv.includes('--built')) {
  const { buildParts } = await import('./build.mjs');
  await buildParts();
}
for (const step of BUILT_STEPS) run(step);

function run([command, ...args]) {
  const [program, rest] = command === 'node' ? ['node', args] : ['npx', ['--no-install', command, ...args]];
  process.stderr.write(`· ${command} ${args.join(' ')}\n`);
  const { status, stdout, stderr } = spawnSync(program, rest, { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  process.stderr.write(`check failed at: ${command} ${args.join(' ')}\n`);
  process.exit(1);
}
