// The fixture server alone: npm run fixture -- --http-port 3000 --ws-port 8080. Prints one JSON line.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './install.mjs';

const main = fileURLToPath(new URL('../dist/fixture/main.js', import.meta.url));
ensureDependencies();
if (!existsSync(main)) {
  const { buildParts } = await import('./build.mjs');
  await buildParts(['fixture']);
}
await import(main);
