import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, it } from 'vitest';
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
  });
  afterAll(async () => {
    await fixture.close();
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
      // Browsers have a WebSocket; Node 20 does not.
      banner: { js: "import { WebSocket } from 'ws'; globalThis.WebSocket = WebSocket;" },
      outfile,
      logLevel: 'silent',
    });
    await promisify(execFile)(process.execPath, [outfile], { cwd: root, timeout: 15_000 });
  });
});
