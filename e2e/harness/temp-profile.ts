import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A browser profile of one run, in a folder of its own under the system's temporary directory. */
export interface TempProfile {
  dir: string;
  remove(): Promise<void>;
}

/** Creates a profile folder holding `files` (relative path → text). */
export async function createTempProfile(name: string, files: Record<string, string>): Promise<TempProfile> {
  const dir = await mkdtemp(path.join(os.tmpdir(), `netron-${name}-`));
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(dir, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  // A browser's last child process may still write for a moment after the browser itself is gone.
  const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  // For a test that timed out and never closed its browser.
  const removeAtExit = () => rmSync(dir, removal);
  process.once('exit', removeAtExit);
  return {
    dir,
    async remove() {
      await rm(dir, removal);
      process.off('exit', removeAtExit);
    },
  };
}
