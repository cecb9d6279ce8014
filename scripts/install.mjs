// Installs the locked dependencies where they are missing or older than the lockfile. Uses nothing but Node.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export function ensureDependencies() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs) return;
  process.stderr.write('Installing dependencies…\n');
  // Not `npm ci`: it refuses a lockfile that was written where the registry lacks some platforms' optional packages.
  // This installs the locked versions as well, and leaves the lockfile as it is.
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
