import { defineConfig, type ReporterDescription } from '@playwright/test';

const reporter: ReporterDescription[] = [['list']];
if (process.env.NETRON_E2E_JSON) reporter.push(['json', { outputFile: `test-results/e2e-${chosenProject()}.json` }]);

export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter,
  // A folder for each project: Playwright empties it when that project starts, and the other's results stay.
  projects: [
    { name: 'chromium', testMatch: 'e2e/chromium/**/*.spec.ts', outputDir: 'test-results/chromium' },
    { name: 'firefox', testMatch: 'e2e/firefox/**/*.spec.ts', outputDir: 'test-results/firefox' },
  ],
});

/** The config cannot ask Playwright which project was chosen, so it reads the command line as Playwright does. */
function chosenProject(): string {
  const [, afterEquals, afterSpace] = process.argv.join('\n').match(/^--project(?:=(.+)|\n(.+))$/m) ?? [];
  return afterEquals ?? afterSpace ?? 'all';
}
