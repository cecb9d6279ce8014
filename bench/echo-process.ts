import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { EchoServerUrls } from './echo-server.ts';

export interface EchoProcess extends EchoServerUrls {
  stop(): void;
}

/** Starts the server in a process of its own, so that it and the client do not share a thread. */
export async function startEchoProcess(root: URL): Promise<EchoProcess> {
  const script = new URL('scripts/bench.mjs', root).pathname;
  const child = spawn(process.execPath, [script, '--server'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the echo server ended')));
  // Once it runs, its end is what `stop` wants.
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  return { ...(JSON.parse(line) as EchoServerUrls), stop: () => child.stdin.end() };
}
