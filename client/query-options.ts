import type { CallPlace } from './call/call-error.js';
import { callError } from './call/call-error.js';

export interface QueryOptions {
  /**
   * How long the result stays fresh, in milliseconds, or with the tags that `invalidate` knows it by. Default: the
   * backend's `cache`. Callers at the same moment always share one request.
   */
  readonly cache?: number | { readonly maxAge?: number; readonly tags?: readonly string[] };
  /** Deadline in milliseconds. Default: the backend's `timeout`. */
  readonly timeout?: number;
  /** Gives up waiting. The request itself is aborted when nobody else waits for it. */
  readonly signal?: AbortSignal;
}

export interface CachePolicy {
  readonly maxAgeMs: number | undefined;
  readonly tags: readonly string[] | undefined;
}

/** @throws NetronError `invalid-argument` for a `maxAge` that is no duration. */
export function cachePolicy({ cache }: QueryOptions, place: CallPlace): CachePolicy {
  const { maxAge, tags } = typeof cache === 'object' && cache !== null ? cache : { maxAge: cache, tags: undefined };
  if (maxAge !== undefined && !(typeof maxAge === 'number' && maxAge >= 0)) {
    const reason = `option cache is ${String(maxAge)} (${typeof maxAge}), expected milliseconds from 0 up`;
    throw callError('invalid-argument', reason, place);
  }
  return { maxAgeMs: maxAge, tags };
}
