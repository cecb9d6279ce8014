import type { CallPlace } from '../call/call-error.js';
import { assertField, assertFields, type FieldCheck, OBJECT, ofType } from '../option-fields.js';
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
  /** The app said which tags it has; otherwise the server may, with each answer. */
  readonly isTagged: boolean;
}

export const NO_CACHE: CachePolicy = {
  maxAgeMs: 0,
  staleWhileRevalidateMs: 0,
  cacheOnError: false,
  tags: [],
  isExplicit: false,
  isTagged: false,
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
  const { maxAge, staleWhileRevalidate, tags, cacheOnError } = parseCacheOption(option, 'cache', place);
  return {
    maxAgeMs: maxAge ?? policy.maxAgeMs,
    staleWhileRevalidateMs: staleWhileRevalidate ?? policy.staleWhileRevalidateMs,
    cacheOnError: cacheOnError ?? policy.cacheOnError,
    tags: tags === undefined ? policy.tags : [...new Set(tags)].map(tagOf),
    isExplicit: policy.isExplicit || maxAge !== undefined,
    isTagged: policy.isTagged || tags !== undefined,
  };
}

/**
 * @throws NetronError `invalid-argument` at the place of a call, else `invalid-config`, that names the option, which is
 *   known as `name`.
 */
export function parseCacheOption(option: unknown, name: string, place?: CallPlace): CacheOptions {
  if (OBJECT(option) !== '') {
    assertField(name, option, DURATION, place);
    return { maxAge: option as number };
  }
  assertFields(option as object, name, CHECKS, place);
  return option as CacheOptions;
}

const DURATION: FieldCheck = (value) => (typeof value === 'number' && value >= 0 ? '' : 'milliseconds from 0 up');

const CHECKS = {
  maxAge: DURATION,
  staleWhileRevalidate: DURATION,
  cacheOnError: ofType('boolean'),
  tags: (value: unknown) =>
    Array.isArray(value) && value.every((tag) => typeof tag === 'string') ? '' : 'a list of texts',
};

export function isSamePolicy(a: CachePolicy, b: CachePolicy): boolean {
  return (
    a === b ||
    (a.maxAgeMs === b.maxAgeMs &&
      a.staleWhileRevalidateMs === b.staleWhileRevalidateMs &&
      a.cacheOnError === b.cacheOnError &&
      a.isExplicit === b.isExplicit &&
      a.isTagged === b.isTagged &&
      a.tags.length === b.tags.length &&
      a.tags.every((tag, i) => tag === b.tags[i]))
  );
}
