import { assertField, type FieldCheck } from '../option-fields.js';
import type { AnyService, Args, Method, Result, ServiceId } from '../service.js';
import { type AnyQuery, useLiveQueries } from './live-queries.js';
import type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';

const QUERIES: FieldCheck = (value) =>
  Array.isArray(value) && value.every(Array.isArray) ? '' : 'a list of queries, each a list itself';

// Services, methods and `select` functions are inferred each as a list of its own, from all queries at once. So the
// service and the method of a query are known before what its `select` is given has to be.
type ContractOf<S> = S extends ServiceId<infer T extends object> ? T : never;
type MethodOf<S> = S extends string ? string : Method<ContractOf<S>>;
type ArgsOf<S, K> = S extends string
  ? readonly unknown[]
  : K extends Method<ContractOf<S>>
    ? Readonly<Args<ContractOf<S>, K>>
    : readonly unknown[];
type ResultOf<S, K> = S extends string ? unknown : K extends Method<ContractOf<S>> ? Result<ContractOf<S>, K> : never;

type At<L, I> = I extends keyof L ? L[I] : never;

/** Options of which one has to be inferred. */
type Selecting<F> = { readonly [N in Exclude<keyof UseQueryOptions, 'select'>]?: unknown } & {
  readonly select?: F | undefined;
};
type Selected<F, R> = F extends (data: never) => infer V ? V : R;

type QueryOf<S, K> = readonly [
  service: AnyService,
  method: MethodOf<S>,
  args: ArgsOf<S, K>,
  options?: UseQueryOptions<ResultOf<S, K>, unknown> | undefined,
];

/**
 * Several queries whose number may change, each like one of `useQuery`: `useQueries([[Users, 'get', ['u1']], …])`. What
 * comes or goes leaves the others alone. A list that is made by `map` needs `as const` behind each query.
 *
 * @throws NetronError `invalid-config` for what is no list of lists, and as `useQuery` does for each of them.
 */
export function useQueries<
  const S extends readonly AnyService[],
  const K extends readonly string[],
  const F extends readonly unknown[],
>(
  queries: { readonly [I in keyof S]: readonly [service: S[I], ...unknown[]] } & {
    readonly [I in keyof K]: readonly [service: unknown, method: K[I] | string, ...unknown[]];
  } & {
    readonly [I in keyof F]: readonly [
      service: unknown,
      method: unknown,
      args: unknown,
      options?: Selecting<F[I]> | undefined,
    ];
  } & NoInfer<{ readonly [I in keyof S]: QueryOf<S[I], At<K, I>> }>,
): { readonly [I in keyof S]: UseQueryResult<Selected<At<F, I>, ResultOf<S[I], At<K, I>>>> } {
  assertField('queries', queries, QUERIES);
  return useLiveQueries(queries as readonly AnyQuery[]) as never;
}
