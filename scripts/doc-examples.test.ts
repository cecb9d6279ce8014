import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = `${root}.cache/docs`;
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

/** Browsers have a WebSocket and a document; Node 20 has neither. */
const BROWSER = `
import { WebSocket } from 'ws';
import { Window } from 'happy-dom';
const window = new Window();
Object.assign(globalThis, { WebSocket, window, document: window.document });
`;

const fileOf = ({ name, language }: Example): string => `${name.replace(/\W+/g, '-')}.${language}`;

describe('the examples of the documents', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture();
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    for (const example of examples) writeFileSync(`${dir}/${fileOf(example)}`, `export {};\n${example.code}`);
  });
  afterAll(async () => {
    await fixture.close();
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
    const { stdout } = await run('npx', ['--no-install', 'tsc', '-p', dir], { cwd: root }).catch((error) => error);
    expect(stdout).toBe('');
  }, 60_000);

  it.for(examples)('$name runs', async (example) => {
    const outfile = `${dir}/${fileOf(example)}.mjs`;
    await build({
      stdin: {
        contents: example.code
          .replaceAll('http://127.0.0.1:3000', fixture.http)
          .replaceAll('ws://127.0.0.1:8080', fixture.ws),
        resolveDir: root,
        loader: example.language as 'ts' | 'tsx',
      },
      alias: {
        'netron-client/preact': `${root}client/preact.ts`,
        'netron-client/fixture': `${root}server-fixture/index.ts`,
        'netron-client': `${root}client/index.ts`,
      },
      jsx: 'automatic',
      jsxImportSource: 'preact',
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      banner: { js: BROWSER },
      // What the last example has opened must not keep the process.
      footer: { js: example.language === 'tsx' ? 'setTimeout(() => process.exit(0), 200);' : '' },
      outfile,
      logLevel: 'silent',
    });
    await run(process.execPath, [outfile], { cwd: root, timeout: 15_000 });
  });
});
