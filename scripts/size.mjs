// Bytes of what an app ships, minified and compressed, against the budgets of PERFORMANCE §6. --json for machines.
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const EXTERNAL = ['preact', 'preact/*', '@preact/signals', '@preact/signals-core', '@msgpack/msgpack'];

/** Budgets in bytes of gzip. Signals and Preact are outside: an app that uses hooks has them anyway. */
const ENTRIES = [
  { name: 'core', source: `export * from './client/index.ts'`, budget: 11_500 },
  {
    name: 'core + hooks',
    source: `export * from './client/index.ts'; export * from './client/preact.ts'`,
    budget: 12_000,
  },
  {
    name: 'everything a client can load',
    source: `export * from './client/index.ts'; export * from './client/preact.ts'`,
    whole: true,
    budget: 26_000,
  },
  { name: 'protocol', source: `export * from './protocol/index.ts'`, budget: 8_000 },
];

/** Without `whole`, what is loaded by import() at first use is left out, as it is in an app that never uses it. */
async function measure({ name, source, whole = false, budget }) {
  const result = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    splitting: whole,
    outdir: '/',
    external: EXTERNAL,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: whole ? [] : [laterIsOutside],
  });
  const code = Buffer.concat(result.outputFiles.map(({ contents }) => contents));
  return {
    name,
    min: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
    budget,
  };
}

const laterIsOutside = {
  name: 'later-is-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

const rows = await Promise.all(ENTRIES.map(measure));
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else {
  for (const { name, min, gzip, brotli, budget } of rows) {
    const verdict = gzip <= budget ? 'ok' : 'OVER';
    console.log(
      `${name.padEnd(30)} ${String(min).padStart(7)} B min ${String(gzip).padStart(7)} B gzip ${String(brotli).padStart(7)} B brotli   budget ${budget} ${verdict}`,
    );
  }
}
if (rows.some(({ gzip, budget }) => gzip > budget)) process.exitCode = 1;
