import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { ChildReport } from './child.ts';
import type { OperationName, Subject } from './operation-name.ts';

/** A child that hangs is ended, and its round fails. */
const CHILD_TIMEOUT_MS = 240_000;
const NODE_FLAGS = ['--expose-gc', '--max-old-space-size=2048'];

/**
 * Bundles what a child runs as an app would. Returns the path of its script. The peers are built for production, which is
 * in their favour; ours is not, for then it would be without its tap.
 */
export async function bundleChild(root: URL, subject: Subject): Promise<string> {
  const mode = subject === 'netron' ? 'development' : 'production';
  const outdir = fileURLToPath(new URL(`.cache/bench-peers/${mode}/`, root));
  await build({
    entryPoints: [fileURLToPath(new URL('bench/peers/child.ts', root))],
    bundle: true,
    // What the client loads at first use stays apart, as it is in an app.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: [mode],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  return `${outdir}child.mjs`;
}

/** @throws Error when the process fails as a whole. Its operations fail by themselves. */
export function runChild(script: string, subject: Subject, operations: readonly OperationName[]): ChildReport {
  const { status, signal, error, stdout } = spawnSync(
    process.execPath,
    [...NODE_FLAGS, script, subject, operations.join(',')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      timeout: CHILD_TIMEOUT_MS,
    },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the process that measures ${subject} ended with ${signal ?? status}`);
  return JSON.parse(stdout) as ChildReport;
}
