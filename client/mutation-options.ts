import type { EntryRef } from './cache/entry.js';
import type { Layer } from './cache/layer.js';
import type { Selector } from './cache/selector.js';
import type { NetronError } from './netron-error.js';
import type { RequestOptions } from './request-options.js';

/** Spread, so that a list that is written in place is taken for the tuple that it has to be. */
type Again<A extends readonly unknown[]> = readonly [...A] | undefined;
type AnyAgain = readonly unknown[] | [] | undefined;

/** What answers to conflicts of a method that is not known yet. */
export type AnyConflictAnswer = (error: NetronError, ...args: never) => AnyAgain | Promise<AnyAgain>;

export interface MutationOptions<A extends readonly unknown[] = readonly unknown[], R = unknown>
  extends RequestOptions<R> {
  /**
   * What readers see until the server has answered, on one entry or several. A function is short for one layer on
   * {@link target}.
   */
  readonly optimistic?: Layer<A, R> | readonly Layer<A, R>[] | ((current: never, ...args: A) => unknown);
  /** The entry that an `optimistic` function is for, which cannot be without. */
  readonly target?: EntryRef<unknown>;
  /** What its success makes stale. Entries that somebody observes are fetched again. */
  readonly invalidate?: Selector | readonly Selector[];
  /** It may be sent twice without harm, so `retry` holds for it as well. Default false. */
  readonly idempotent?: boolean;
  /**
   * Mutations of one scope are sent one after another, in the order in which they were called; one that fails does not
   * hold up the next. Waiting counts for `timeout`, and what is given up while it waits is not sent. Default: at once.
   */
  readonly scope?: string;
  /**
   * What to do about a 409: the arguments to try again with, once, or undefined to give up. The layers stay meanwhile. It
   * may take its time, to ask somebody: `timeout` counts for each of the two calls. Default: give up.
   */
  readonly onConflict?: (error: NetronError, ...args: A) => Again<A> | Promise<Again<A>>;
}
