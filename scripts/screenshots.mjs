// Every view, both themes, both browsers, into docs/screenshots/. Look at them.
import { ensureChromium, ensureFirefox } from './browsers.mjs';
import { ensureDependencies } from './install.mjs';

ensureDependencies();
await ensureChromium();
const firefox = await ensureFirefox();
const { buildParts } = await import('./build.mjs');
await buildParts();
const { importTs } = await import('./run-ts.mjs');
const { shootChromium, shootFirefox } = await importTs('scripts/screenshot-tour.ts');
for (const theme of ['light', 'dark']) {
  await shootChromium(theme);
  if (firefox !== undefined) await shootFirefox(theme);
}
process.exit(0);
