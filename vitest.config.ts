import { defineConfig } from 'vitest/config';
import { decorators } from './scripts/vite-decorators.ts';

export default defineConfig({
  plugins: [decorators()],
  test: {
    include: ['{protocol,client,extension,server-fixture,scripts,fuzz,bench,interop}/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    // By default one core is left idle, which of two is half of them.
    maxWorkers: '100%',
  },
});
