import { crx } from '@crxjs/vite-plugin';
import preact from '@preact/preset-vite';
import { defineConfig, type UserConfig } from 'vite';
import manifest from './manifest.json' with { type: 'json' };
import { agentModule } from './scripts/vite-agent.ts';
import { decorators } from './scripts/vite-decorators.ts';

/** JSON widens its literals; `npm run check` lints what the manifest really says. */
type CrxManifest = Parameters<typeof crx>[0]['manifest'];

const path = (relative: string): string => new URL(relative, import.meta.url).pathname;

/** One build per mode; `scripts/build.mjs` runs them all. */
const builds: Readonly<Record<string, () => UserConfig>> = {
  client: () => ({
    build: {
      outDir: 'dist/client',
      minify: false,
      sourcemap: true,
      lib: {
        entry: {
          index: path('client/index.ts'),
          preact: path('client/preact.ts'),
          protocol: path('protocol/index.ts'),
        },
        formats: ['es'],
      },
      rollupOptions: {
        external: [/^@?preact/],
        // A module each, so that an app's bundler can leave out what the app leaves out: the tap in production, say.
        output: { preserveModules: true, preserveModulesRoot: path('.') },
      },
    },
  }),

  fixture: () => ({
    plugins: [decorators()],
    build: {
      outDir: 'dist/fixture',
      ssr: true,
      minify: false,
      rollupOptions: { input: { index: path('server-fixture/index.ts'), main: path('server-fixture/main.ts') } },
    },
  }),

  chrome: () => extension('chrome'),
  firefox: () => extension('firefox'),
};

function extension(browser: 'chrome' | 'firefox'): UserConfig {
  return {
    plugins: [
      preact(),
      agentModule(path('extension/agent/index.ts')),
      crx({ manifest: manifest as unknown as CrxManifest, browser }),
    ],
    build: {
      outDir: `dist/extension/${browser}`,
      modulePreload: { polyfill: false },
      rollupOptions: { input: { panel: path('extension/panel.html'), frame: path('extension/frame.html') } },
    },
  };
}

export default defineConfig(({ mode }) => {
  const config = builds[mode];
  if (config === undefined) throw new Error(`no build is named ${mode}: there are ${Object.keys(builds).join(', ')}`);
  return { ...config(), publicDir: false };
});
