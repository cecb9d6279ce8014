import type { Args, Method, Result, ServiceId } from '../service.js';
import { type AnyQuery, useLiveQueries } from './live-queries.js';
import type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';

/** Of options only that there are some: what they may be depends on the method. */
type AnyQueryOf = readonly [
  service: ServiceId<object> | string,
  method: string,
  args: readonly unknown[],
  options?: object,
];

type Untyped = readonly [
  service: string,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions<unknown, unknown>,
];

/** What the options of a query make of its result. */
type Selected<Q, R> = Q extends readonly [unknown, unknown, unknown, { readonly select: (data: never) => infer S }]
  ? S
  : R;

/** The query that an item of this type has to be. */
type Checked<Q> = Q extends readonly [infer S, infer K, ...unknown[]]
  ? S extends string
    ? Untyped
    : S extends ServiceId<infer T extends object>
      ? K extends Method<T>
        ? readonly [S, K, Readonly<Args<T, K>>, UseQueryOptions<Result<T, K>, Selected<Q, Result<T, K>>>?]
        : readonly [S, Method<T>, ...unknown[]]
      : never
  : never;

type Shown<Q> = Q extends readonly [infer S, infer K, ...unknown[]]
  ? S extends string
    ? UseQueryResult<Selected<Q, unknown>>
    : S extends ServiceId<infer T extends object>
      ? K extends Method<T>
        ? UseQueryResult<Selected<Q, Result<T, K>>>
        : never
      : never
  : never;

/**
 * Several queries whose number may change, each like one of `useQuery`: `useQueries([[Users, 'get', ['u1']], …])`. What
 * comes or goes leaves the others alone.
 */
export function useQueries<const Q extends readonly AnyQueryOf[]>(
  queries: Q & { readonly [I in keyof Q]: Checked<Q[I]> },
): { readonly [I in keyof Q]: Shown<Q[I]> } {
  return useLiveQueries(queries as readonly AnyQuery[]) as never;
}
