import { parseArgs } from 'node:util';
import { createFixture } from './fixture.js';
import type { FixtureOptions } from './fixture-options.js';

const USAGE = `fixture [--http-port N] [--ws-port N] [--host ADDRESS] [--auth] [--strict] [--tick] [--cors[=true|false|all]] [--no-cors]
0, the default port, picks a free one`;

function parsePort(text: string | undefined): number {
  return text === undefined || /^\d{1,5}$/.test(text) ? Number(text ?? 0) : Number.NaN;
}

function parseCors(text: string): boolean | 'all' {
  if (text === 'all' || text === 'true') return text === 'all' ? 'all' : true;
  if (text === 'false') return false;
  throw new TypeError(`--cors: ${text}, expected true, false or all`);
}

function parseOptions(): FixtureOptions {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    // `--cors` alone means true, which parseArgs has no word for.
    args: process.argv
      .slice(2)
      .map((arg) => (arg === '--cors' ? '--cors=true' : arg === '--no-cors' ? '--cors=false' : arg)),
    options: { 'http-port': text, 'ws-port': text, host: text, cors: text, auth: flag, strict: flag, tick: flag },
  });
  const { auth, strict, tick, host, cors = 'true' } = values;
  const ports = { httpPort: parsePort(values['http-port']), wsPort: parsePort(values['ws-port']) };
  return { ...ports, auth, strict, tick, cors: parseCors(cors), ...(host === undefined ? {} : { host }) };
}

async function run(): Promise<void> {
  const fixture = await createFixture(parseOptions());
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
