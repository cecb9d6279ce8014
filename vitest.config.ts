import { configDefaults, defineConfig } from 'vitest/config';
import { decorators } from './scripts/vite-decorators.ts';

const ALL = '{protocol,client,extension,server-fixture,scripts,fuzz,bench,interop}/**/*.test.{ts,tsx}';
/** They replace modules, which others have loaded by then, or judge the heap, in which others leave theirs. */
const ALONE = [
  'extension/{agent/agent,bridge/*,panel/store/panel-store}.test.ts',
  'protocol/codec/{byte-reader,codec}.test.ts',
  'fuzz/*.test.ts',
];
const DOM = ['{client,extension}/**/*.test.tsx', 'client/preact/page-events.test.ts'];

export default defineConfig({
  plugins: [decorators()],
  test: {
    testTimeout: 20_000,
    // By default one core is left idle, which of two is half of them.
    maxWorkers: '100%',
    // Loading what is tested takes longer than most tests: but for those that need a process of their own, files share it.
    isolate: false,
    // What tests allocate is garbage at once: with more room for young objects little of it is ever copied.
    execArgv: ['--max-semi-space-size=64'],
    setupFiles: 'scripts/untouched-globals.ts',
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      { extends: true, test: { name: 'dom', include: DOM, environment: 'happy-dom' } },
      { extends: true, test: { name: 'node', include: [ALL], exclude: [...configDefaults.exclude, ...ALONE, ...DOM] } },
    ],
  },
});
