import type { MutationRules, OptimisticOption } from './mutation-options.js';
import type { QueryOptions } from './query-options.js';

/** What holds for every query of a method that does not say otherwise. */
export interface QueryDefaults<R = unknown> extends Omit<QueryOptions<R>, 'signal' | 'dedupe'> {
  /** False: each query asks by itself. Default true. */
  readonly dedupe?: boolean | undefined;
}

/**
 * What holds for every mutation by a method that does not say otherwise. `V` and `Next` are of an optimistic function, see
 * {@link OptimisticOption}.
 */
export type MutationDefaults<
  A extends readonly unknown[] = readonly unknown[],
  R = unknown,
  V = never,
  Next = unknown,
> = Omit<MutationRules<A, R>, 'signal'> & OptimisticOption<A, R, V, Next>;

/** What a reference says about a method: that it is asked or that it changes something, and how. */
export interface MethodDefaults {
  readonly kind: 'query' | 'mutation';
  /** {@link QueryDefaults} or {@link MutationDefaults} of the method. */
  readonly options: object;
}
