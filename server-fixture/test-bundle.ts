import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A script bundled for Node outside of the repo, for tests that need a process of their own. */
export class TestBundle {
  private constructor(readonly file: string) {}

  /** Imports in `source` are relative to this folder. */
  static async build(source: string): Promise<TestBundle> {
    const file = join(await mkdtemp(join(tmpdir(), 'netron-fixture-')), 'bundle.cjs');
    await build({
      stdin: { contents: source, loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'es2022',
      logLevel: 'error',
    });
    return new TestBundle(file);
  }

  remove(): Promise<void> {
    return rm(dirname(this.file), { recursive: true });
  }
}
