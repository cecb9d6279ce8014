import { MAX_ENTRIES, RING_CAPACITY_DORMANT, RING_CAPACITY_MAX, TIMEOUT_MS } from './limits.js';
import { NetronError } from './netron-error.js';
import type { Runtime } from './runtime.js';

export interface BackendOptions {
  /** `http:`, `https:`, `ws:` or `wss:`; the scheme chooses the transport. */
  readonly url: string;
  /** Deadline of a call in milliseconds. Default 30,000; `Infinity` for none. */
  readonly timeout?: number;
  /** How long a result stays fresh, in milliseconds. Default 0: every query asks again. */
  readonly cache?: number;
}

export interface DevtoolsOptions {
  /** Records kept while no panel is attached, 16 … 1,048,576. Default 4,096. */
  readonly ringCapacity?: number;
  /** What the panel calls this client. Default `netron`. */
  readonly name?: string;
}

export interface ClientOptions {
  /** The one backend, named `default`. Either this or `backends`. */
  readonly url?: string;
  /** The same as `url`. */
  readonly baseUrl?: string;
  /** Several, by name. */
  readonly backends?: Readonly<Record<string, string | BackendOptions>>;
  /** Which of `backends` is meant where none is named. Default: the first. */
  readonly default?: string;
  readonly cache?: {
    /** Entries before the least recently used, unobserved one is evicted. Default 10,000. */
    readonly maxEntries?: number;
  };
  /** The event tap. Default: on, unless `process.env.NODE_ENV` is `production`. */
  readonly devtools?: boolean | DevtoolsOptions;
  /** Clock, randomness, timers and network. Default: the browser's. */
  readonly runtime?: Runtime;
}

export interface BackendConfig {
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
}

export interface ClientConfig {
  readonly backends: ReadonlyMap<string, BackendConfig>;
  readonly defaultBackend: string;
  readonly maxEntries: number;
  /** Undefined switches the tap off. */
  readonly devtools: { readonly name: string; readonly ringCapacity: number } | undefined;
}

/** @throws NetronError `invalid-config` that names the option, what it is, and what was expected. */
export function parseClientOptions(options: ClientOptions): ClientConfig {
  const url = options.url ?? options.baseUrl;
  const given = options.backends ?? (url === undefined ? {} : { default: url });
  const backends = new Map(Object.entries(given).map(([name, value]) => [name, parseBackend(name, value)]));
  const [first] = backends.keys();
  if (first === undefined) throw invalid('url or backends', undefined, 'at least one backend');
  const defaultBackend = options.default ?? first;
  if (!backends.has(defaultBackend)) {
    throw invalid('default', defaultBackend, `one of ${[...backends.keys()].join(', ')}`);
  }
  return {
    backends,
    defaultBackend,
    maxEntries: parseNumber('cache.maxEntries', options.cache?.maxEntries ?? MAX_ENTRIES, 1, Number.MAX_SAFE_INTEGER),
    devtools: parseDevtools(options.devtools ?? !isProduction()),
  };
}

function parseBackend(name: string, value: string | BackendOptions): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  const at = `backends.${name}`;
  if (typeof options !== 'object' || options === null) throw invalid(at, value, 'a URL or { url, … }');
  return {
    name,
    url: parseUrl(`${at}.url`, options.url),
    timeoutMs: parseNumber(`${at}.timeout`, options.timeout ?? TIMEOUT_MS, 1, Number.POSITIVE_INFINITY),
    maxAgeMs: parseNumber(`${at}.cache`, options.cache ?? 0, 0, Number.POSITIVE_INFINITY),
  };
}

function parseUrl(option: string, value: unknown): string {
  const expected = 'an absolute http:, https:, ws: or wss: URL';
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalid(option, value, expected);
  if (!/^(https?|wss?):$/.test(new URL(value).protocol)) throw invalid(option, value, expected);
  return value;
}

function parseDevtools(value: boolean | DevtoolsOptions): ClientConfig['devtools'] {
  if (value === false) return undefined;
  if (value !== true && (typeof value !== 'object' || value === null))
    throw invalid('devtools', value, 'a boolean or an object');
  const { ringCapacity = RING_CAPACITY_DORMANT, name = 'netron' } = value === true ? {} : value;
  if (typeof name !== 'string') throw invalid('devtools.name', name, 'a string');
  return { name, ringCapacity: parseNumber('devtools.ringCapacity', ringCapacity, 16, RING_CAPACITY_MAX) };
}

function parseNumber(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw invalid(
    option,
    value,
    max === Number.POSITIVE_INFINITY ? `a number from ${min} up` : `a number from ${min} to ${max}`,
  );
}

function invalid(option: string, value: unknown, expected: string): NetronError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new NetronError('invalid-config', `option ${option} is ${shown} (${typeof value}), expected ${expected}`);
}

/** Bundlers replace the expression; in a browser without one there is no `process`. */
function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === 'production';
  } catch {
    return false;
  }
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };
