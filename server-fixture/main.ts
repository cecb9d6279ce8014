import { parseArgs } from 'node:util';
import { createFixture } from './fixture.js';

const USAGE = 'fixture [--http-port N] [--ws-port N]   (0, the default, picks a free port)';

function parsePort(text: string | undefined): number {
  return text === undefined || /^\d{1,5}$/.test(text) ? Number(text ?? 0) : Number.NaN;
}

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { 'http-port': { type: 'string' }, 'ws-port': { type: 'string' } } });
  const fixture = await createFixture({
    httpPort: parsePort(values['http-port']),
    wsPort: parsePort(values['ws-port']),
  });
  const stop = (): void => {
    void fixture.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const { http, ws, netronId } = fixture;
  process.stdout.write(`${JSON.stringify({ http, ws, netronId })}\n`);
}

// No top-level await: the module must also survive being bundled as CommonJS, which ws needs.
run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 1;
});
