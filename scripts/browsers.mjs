// Finds the browsers that the end-to-end tests and `npm start` drive, and installs them where it can.
// Plain Node without dependencies: a fresh clone runs it before node_modules exists.
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const repoRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** A Chromium that can load an unpacked extension, or undefined. */
export function findChromium() {
  return (
    executable(process.env.CHROMIUM_PATH) ??
    onPath('chromium', 'chromium-browser') ??
    playwrightChromium() ??
    // Last: branded Chrome ignores --load-extension since version 137.
    onPath('google-chrome')
  );
}

/** A stock Firefox (the tests drive it through Marionette, not through Playwright), or undefined. */
export function findFirefox() {
  return executable(process.env.FIREFOX_PATH) ?? onPath('firefox-esr', 'firefox');
}

/** `findChromium()`, installing one first where there is none. Undefined when that failed; says why on stderr. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  // Screenshots of a machine without fonts show boxes instead of text.
  await aptInstall('chromium', 'fonts-dejavu-core', 'fonts-liberation');
  const fromApt = findChromium();
  if (fromApt) return fromApt;
  if (!resolvePlaywright()) {
    note('no Chromium found: run `npm install`, then try again, or set CHROMIUM_PATH.');
    return undefined;
  }
  note('installing Chromium with Playwright…');
  // --no-shell: the headless shell has neither extensions nor DevTools, so it is of no use here.
  await attempt('npx', ['playwright', 'install', '--no-shell', 'chromium'], { cwd: repoRoot });
  return findChromium();
}

/** `findFirefox()`, installing one first on Debian and its relatives. Undefined elsewhere; says so on stderr. */
export async function ensureFirefox() {
  const found = findFirefox();
  if (found) return found;
  await aptInstall('firefox-esr', 'fonts-dejavu-core', 'fonts-liberation');
  const fromApt = findFirefox();
  if (!fromApt) note('no Firefox found: install firefox or firefox-esr, or set FIREFOX_PATH; its tests are left out.');
  return fromApt;
}

function executable(file) {
  if (!file) return undefined;
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // absent or not executable: the next candidate is asked
  }
}

function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      const found = executable(path.join(folder, name));
      if (found) return found;
    }
  }
  return undefined;
}

function resolvePlaywright() {
  try {
    return require.resolve('playwright');
  } catch {
    return undefined; // node_modules is not there yet
  }
}

function playwrightChromium() {
  const entry = resolvePlaywright();
  return entry && executable(require(entry).chromium.executablePath());
}

/** Does nothing where apt, or the right to use it, is missing. */
async function aptInstall(...packages) {
  if (!existsSync('/etc/debian_version') || !onPath('apt-get')) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return;
  note(`installing ${packages[0]} with apt-get…`);
  const aptGet = (...args) => {
    // Through `env`, because sudo drops the caller's environment.
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return isRoot ? attempt(command[0], command.slice(1)) : attempt('sudo', ['-n', ...command]);
  };
  if (await aptGet('update')) await aptGet('install', '-y', '--no-install-recommends', ...packages);
}

/** Runs a command with its output hidden, unless it fails; true when it succeeded. */
async function attempt(command, args, options = {}) {
  try {
    await run(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 });
    return true;
  } catch (error) {
    note(
      `\`${command} ${args.join(' ')}\` failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || String(error),
    );
    return false;
  }
}

/** Standard output is for the JSON alone. */
function note(message) {
  process.stderr.write(`browsers: ${message}\n`);
}

const isMain = process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) {
  const chromium = (await ensureChromium()) ?? null;
  const firefox = (await ensureFirefox()) ?? null;
  console.log(JSON.stringify({ chromium, firefox }));
  if (!chromium) process.exitCode = 1;
}
