import type { CacheOptions } from './cache/cache-policy.js';
import type { RequestOptions } from './request-options.js';

/** What a query may say. As defaults of a client or a backend, each call may say otherwise. */
export interface QueryOptions<R = unknown> extends RequestOptions<R> {
  /**
   * How long the result stays fresh, in milliseconds, or more about it. Default: the backend's `cache`. Callers at the
   * same moment share one request in any case.
   */
  readonly cache?: number | CacheOptions | undefined;
  /**
   * False asks by itself, though an equal request is in flight. A text stands for the arguments: calls of the method with
   * the same one are the same query. Default: by arguments.
   */
  readonly dedupe?: boolean | string | undefined;
}
