import { parseCacheOption } from './cache/cache-policy.js';
import type { BackendOptions, CallOptions, ClientOptions, DevtoolsOptions } from './client-options.js';
import { GC_TIME_MS, MAX_ENTRIES, MAX_SIZE_BYTES, RING_CAPACITY_DORMANT, RING_CAPACITY_MAX } from './limits.js';
import {
  assertField,
  assertFields,
  type FieldCheck,
  type Filled,
  FUNCTION,
  numberFrom,
  OBJECT,
  ofType,
  SWITCH,
  wholeFrom,
} from './option-fields.js';
import { REQUEST_CHECKS } from './request-options.js';

/** As it was given, with its name: whoever needs an option takes it from here. */
export interface BackendConfig extends BackendOptions {
  readonly name: string;
}

export interface ClientConfig {
  readonly backends: readonly BackendConfig[];
  readonly defaultBackend: string;
  readonly maxEntries: number;
  readonly maxSizeBytes: number;
  readonly gcTimeMs: number;
  readonly defaultMaxAge: number | undefined;
  /** Undefined switches the tap off. */
  readonly devtools: Filled<DevtoolsOptions> | undefined;
}

const FROM_1 = numberFrom(1);
const ANY_URL = urlOf('http:', 'https:', 'ws:', 'wss:');

const CLIENT = { url: ANY_URL, baseUrl: ANY_URL, backends: OBJECT, cache: OBJECT, devtools: SWITCH };
const STORE = { maxEntries: wholeFrom(1, 1e8), maxSizeBytes: FROM_1, gcTime: FROM_1, defaultMaxAge: numberFrom(0) };
const DEVTOOLS = { name: ofType('string'), ringCapacity: wholeFrom(16, RING_CAPACITY_MAX) };
const BATCH = { window: numberFrom(0), maxBatchSize: wholeFrom(1, 1_000) };
const BACKEND = {
  socketUrl: urlOf('ws:', 'wss:'),
  token: FUNCTION,
  headers: OBJECT,
  lossy: ofType('boolean'),
  batch: SWITCH,
};

/** @throws NetronError `invalid-config` that names the option, what it is, and what was expected. */
export function parseClientOptions(options: ClientOptions): ClientConfig {
  assertFields(options, '', CLIENT);
  const { cache = {}, devtools = !isProduction() } = options;
  assertFields(cache, 'cache', STORE);
  assertFields(Object(devtools), 'devtools', DEVTOOLS);
  if (options.defaults !== undefined) checkDefaults('defaults', options.defaults);
  const backends = parseBackends(options);
  const names = backends.map(({ name }) => name);
  assertField('url or backends', names[0], (first) => (first === undefined ? 'at least one backend' : ''));
  const { default: defaultBackend = names[0] as string } = options;
  assertField('default', defaultBackend, (name) =>
    names.includes(name as string) ? '' : `one of ${names.join(', ')}`,
  );
  const {
    maxEntries = MAX_ENTRIES,
    maxSizeBytes = MAX_SIZE_BYTES,
    gcTime: gcTimeMs = GC_TIME_MS,
    defaultMaxAge,
  } = cache;
  const { name = 'netron', ringCapacity = RING_CAPACITY_DORMANT }: DevtoolsOptions = Object(devtools);
  const tap = devtools ? { name, ringCapacity } : undefined;
  return { backends, defaultBackend, maxEntries, maxSizeBytes, gcTimeMs, defaultMaxAge, devtools: tap };
}

function parseBackends({ url, baseUrl, backends }: ClientOptions): BackendConfig[] {
  const single = url ?? baseUrl;
  if (single === undefined) {
    return Object.entries(backends ?? {}).map(([name, value]) => parseBackend(name, value));
  }
  assertField(url === undefined ? 'baseUrl' : 'url', single, () => (backends ? 'either one URL or backends' : ''));
  return [{ name: 'default', url: absolute(single) }];
}

function parseBackend(name: string, value: string | BackendOptions): BackendConfig {
  const options = typeof value === 'string' ? { url: value } : value;
  const at = `backends.${name}`;
  checkDefaults(at, options);
  assertField(`${at}.url`, options.url, ANY_URL);
  assertFields(options, at, BACKEND);
  assertFields(Object(options.batch), `${at}.batch`, BATCH);
  return { ...options, name, url: absolute(options.url) };
}

/** `/api` is a path of the page's own server. */
function absolute(url: string): string {
  const { origin } = globalThis.location ?? {};
  return url.startsWith('/') && URL.canParse(url, origin) ? new URL(url, origin).href : url;
}

/** What is said for many calls. The rest of it is checked where it is loaded. */
export function checkDefaults(at: string, options: CallOptions): void {
  assertFields(options, at, REQUEST_CHECKS);
  if (options.cache !== undefined) parseCacheOption(options.cache, `${at}.cache`);
}

function urlOf(...schemes: readonly string[]): FieldCheck {
  return (value) => {
    const url = typeof value === 'string' ? absolute(value) : '';
    const fits = URL.canParse(url) && schemes.includes(new URL(url).protocol);
    return fits ? '' : `a URL that begins with ${schemes.join(', ')}`;
  };
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
