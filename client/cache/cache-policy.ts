import type { CallPlace } from '../call/call-error.js';
import { optionError } from '../option-error.js';
import type { TagNode } from './tag-node.js';

/** How long a result is good for, and what it is known by. */
export interface CacheOptions {
  /** How long it stays fresh, in milliseconds. Default 0: every query asks again. `Infinity`: until it is invalidated. */
  readonly maxAge?: number | undefined;
  /**
   * For how long after that a query is still answered with it at once, while it is asked for again, in milliseconds.
   * Default 0. What was invalidated is never answered so.
   */
  readonly staleWhileRevalidate?: number | undefined;
  /** What `invalidate` knows it by. Default: none, or those that the server names. */
  readonly tags?: readonly string[] | undefined;
  /** Where asking again fails, queries are answered with the old result instead of the error. Default false. */
  readonly cacheOnError?: boolean | undefined;
}

/** Resolved options, shared by all entries that were asked for in the same way. */
export interface CachePolicy {
  readonly maxAgeMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly cacheOnError: boolean;
  readonly tags: readonly TagNode[];
  /** A caller said how long it stays fresh; otherwise the server may. */
  readonly isExplicit: boolean;
}

export const NO_CACHE: CachePolicy = {
  maxAgeMs: 0,
  staleWhileRevalidateMs: 0,
  cacheOnError: false,
  tags: [],
  isExplicit: false,
};

/**
 * `policy` with what `option` says in addition.
 *
 * @throws NetronError `invalid-argument` that names the option.
 */
export function refinePolicy(
  policy: CachePolicy,
  option: number | CacheOptions | undefined,
  tagOf: (name: string) => TagNode,
  place: CallPlace,
): CachePolicy {
  if (option === undefined) return policy;
  const { maxAge, staleWhileRevalidate, tags, cacheOnError }: CacheOptions =
    typeof option === 'object' && option !== null ? option : { maxAge: option };
  if (tags !== undefined && !Array.isArray(tags)) throw optionError('cache.tags', tags, 'a list of texts', place);
  return {
    maxAgeMs: duration(maxAge, 'cache', policy.maxAgeMs, place),
    staleWhileRevalidateMs: duration(
      staleWhileRevalidate,
      'cache.staleWhileRevalidate',
      policy.staleWhileRevalidateMs,
      place,
    ),
    cacheOnError: cacheOnError ?? policy.cacheOnError,
    tags: tags === undefined ? policy.tags : [...new Set(tags)].map((tag) => tagOf(String(tag))),
    isExplicit: policy.isExplicit || maxAge !== undefined,
  };
}

export function isSamePolicy(a: CachePolicy, b: CachePolicy): boolean {
  return (
    a === b ||
    (a.maxAgeMs === b.maxAgeMs &&
      a.staleWhileRevalidateMs === b.staleWhileRevalidateMs &&
      a.cacheOnError === b.cacheOnError &&
      a.isExplicit === b.isExplicit &&
      a.tags.length === b.tags.length &&
      a.tags.every((tag, i) => tag === b.tags[i]))
  );
}

function duration(value: unknown, option: string, otherwise: number, place: CallPlace): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && value >= 0) return value;
  throw optionError(option, value, 'milliseconds from 0 up', place);
}
