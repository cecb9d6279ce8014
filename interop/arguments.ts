import { parseArgs } from 'node:util';
import { DEADLINE_MAX_MS, DEADLINE_MIN_MS, DEADLINE_MS } from './limits.js';
import type { RunOptions } from './run.js';

export interface Arguments extends RunOptions {
  readonly json: boolean;
  /** Run only the cases whose name contains it. */
  readonly only: string | undefined;
}

/** Why the command line means nothing. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export const USAGE = `npm run interop -- --http URL --ws URL [--auth] [--only TEXT] [--json] [--deadline MS]
  --http, --ws  where one Titan server with the conformance services listens
  --auth        it knows the tokens t-admin and t-user and the login ada/pw: run the cases about them too
  --only        run the cases whose line contains the text
  --json        one JSON object in place of lines
  --deadline    of one case, in milliseconds from ${DEADLINE_MIN_MS} to ${DEADLINE_MAX_MS}; default ${DEADLINE_MS}`;

/** @throws ArgumentError that names the argument, what it is, and what was expected. */
export function parseArguments(args: readonly string[]): Arguments {
  const { http, ws, auth, json, only, deadline } = readOptions(args);
  return {
    urls: { http: parseUrl('--http', http, /^https?:$/), ws: parseUrl('--ws', ws, /^wss?:$/) },
    auth: auth === true,
    json: json === true,
    only,
    deadlineMs: deadline === undefined ? DEADLINE_MS : parseDeadline(deadline),
  };
}

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const options = { http: text, ws: text, auth: flag, json: flag, only: text, deadline: text };
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseUrl(option: string, value: string | undefined, protocol: RegExp): string {
  const scheme = option.slice(2);
  if (value === undefined) throw new ArgumentError(`${option} is missing, expected a ${scheme}: URL`);
  if (URL.canParse(value) && protocol.test(new URL(value).protocol)) return value;
  throw new ArgumentError(`${option} is ${JSON.stringify(value)}, expected a ${scheme}: or ${scheme}s: URL`);
}

function parseDeadline(value: string): number {
  const deadlineMs = Number(value);
  if (/^\d+$/.test(value) && deadlineMs >= DEADLINE_MIN_MS && deadlineMs <= DEADLINE_MAX_MS) return deadlineMs;
  const expected = `milliseconds from ${DEADLINE_MIN_MS} to ${DEADLINE_MAX_MS}`;
  throw new ArgumentError(`--deadline is ${JSON.stringify(value)}, expected ${expected}`);
}
