import { parseCacheOption } from './cache/cache-policy.js';
import type { BackendOptions, BatchOptions, CallOptions, ClientOptions, DevtoolsOptions } from './client-options.js';
import {
  BATCH_WINDOW_MS,
  GC_TIME_MS,
  MAX_BATCH_SIZE,
  MAX_ENTRIES,
  MAX_SIZE_BYTES,
  RING_CAPACITY_DORMANT,
  RING_CAPACITY_MAX,
} from './limits.js';
import { assertOption as check } from './option-error.js';

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
  checkObject('options', options);
  const backends = parseBackends(options);
  const [first] = backends.keys();
  check('url or backends', undefined, first !== undefined, 'at least one backend');
  const { default: defaultBackend = first as string, cache = {} } = options;
  check('default', defaultBackend, backends.has(defaultBackend), `one of ${[...backends.keys()].join(', ')}`);
  checkObject('cache', cache);
  const { maxEntries = MAX_ENTRIES, maxSizeBytes = MAX_SIZE_BYTES, gcTime = GC_TIME_MS } = cache;
  return {
    backends,
    defaultBackend,
    maxEntries: count('cache.maxEntries', maxEntries, 1, 1e8),
    maxSizeBytes: number('cache.maxSizeBytes', maxSizeBytes, 1),
    gcTimeMs: number('cache.gcTime', gcTime, 1),
    devtools: parseDevtools(options.devtools ?? !isProduction()),
  };
}

function parseBackends({ url, baseUrl, backends }: ClientOptions): Map<string, BackendConfig> {
  const single = url ?? baseUrl;
  const option = url === undefined ? 'baseUrl' : 'url';
  if (backends === undefined) {
    if (single === undefined) return new Map();
    checkUrl(option, single);
    return new Map([['default', parseBackend('default', { url: single }, option)]]);
  }
  check(option, single, single === undefined, 'either one URL or backends');
  checkObject('backends', backends);
  return new Map(
    Object.entries(backends).map(([name, value]) => [name, parseBackend(name, value, `backends.${name}`)]),
  );
}

function parseBackend(name: string, value: string | BackendOptions, at: string): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  checkDefaults(at, options);
  const { url, socketUrl, token, headers = {}, lossy = false, batch = false } = options;
  checkUrl(`${at}.url`, url);
  if (socketUrl !== undefined) checkUrl(`${at}.socketUrl`, socketUrl, ['ws:', 'wss:']);
  check(`${at}.token`, token, token === undefined || typeof token === 'function', 'a function');
  checkObject(`${at}.headers`, headers);
  check(`${at}.lossy`, lossy, typeof lossy === 'boolean', 'a boolean');
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

/** What is said for many calls. The rest of it is checked where it is loaded. */
export function checkDefaults(at: string, options: CallOptions): void {
  checkObject(at, options);
  const { timeout = 1, cache = 0 } = options;
  number(`${at}.timeout`, timeout, 1);
  parseCacheOption(cache, `${at}.cache`);
}

function parseBatch(option: string, value: boolean | BatchOptions): BackendConfig['batch'] {
  if (value === false) return undefined;
  if (value !== true) checkObject(option, value, 'a boolean or an object');
  const { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE } = value as BatchOptions;
  return {
    windowMs: number(`${option}.window`, window, 0),
    maxBatchSize: count(`${option}.maxBatchSize`, maxBatchSize, 1, 1_000),
  };
}

function parseDevtools(value: boolean | DevtoolsOptions): ClientConfig['devtools'] {
  if (value === false) return undefined;
  if (value !== true) checkObject('devtools', value, 'a boolean or an object');
  const { ringCapacity = RING_CAPACITY_DORMANT, name = 'netron' } = value as DevtoolsOptions;
  check('devtools.name', name, typeof name === 'string', 'a string');
  return { name, ringCapacity: count('devtools.ringCapacity', ringCapacity, 16, RING_CAPACITY_MAX) };
}

function checkUrl(option: string, value: unknown, schemes = ['http:', 'https:', 'ws:', 'wss:']): void {
  const isUrl = typeof value === 'string' && URL.canParse(value) && schemes.includes(new URL(value).protocol);
  check(option, value, isUrl, `a URL that begins with ${schemes.join(', ')}`);
}

function number(option: string, value: unknown, min: number): number {
  check(option, value, typeof value === 'number' && value >= min, `a number from ${min} up`);
  return value as number;
}

function count(option: string, value: unknown, min: number, max: number): number {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  check(option, value, fits, `a whole number from ${min} to ${max}`);
  return value as number;
}

function checkObject(option: string, value: unknown, expected = 'an object'): void {
  check(option, value, typeof value === 'object' && value !== null, expected);
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
