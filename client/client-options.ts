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
  if (typeof options !== 'object' || options === null) throw invalid('options', options, 'an object');
  const backends = parseBackends(options);
  const [first] = backends.keys();
  if (first === undefined) throw invalid('url or backends', undefined, 'at least one backend');
  const defaultBackend = options.default ?? first;
  if (!backends.has(defaultBackend)) {
    throw invalid('default', defaultBackend, `one of ${[...backends.keys()].join(', ')}`);
  }
  const { cache = {} } = options;
  if (typeof cache !== 'object' || cache === null) throw invalid('cache', cache, 'an object such as { maxEntries }');
  return {
    backends,
    defaultBackend,
    maxEntries: parseInteger('cache.maxEntries', cache.maxEntries ?? MAX_ENTRIES, 1, Number.MAX_SAFE_INTEGER),
    devtools: parseDevtools(options.devtools ?? !isProduction()),
  };
}

function parseBackends({ url, baseUrl, backends }: ClientOptions): Map<string, BackendConfig> {
  const [option, single] = url === undefined ? ['baseUrl', baseUrl] : ['url', url];
  if (backends === undefined) {
    if (single === undefined) return new Map();
    return new Map([['default', parseBackend('default', { url: parseUrl(option, single) }, option)]]);
  }
  if (single !== undefined) throw invalid(option, single, 'either one URL or backends, not both');
  if (typeof backends !== 'object' || backends === null) throw invalid('backends', backends, 'an object of backends');
  return new Map(
    Object.entries(backends).map(([name, value]) => [name, parseBackend(name, value, `backends.${name}`)]),
  );
}

function parseBackend(name: string, value: string | BackendOptions, at: string): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  if (typeof options !== 'object' || options === null) throw invalid(at, value, 'a URL or { url, … }');
  return {
    name,
    url: parseUrl(`${at}.url`, options.url),
    timeoutMs: parseDuration(`${at}.timeout`, options.timeout ?? TIMEOUT_MS, 1),
    maxAgeMs: parseDuration(`${at}.cache`, options.cache ?? 0, 0),
    token: parseToken(`${at}.token`, options.token),
    lossy: parseBoolean(`${at}.lossy`, options.lossy ?? false),
    batch: parseBatch(`${at}.batch`, options.batch ?? false),
  };
}

function parseToken(option: string, value: TokenSource | undefined): BackendConfig['token'] {
  if (value === undefined) return undefined;
  if (typeof value !== 'function') throw invalid(option, value, 'a function that gives the token');
  return async (refresh) => value(refresh);
}

function parseBatch(option: string, value: boolean | BatchOptions): BackendConfig['batch'] {
  if (value === false) return undefined;
  if (value !== true && (typeof value !== 'object' || value === null))
    throw invalid(option, value, 'a boolean or an object');
  const { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE } = value === true ? {} : value;
  return {
    windowMs: parseDuration(`${option}.window`, window, 0),
    maxBatchSize: parseInteger(`${option}.maxBatchSize`, maxBatchSize, 1, 1_000),
  };
}

function parseBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(option, value, 'a boolean');
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
  return { name, ringCapacity: parseInteger('devtools.ringCapacity', ringCapacity, 16, RING_CAPACITY_MAX) };
}

function parseDuration(option: string, value: unknown, min: number): number {
  if (typeof value === 'number' && value >= min) return value;
  throw invalid(option, value, `milliseconds from ${min} up`);
}

function parseInteger(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(option, value, `a whole number from ${min} to ${max}`);
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
