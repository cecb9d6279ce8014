import type { EntryRef } from './cache/entry.js';
import type { Layer } from './cache/layer.js';
import type { Selector } from './cache/selector.js';
import type { NetronError } from './netron-error.js';
import type { RequestOptions } from './request-options.js';

/** Spread, so that a list that is written in place is taken for the tuple that it has to be. */
type Again<A extends readonly unknown[]> = readonly [...A] | undefined;
type AnyAgain = readonly unknown[] | [] | undefined;

/** A layer of a mutation whose method is not known yet. */
export interface AnyLayer {
  readonly target: EntryRef<unknown>;
  readonly update: (current: unknown, ...args: never) => unknown;
}

/** What answers to conflicts of such a one. */
export type AnyConflictAnswer = (error: NetronError, ...args: never) => AnyAgain | Promise<AnyAgain>;

/** What a mutation may say besides what its readers see meanwhile. */
export interface MutationRules<A extends readonly unknown[] = readonly unknown[], R = unknown>
  extends RequestOptions<R> {
  /** What its success makes stale. Entries that somebody observes are fetched again. */
  readonly invalidate?: Selector | readonly Selector[] | undefined;
  /** It may be sent twice without harm, so `retry` holds for it as well. Default false. */
  readonly idempotent?: boolean | undefined;
  /**
   * Mutations of one scope are sent one after another, in the order in which they were called; one that fails does not
   * hold up the next. Waiting counts for `timeout`, and what is given up while it waits is not sent. Default: at once.
   */
  readonly scope?: string | undefined;
  /**
   * What to do about a 409: the arguments to try again with, once, or undefined to give up. The layers stay meanwhile. It
   * may take its time, to ask somebody: `timeout` counts for each of the two calls. Default: give up.
   */
  readonly onConflict?: ((error: NetronError, ...args: A) => Again<A> | Promise<Again<A>>) | undefined;
}

interface OptimisticLayers<A extends readonly unknown[], R> {
  /**
   * What readers see until the server has answered, on one entry or several. A function, such as
   * `(current, ...args) => next`, is short for one layer on `target`.
   */
  readonly optimistic?: Layer<A, R> | readonly Layer<A, R>[] | undefined;
  /** The entry that an `optimistic` function is for; a layer has its own. */
  readonly target?: undefined;
}

/** `V`, which is to be inferred from elsewhere. */
export type Given<V> = [V][V extends unknown ? 0 : never];

interface OptimisticFunction<A extends readonly unknown[], V, Next> {
  /** What readers of `target` see until the server has answered, made of what lies below. Pure: it may run again. */
  readonly optimistic: (current: Given<V>, ...args: A) => Given<Next>;
  /** The entry that it is for. */
  readonly target: EntryRef<Next>;
}

/**
 * What a mutation shows until it is answered. `V` and `Next` are what the `target` of a function holds: the same, unless
 * that is not known.
 */
export type OptimisticOption<A extends readonly unknown[], R, V, Next = V> =
  | OptimisticLayers<A, R>
  | OptimisticFunction<A, V, Next>;

/**
 * What a mutation may say. `V` is what the `target` holds that an `optimistic` function is for: inferred by a call, and to
 * be named where options with such a function are kept for later. {@link MutationRules} is the part that can be extended.
 */
export type MutationOptions<
  A extends readonly unknown[] = readonly unknown[],
  R = unknown,
  V = unknown,
> = MutationRules<A, R> & OptimisticOption<A, R, V>;

/** Of a method that is known by its name alone. */
export type AnyMutationOptions = MutationRules & OptimisticOption<readonly unknown[], unknown, never, unknown>;

/** What the `target` among the options holds. */
export type TargetOf<O> = O extends { readonly target: EntryRef<infer V> } ? V : unknown;
