// Runs a TypeScript module of this repo under Node 20, which cannot by itself: bundled into .cache, packages left out.
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} entry path from the repo's root */
export async function importTs(entry) {
  const outfile = `${root}.cache/run/${basename(entry, '.ts')}.mjs`;
  await build({
    entryPoints: [`${root}${entry}`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    outfile,
    logLevel: 'error',
    plugins: [scriptsStayOutside],
  });
  return import(pathToFileURL(outfile).href);
}

/** Scripts find the repo by where they lie. */
const scriptsStayOutside = {
  name: 'scripts-stay-outside',
  setup({ onResolve }) {
    onResolve({ filter: /scripts\/[\w-]+\.mjs$/ }, ({ path }) => ({
      path: pathToFileURL(`${root}scripts/${basename(path)}`).href,
      external: true,
    }));
  },
};
