// npm start: the demo app beside DevTools on the Netron panel. -- --headless --exit-when-ready does the same unseen.
import { ensureChromium, findChromium } from './browsers.mjs';
import { ensureDependencies } from './install.mjs';

const headless = process.argv.includes('--headless');
const exitWhenReady = process.argv.includes('--exit-when-ready');
const CALLS_WHEN_READY = 5;
const say = (text) => process.stderr.write(`${text}\n`);

try {
  ensureDependencies();
  const { buildParts } = await import('./build.mjs');
  say('Building…');
  await buildParts(['fixture', 'chrome', 'demo']);
  const { importTs } = await import('./run-ts.mjs');
  const session = await importTs('scripts/demo-session.ts');
  const seen = headless || hasDisplay();
  const chromium = seen ? (findChromium() ?? (await ensureChromium())) : undefined;
  if (chromium !== undefined) await show(session);
  else await serveOnly(session, seen ? 'No Chromium was found.' : 'There is no display here.');
} catch (error) {
  say(`npm start failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function show({ openDemo, useUntilListed }) {
  const session = await openDemo(headless);
  if (exitWhenReady) {
    let failure;
    try {
      const reading = await useUntilListed(session, CALLS_WHEN_READY);
      console.log(JSON.stringify({ page: session.demo.url, ...reading }));
    } catch (error) {
      failure = error;
    }
    await session.close();
    if (failure !== undefined) throw failure;
    process.exit(0);
  }
  say(
    `The demo is open at ${session.demo.url}, with DevTools on the Netron panel. Close the browser or press Ctrl+C to stop.`,
  );
  await Promise.race([session.closed(), interrupted()]);
  await session.close();
  process.exit(0);
}

async function serveOnly({ serveDemo }, why) {
  if (exitWhenReady) throw new Error(`${why} The panel cannot be shown.`);
  const demo = await serveDemo({ httpPort: 3000, wsPort: 8080, pagePort: 5173 }).catch(() => serveDemo());
  say(
    `${why} The demo is served at ${demo.url}; load dist/extension/chrome in a browser of yours and open DevTools there.`,
  );
  await interrupted();
  await demo.close();
  process.exit(0);
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function interrupted() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
}
