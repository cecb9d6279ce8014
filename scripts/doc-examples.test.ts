import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, type OnLoadArgs, type OnLoadResult } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of this run alone: another may go on beside it. */
const dir = `${root}.cache/docs-${process.pid}`;
const run = promisify(execFile);
const documents = [
  'README.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Example {
  readonly name: string;
  readonly language: string;
  readonly mark: string;
  readonly code: string;
}

/** Every block of code: whole programs, run as they stand but for the ports. */
const examples = documents.flatMap((document): Example[] => {
  const blocks = [...readFileSync(root + document, 'utf8').matchAll(/```(tsx?)(.*)\n([\s\S]*?)```/g)];
  return blocks.map(([, language = '', mark = '', code = ''], index) => ({
    name: `${document} #${index + 1}`,
    language,
    mark: mark.trim(),
    code,
  }));
});

/** Browsers have a WebSocket and a document; Node 20 has neither. Each is loaded before the example that needs it. */
const WEB_SOCKET = `
import { WebSocket } from 'ws';
Object.assign(globalThis, { WebSocket });
`;
/** What an example has opened must not keep the process: one with components ends when its list shows, and fails if none does. */
const DOCUMENT = `
import { Window } from 'happy-dom';
const window = new Window();
const { document } = window;
Object.assign(globalThis, { window, document });
setInterval(() => document.querySelector('li') !== null && process.exit(0), 5);
setTimeout(() => { throw new Error('no list, but ' + document.body.innerHTML); }, 10_000);
`;

const fileOf = ({ name, language }: Example): string => `${name.replace(/\W+/g, '-')}.${language}`;

describe('the examples of the documents', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture();
    mkdirSync(dir, { recursive: true });
    for (const example of examples) writeFileSync(`${dir}/${fileOf(example)}`, `export {};\n${example.code}`);
    writeFileSync(`${dir}/web-socket.mjs`, WEB_SOCKET);
    writeFileSync(`${dir}/document.mjs`, DOCUMENT);
  });
  afterAll(async () => {
    await fixture.close();
    rmSync(dir, { recursive: true });
  });

  it('are all run', () => {
    expect(examples.filter(({ mark }) => mark !== 'run').map(({ name }) => name)).toEqual([]);
    expect(examples.length).toBeGreaterThan(8);
  });

  it('compile as they stand', async () => {
    const paths = {
      'netron-client': ['../../client/index.ts'],
      'netron-client/preact': ['../../client/preact.ts'],
      'netron-client/fixture': ['../../server-fixture/index.ts'],
    };
    const compilerOptions = { composite: false, noEmit: true, emitDeclarationOnly: false, paths };
    const config = { extends: '../../tsconfig.test.json', compilerOptions, include: ['*.ts', '*.tsx'], exclude: [] };
    writeFileSync(`${dir}/tsconfig.json`, JSON.stringify(config));
    const { stdout } = await run(`${root}node_modules/.bin/tsc`, ['-p', dir], { cwd: root }).catch((error) => error);
    expect(stdout).toBe('');
  }, 60_000);

  describe('bundled', () => {
    beforeAll(bundle);

    it.for(examples)('$name runs', async (example) => {
      const preloads = ['web-socket', ...(example.language === 'tsx' ? ['document'] : [])];
      const flags = preloads.map((name) => `--import=${dir}/${name}.mjs`);
      await run(process.execPath, [...flags, `${dir}/bundled/${fileOf(example)}.mjs`], { cwd: root, timeout: 15_000 });
    });
  });

  /** Of all at once, since what they import is the same. */
  async function bundle(): Promise<void> {
    const entryPoints = examples.map((example) => ({ in: `${dir}/${fileOf(example)}`, out: fileOf(example) }));
    await build({
      entryPoints,
      plugins: [{ name: 'ports', setup: ({ onLoad }) => onLoad({ filter: /\.cache.docs-\d+.[^/]*$/ }, onPorts) }],
      alias: {
        'netron-client/preact': `${root}client/preact.ts`,
        'netron-client/fixture': `${root}server-fixture/index.ts`,
        'netron-client': `${root}client/index.ts`,
      },
      jsx: 'automatic',
      jsxImportSource: 'preact',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      outdir: `${dir}/bundled`,
      outExtension: { '.js': '.mjs' },
      logLevel: 'silent',
    });
  }

  function onPorts({ path }: OnLoadArgs): OnLoadResult {
    const contents = readFileSync(path, 'utf8')
      .replaceAll('http://127.0.0.1:3000', fixture.http)
      .replaceAll('ws://127.0.0.1:8080', fixture.ws);
    return { contents, loader: extname(path).slice(1) as 'ts' | 'tsx' };
  }
});
