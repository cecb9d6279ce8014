// npm test: installs what is missing, then checks, builds and runs everything. The last line is "N passed, M failed".
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensureFirefox } from './browsers.mjs';
import { ensureDependencies } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };
rmSync(`${root}test-results`, { recursive: true, force: true });

ensureDependencies();
step('build', ['node', 'scripts/build.mjs']);
step('check', ['node', 'scripts/check.mjs', '--built']);
const unit = 'test-results/unit.json';
step(
  'unit',
  ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile=${unit}`],
  unit,
  countVitest,
);
const types = 'test-results/types.json';
step('types', ['node', 'scripts/test-types.mjs', `--output=${types}`], types, (counts) => ({ ...counts, skipped: 0 }));

const browsers = { chromium: await ensureChromium(), firefox: await ensureFirefox() };
for (const [project, path] of Object.entries(browsers)) {
  if (path === undefined && project === 'firefox') {
    process.stderr.write('e2e in Firefox left out: there is no Firefox here, and none could be installed\n');
    total.skipped++;
    continue;
  }
  const report = `test-results/e2e-${project}.json`;
  const env = { [`${project.toUpperCase()}_PATH`]: path ?? '', NETRON_E2E_JSON: '1' };
  step(`e2e ${project}`, ['npx', 'playwright', 'test', '--project', project], report, countPlaywright, env);
}

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A step without a report counts as one test; one whose report is missing has failed. */
function step(name, [program, ...args], report, count, env = {}) {
  process.stderr.write(`\n== ${name}\n`);
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (report === undefined) return status === 0 ? total.passed++ : total.failed++;
  if (!existsSync(`${root}${report}`)) return total.failed++;
  const counts = count(JSON.parse(readFileSync(`${root}${report}`, 'utf8')));
  for (const key of Object.keys(total)) total[key] += counts[key];
  // The runner may fail as a whole though each test passed, such as on an unhandled error.
  if (status !== 0 && counts.failed === 0) total.failed++;
}

function countVitest({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }) {
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

function countPlaywright({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}
