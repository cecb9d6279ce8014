import type { BackendOptions, BatchOptions, ClientOptions, DevtoolsOptions } from './client-options.js';
import {
  BATCH_WINDOW_MS,
  GC_TIME_MS,
  MAX_BATCH_SIZE,
  MAX_ENTRIES,
  MAX_SIZE_BYTES,
  RING_CAPACITY_DORMANT,
  RING_CAPACITY_MAX,
} from './limits.js';
import { NetronError } from './netron-error.js';

export interface BackendConfig {
  readonly name: string;
  readonly url: string;
  readonly socketUrl: string | undefined;
  readonly token: ((refresh: boolean) => Promise<string | undefined>) | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly lossy: boolean;
  readonly batch: { readonly windowMs: number; readonly maxBatchSize: number } | undefined;
  /** As it was given: what is loaded later reads its own part. */
  readonly options: BackendOptions;
}

export interface ClientConfig {
  readonly backends: ReadonlyMap<string, BackendConfig>;
  readonly defaultBackend: string;
  readonly maxEntries: number;
  readonly maxSizeBytes: number;
  readonly gcTimeMs: number;
  /** Undefined switches the tap off. */
  readonly devtools: { readonly name: string; readonly ringCapacity: number } | undefined;
}

/** @throws NetronError `invalid-config` that names the option, what it is, and what was expected. */
export function parseClientOptions(options: ClientOptions): ClientConfig {
  check('options', options, isObject(options), 'an object');
  const backends = parseBackends(options);
  const [first] = backends.keys();
  check('url or backends', undefined, first !== undefined, 'at least one backend');
  const { default: defaultBackend = first as string, cache = {}, defaults = {} } = options;
  check('default', defaultBackend, backends.has(defaultBackend), `one of ${[...backends.keys()].join(', ')}`);
  check('cache', cache, isObject(cache), 'an object such as { maxEntries }');
  checkDefaults('defaults', defaults);
  return {
    backends,
    defaultBackend,
    maxEntries: count('cache.maxEntries', cache.maxEntries ?? MAX_ENTRIES, 1, 1e8),
    maxSizeBytes: duration('cache.maxSizeBytes', cache.maxSizeBytes ?? MAX_SIZE_BYTES, 1, 'bytes'),
    gcTimeMs: duration('cache.gcTime', cache.gcTime ?? GC_TIME_MS, 1),
    devtools: parseDevtools(options.devtools ?? !isProduction()),
  };
}

function parseBackends({ url, baseUrl, backends }: ClientOptions): Map<string, BackendConfig> {
  const single = url ?? baseUrl;
  const option = url === undefined ? 'baseUrl' : 'url';
  if (backends === undefined) {
    if (single === undefined) return new Map();
    checkUrl(option, single, /^(https?|wss?):$/);
    return new Map([['default', parseBackend('default', { url: single }, option)]]);
  }
  check(option, single, single === undefined, 'either one URL or backends, not both');
  check('backends', backends, isObject(backends), 'an object of backends');
  return new Map(
    Object.entries(backends).map(([name, value]) => [name, parseBackend(name, value, `backends.${name}`)]),
  );
}

function parseBackend(name: string, value: string | BackendOptions, at: string): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  check(at, value, isObject(options), 'a URL or { url, … }');
  const { url, socketUrl, token, headers = {}, lossy = false, batch = false } = options;
  checkUrl(`${at}.url`, url, /^(https?|wss?):$/);
  if (socketUrl !== undefined) checkUrl(`${at}.socketUrl`, socketUrl, /^wss?:$/);
  check(`${at}.token`, token, token === undefined || typeof token === 'function', 'a function that gives the token');
  check(`${at}.headers`, headers, isObject(headers), 'an object of texts');
  check(`${at}.lossy`, lossy, typeof lossy === 'boolean', 'a boolean');
  checkDefaults(at, options);
  return {
    name,
    url,
    socketUrl,
    token: token && (async (refresh) => token(refresh)),
    headers,
    lossy,
    batch: parseBatch(`${at}.batch`, batch),
    options,
  };
}

/** The rest of them is checked where it is loaded. */
export function checkDefaults(at: string, value: Pick<BackendOptions, 'timeout' | 'cache'>): void {
  check(at, value, isObject(value), 'an object');
  if (value.timeout !== undefined) duration(`${at}.timeout`, value.timeout, 1);
  const { cache = {} } = value;
  if (isObject(cache)) duration(`${at}.cache.maxAge`, cache.maxAge ?? 0, 0);
  else duration(`${at}.cache`, cache, 0);
}

function parseBatch(option: string, value: boolean | BatchOptions): BackendConfig['batch'] {
  check(option, value, typeof value === 'boolean' || isObject(value), 'a boolean or an object');
  if (value === false) return undefined;
  const { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE } = value as BatchOptions;
  return {
    windowMs: duration(`${option}.window`, window, 0),
    maxBatchSize: count(`${option}.maxBatchSize`, maxBatchSize, 1, 1_000),
  };
}

function checkUrl(option: string, value: unknown, schemes: RegExp): void {
  const isUrl = typeof value === 'string' && URL.canParse(value) && schemes.test(new URL(value).protocol);
  check(option, value, isUrl, `an ${schemes.test('http:') ? 'http:, https:, ' : ''}ws: or wss: URL`);
}

function parseDevtools(value: boolean | DevtoolsOptions): ClientConfig['devtools'] {
  check('devtools', value, typeof value === 'boolean' || isObject(value), 'a boolean or an object');
  if (value === false) return undefined;
  const { ringCapacity = RING_CAPACITY_DORMANT, name = 'netron' } = value as DevtoolsOptions;
  check('devtools.name', name, typeof name === 'string', 'a string');
  return { name, ringCapacity: count('devtools.ringCapacity', ringCapacity, 16, RING_CAPACITY_MAX) };
}

function duration(option: string, value: unknown, min: number, unit = 'milliseconds'): number {
  check(option, value, (value as number) >= min && typeof value === 'number', `${unit} from ${min} up`);
  return value as number;
}

function count(option: string, value: unknown, min: number, max: number): number {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  check(option, value, fits, `a whole number from ${min} to ${max}`);
  return value as number;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function check(option: string, value: unknown, fits: boolean, expected: string): void {
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
