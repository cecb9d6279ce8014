// What an app ships: a few lines of source, bundled and minified as an app's bundler does it.
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const SIGNALS = ['@preact/signals', '@preact/signals-core'];

/**
 * @param {string} source the app: what it imports is what it ships
 * @param {{ later?: boolean, signals?: boolean }} options `later`: with what `import()` loads at first use; `signals`: with
 * the signals too, which an app with hooks has anyway
 * @returns sizes in bytes, and the files of this repo that are in it
 */
export async function bundleApp(source, { later = false, signals = false } = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    splitting: later,
    outdir: '/',
    external: ['preact', 'preact/*', ...(signals ? [] : SIGNALS)],
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: later ? [] : [laterIsOutside],
  });
  const code = Buffer.concat(outputFiles.map(({ contents }) => contents));
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    min: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
    files: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path),
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
