import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: pathOf('.'),
  // The demo is served from a folder of any name.
  base: './',
  resolve: {
    // In the order of the list: the first name is a prefix of the second's.
    alias: [
      { find: 'netron-client/preact', replacement: pathOf('../../client/preact.ts') },
      { find: 'netron-client', replacement: pathOf('../../client/index.ts') },
    ],
  },
  build: {
    outDir: pathOf('../../dist/demo'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // Nothing inline, neither scripts nor data: URLs, so that the page works under a strict CSP.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
