import {
  BATCH_WINDOW_MS,
  MAX_BATCH_SIZE,
  MAX_ENTRIES,
  RING_CAPACITY_DORMANT,
  RING_CAPACITY_MAX,
  TIMEOUT_MS,
} from './limits.js';
import { NetronError } from './netron-error.js';
import type { Runtime } from './runtime.js';

export interface BackendOptions {
  /** `http:`, `https:`, `ws:` or `wss:`; the scheme chooses the transport. */
  readonly url: string;
  /** Deadline of a call in milliseconds. Default 30,000; `Infinity` for none. */
  readonly timeout?: number;
  /** How long a result stays fresh, in milliseconds. Default 0: every query asks again. */
  readonly cache?: number;
  /**
   * Gives the bearer token; undefined goes anonymously. Over HTTP it is asked before each call, over WebSocket before
   * each connection. `refresh` is true when the last one was refused: it must not be given again.
   */
  readonly token?: TokenSource;
  /** HTTP: send what JSON cannot carry (Date, Map, bytes, …) all the same, as JSON makes it. Default false: refuse it. */
  readonly lossy?: boolean;
  /**
   * HTTP: put calls of one moment into one request. Off by default: Titan's batch endpoint skips authentication, and
   * answers no browser of another origin.
   */
  readonly batch?: boolean | BatchOptions;
}

export type TokenSource = (refresh: boolean) => string | undefined | Promise<string | undefined>;

export interface BatchOptions {
  /** How long the first call waits for others, in milliseconds. Default 10. */
  readonly window?: number;
  /** Calls in one request at most; more are sent at once. Default 50. */
  readonly maxBatchSize?: number;
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
  readonly token: ((refresh: boolean) => Promise<string | undefined>) | undefined;
  readonly lossy: boolean;
  readonly batch: { readonly windowMs: number; readonly maxBatchSize: number } | undefined;
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
  check(isObject(options), 'options', options, 'an object');
  const backends = parseBackends(options);
  const [first] = backends.keys();
  check(first !== undefined, 'url or backends', undefined, 'at least one backend');
  const defaultBackend = options.default ?? (first as string);
  check(backends.has(defaultBackend), 'default', defaultBackend, `one of ${[...backends.keys()].join(', ')}`);
  const { cache = {} } = options;
  check(isObject(cache), 'cache', cache, 'an object such as { maxEntries }');
  return {
    backends,
    defaultBackend,
    maxEntries: parseNumber('cache.maxEntries', cache.maxEntries ?? MAX_ENTRIES, 1, 1e8),
    devtools: parseDevtools(options.devtools ?? !isProduction()),
  };
}

function parseBackends({ url, baseUrl, backends }: ClientOptions): Map<string, BackendConfig> {
  const [option, single] = url === undefined ? ['baseUrl', baseUrl] : ['url', url];
  if (backends === undefined) {
    if (single === undefined) return new Map();
    return new Map([['default', parseBackend('default', { url: parseUrl(option, single) }, option)]]);
  }
  check(single === undefined, option as string, single, 'either one URL or backends, not both');
  check(isObject(backends), 'backends', backends, 'an object of backends');
  return new Map(
    Object.entries(backends).map(([name, value]) => [name, parseBackend(name, value, `backends.${name}`)]),
  );
}

function parseBackend(name: string, value: string | BackendOptions, at: string): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  check(isObject(options), at, value, 'a URL or { url, … }');
  const { url, timeout = TIMEOUT_MS, cache = 0, token, lossy = false, batch = false } = options;
  check(token === undefined || typeof token === 'function', `${at}.token`, token, 'a function that gives the token');
  check(typeof lossy === 'boolean', `${at}.lossy`, lossy, 'a boolean');
  return {
    name,
    url: parseUrl(`${at}.url`, url),
    timeoutMs: parseNumber(`${at}.timeout`, timeout, 1),
    maxAgeMs: parseNumber(`${at}.cache`, cache, 0),
    token: token && (async (refresh) => token(refresh)),
    lossy,
    batch: parseBatch(`${at}.batch`, batch),
  };
}

function parseBatch(option: string, value: boolean | BatchOptions): BackendConfig['batch'] {
  check(typeof value === 'boolean' || isObject(value), option, value, 'a boolean or an object');
  if (value === false) return undefined;
  const { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE } = value === true ? {} : value;
  return {
    windowMs: parseNumber(`${option}.window`, window, 0),
    maxBatchSize: parseNumber(`${option}.maxBatchSize`, maxBatchSize, 1, 1_000),
  };
}

function parseUrl(option: string, value: unknown): string {
  const isUrl = typeof value === 'string' && URL.canParse(value) && /^(https?|wss?):$/.test(new URL(value).protocol);
  check(isUrl, option, value, 'an http:, https:, ws: or wss: URL');
  return value as string;
}

function parseDevtools(value: boolean | DevtoolsOptions): ClientConfig['devtools'] {
  check(typeof value === 'boolean' || isObject(value), 'devtools', value, 'a boolean or an object');
  if (value === false) return undefined;
  const { ringCapacity = RING_CAPACITY_DORMANT, name = 'netron' } = value === true ? {} : value;
  check(typeof name === 'string', 'devtools.name', name, 'a string');
  return { name, ringCapacity: parseNumber('devtools.ringCapacity', ringCapacity, 16, RING_CAPACITY_MAX) };
}

/** A duration, in milliseconds; with an upper bound, a count. */
function parseNumber(option: string, value: unknown, min: number, max = Number.POSITIVE_INFINITY): number {
  const number = value as number;
  const fits = typeof value === 'number' && number >= min && number <= max;
  const isCount = Number.isFinite(max);
  const expected = isCount ? `a whole number from ${min} to ${max}` : `milliseconds from ${min} up`;
  check(fits && (!isCount || Number.isInteger(number)), option, value, expected);
  return number;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function check(fits: boolean, option: string, value: unknown, expected: string): void {
  if (fits) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new NetronError('invalid-config', `option ${option} is ${shown} (${typeof value}), expected ${expected}`);
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
