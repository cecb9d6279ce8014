import type { AuthOptions } from './auth/auth-options.js';
import type { BreakerOptions } from './breaker/breaker-options.js';
import type { CacheOptions } from './cache/cache-policy.js';
import type { Middleware } from './middleware/middleware.js';
import type { CallDefaults } from './request-options.js';
import type { Runtime } from './runtime.js';

/** What holds for every call that does not say otherwise. */
export interface CallOptions extends CallDefaults {
  /** How long results stay fresh, in milliseconds, or more about it. Default 0: every query asks again. */
  readonly cache?: number | CacheOptions | undefined;
}

export interface BackendOptions extends CallOptions {
  /** `http:`, `https:`, `ws:` or `wss:`; the scheme chooses the transport. */
  readonly url: string;
  /** Where an HTTP backend has its streams, events and properties: a `ws:` or `wss:` URL. Default: nowhere. */
  readonly socketUrl?: string | undefined;
  /**
   * HTTP: sent with every request, in place of ours of the same name. Another origin must allow each of them. Default:
   * none.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Gives the bearer token; undefined goes anonymously. Over HTTP it is asked before each call, over WebSocket before
   * each connection. `refresh` is true when the last one was refused: it must not be given again. What it throws over HTTP
   * fails the call with `unavailable`.
   */
  readonly token?: TokenSource | undefined;
  /** Keeps the token, or relies on cookies, and refreshes it once for all calls that were refused. Default: nothing. */
  readonly auth?: AuthOptions | undefined;
  /** HTTP: send what JSON cannot carry (Date, Map, bytes, …) all the same, as JSON makes it. Default false: refuse it. */
  readonly lossy?: boolean | undefined;
  /**
   * HTTP: put calls of one moment into one request. Off by default: Titan's batch endpoint skips authentication, and
   * answers no browser of another origin.
   */
  readonly batch?: boolean | BatchOptions | undefined;
  /** Stops asking a backend that fails, for a while. Default: off. */
  readonly circuitBreaker?: boolean | BreakerOptions | undefined;
  /**
   * Calls in flight at most, 1 and up, a stream until it is open; more wait in the order of their priority. Where 10,000
   * wait, one more fails with `unavailable`. Default: no limit.
   */
  readonly maxConcurrent?: number | undefined;
  /** Around every call of this backend, inside those of the client: 100 at most, together with those. Default: none. */
  readonly middleware?: readonly Middleware[] | undefined;
}

export type TokenSource = (refresh: boolean) => string | undefined | Promise<string | undefined>;

export interface BatchOptions {
  /** How long the first call waits for others, in milliseconds from 0 up. Default 10. */
  readonly window?: number | undefined;
  /** Calls in one request at most, 1 … 1,000; more are sent at once. Default 50. */
  readonly maxBatchSize?: number | undefined;
}

/** The event tap: what the panel of the browser's DevTools reads. */
export interface DevtoolsOptions {
  /** Records kept while no panel is attached, 16 … 1,048,576. Default 4,096. */
  readonly ringCapacity?: number | undefined;
  /** What the panel calls this client. Default `netron`. */
  readonly name?: string | undefined;
}

/** How much the cache holds, and for how long. What somebody observes is never forgotten. */
export interface StoreOptions {
  /** How long results stay fresh where nobody says otherwise, in milliseconds. Default 0: every query asks again. */
  readonly defaultMaxAge?: number | undefined;
  /** Entries before the least recently used, unobserved one is evicted, 1 … 100,000,000. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** Bytes of the responses behind them, likewise, from 1 up. Default 64 MiB. */
  readonly maxSizeBytes?: number | undefined;
  /** How long an entry that nobody observes is kept after its last use, in milliseconds from 1 up. Default 300,000. */
  readonly gcTime?: number | undefined;
}

export interface ClientOptions {
  /** The one backend, named `default`. Either this or `backends`. */
  readonly url?: string | undefined;
  /** The same as `url`. */
  readonly baseUrl?: string | undefined;
  /** Several, by name. */
  readonly backends?: Readonly<Record<string, string | BackendOptions>> | undefined;
  /** Which of `backends` is meant where none is named. Default: the first. */
  readonly default?: string | undefined;
  /** What holds for every call where neither it nor its backend says otherwise. */
  readonly defaults?: CallOptions | undefined;
  readonly cache?: StoreOptions | undefined;
  /** The event tap. Default: on, unless `process.env.NODE_ENV` is `production`: there it is loaded where it is asked for. */
  readonly devtools?: boolean | DevtoolsOptions | undefined;
  /** Clock, randomness, timers and network. Default: the browser's. */
  readonly runtime?: Runtime | undefined;
}
