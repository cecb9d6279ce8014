import { parseArgs } from 'node:util';
import { createFixture } from './fixture.js';
import type { FixtureOptions } from './fixture-options.js';

const USAGE = `fixture [--http-port N] [--ws-port N] [--host ADDRESS] [--path-prefix PATH]
  [--auth | --auth-cookies [--csrf]] [--strict] [--tick] [--no-cors | --cors-all]
0, the default port, picks a free one`;

function parsePort(text: string | undefined): number {
  return text === undefined || /^\d{1,5}$/.test(text) ? Number(text ?? 0) : Number.NaN;
}

function parseOptions(): FixtureOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const texts = { 'http-port': text, 'ws-port': text, host: text, 'path-prefix': text };
  const auths = { auth: flag, 'auth-cookies': flag, csrf: flag };
  const flags = { ...auths, strict: flag, tick: flag, 'cors-all': flag, cors: { ...flag, default: true } };
  const { values } = parseArgs({ options: { ...texts, ...flags }, allowNegative: true });
  const { auth, csrf, strict, tick, host, 'auth-cookies': cookies, 'path-prefix': pathPrefix } = values;
  return {
    httpPort: parsePort(values['http-port']),
    wsPort: parsePort(values['ws-port']),
    ...(host === undefined ? {} : { host }),
    ...(pathPrefix === undefined ? {} : { pathPrefix }),
    auth: cookies || csrf ? { cookies, csrf } : auth,
    strict,
    tick,
    cors: values['cors-all'] ? 'all' : values.cors,
  };
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
