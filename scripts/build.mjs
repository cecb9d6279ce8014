// Builds everything, or what is named: node scripts/build.mjs [types client fixture chrome firefox demo]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const MODES = ['client', 'fixture', 'chrome', 'firefox'];
const ALL = ['types', ...MODES, 'demo'];

/** @param {readonly string[]} parts */
export async function buildParts(parts = ALL) {
  for (const part of parts) {
    if (part === 'types') {
      execFileSync('npx', ['tsc', '-b', 'client', 'server-fixture'], { cwd: root, stdio: 'inherit' });
    } else if (part === 'demo') {
      await build({ configFile: `${root}examples/team-directory/vite.config.ts`, logLevel: 'warn' });
    } else if (MODES.includes(part)) {
      await build({ root, mode: part, logLevel: 'warn' });
    } else {
      throw new Error(`nothing to build is named ${part}: there are ${ALL.join(', ')}`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const parts = process.argv.slice(2);
  await buildParts(parts.length > 0 ? parts : ALL);
}
