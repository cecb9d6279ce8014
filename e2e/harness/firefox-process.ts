import { type ChildProcess, spawn } from 'node:child_process';
import { findFirefox } from '../../scripts/browsers.mjs';
import { bounded } from './bounded.ts';
import { createTempProfile } from './temp-profile.ts';

const startTimeoutMs = 30_000;

/** A preference as `user.js` holds it. */
export type FirefoxPreferences = Record<string, string | number | boolean>;

/** A running Firefox that listens for Marionette on `port`. */
export interface FirefoxProcess {
  port: number;
  /** Resolves when Firefox has ended by itself, or was killed after `timeoutMs`; its profile is removed. */
  ended(timeoutMs: number): Promise<void>;
}

/** Nothing may open, ask, update or call home; Marionette picks a free port, so that runs do not collide. */
const quietPreferences: FirefoxPreferences = {
  'marionette.port': 0,
  'remote.log.level': 'Info',
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/**
 * Starts Firefox in a profile of its own.
 *
 * @throws Error when no Firefox is installed or it does not start; the message holds what it printed.
 */
export async function startFirefox(options: {
  headless: boolean;
  windowSize: { width: number; height: number };
  preferences: FirefoxPreferences;
}): Promise<FirefoxProcess> {
  const executablePath = findFirefox();
  if (!executablePath) throw new Error('no Firefox found: install firefox-esr, or set FIREFOX_PATH');
  const { width, height } = options.windowSize;
  const preferences = Object.entries({ ...quietPreferences, ...options.preferences });
  const userJs = preferences.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  const profile = await createTempProfile('firefox', { 'user.js': userJs.join('') });
  const args = ['--marionette', '-remote-allow-system-access', '--no-remote', '--profile', profile.dir];
  args.push('--width', String(width), '--height', String(height));
  if (options.headless) args.push('--headless');
  const child = spawn(executablePath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: killing the group takes its content processes too, and no other Firefox.
    detached: true,
    env: {
      ...process.env,
      MOZ_CRASHREPORTER_DISABLE: '1',
      MOZ_HEADLESS_WIDTH: String(width),
      MOZ_HEADLESS_HEIGHT: String(height),
    },
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = () => killGroup(child);
  process.once('exit', kill);

  async function ended(timeoutMs: number): Promise<void> {
    await bounded(exited, timeoutMs, 'closing Firefox').catch(() => {
      kill();
      return exited;
    });
    process.off('exit', kill);
    await profile.remove();
  }

  try {
    return { port: await bounded(marionettePort(child), startTimeoutMs, 'starting Firefox'), ended };
  } catch (error) {
    await ended(0);
    throw error;
  }
}

/** Firefox prints `Marionette INFO Listening on port 12345` once it accepts connections. */
function marionettePort(child: ChildProcess): Promise<number> {
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const port = /Marionette\s+INFO\s+Listening on port (\d+)/.exec(output)?.[1];
      if (!port) return;
      // From here on the output is let through unread, so that the pipe never fills.
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', read).resume();
      resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Firefox ended with code ${code} before it listened:\n${output}`)));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}
