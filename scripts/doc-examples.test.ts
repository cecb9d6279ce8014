import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import { createFixture, type Fixture } from '../server-fixture/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Blocks that say "ts run" are whole programs; they are run as they stand, but for the ports. */
const examples = documents.flatMap((document) => {
  const blocks = readFileSync(root + document, 'utf8').matchAll(/```ts run\n([\s\S]*?)```/g);
  return [...blocks].map(([, code = ''], index) => ({ name: `${document} #${index + 1}`, code }));
});

describe('the examples of the documents', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture();
    // Browsers have one; Node 20 does not.
    Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true });
  });
  afterAll(async () => {
    await fixture.close();
    Reflect.deleteProperty(globalThis, 'WebSocket');
  });

  it.for(examples)('$name runs', async ({ name, code }) => {
    const dir = `${root}.cache/docs`;
    mkdirSync(dir, { recursive: true });
    const outfile = `${dir}/${name.replace(/\W+/g, '-')}.mjs`;
    await build({
      stdin: {
        contents: code.replaceAll('http://127.0.0.1:3000', fixture.http).replaceAll('ws://127.0.0.1:8080', fixture.ws),
        resolveDir: root,
        loader: 'ts',
      },
      alias: { 'netron-client': `${root}client/index.ts` },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      logLevel: 'silent',
    });
    await import(pathToFileURL(outfile).href);
  });
});
