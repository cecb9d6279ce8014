import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { Entry } from '../cache/entry.js';
import { assertField, assertFields, type FieldChecks, FUNCTION, wholeFrom } from '../option-fields.js';
import type { AnyService, Args, Method, Result, ServiceId } from '../service.js';
import { PAGES_MAX } from './hook-limits.js';
import { infiniteQuery } from './infinite-query.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import { useNetronClient } from './netron-provider.js';
import { HOOK_CHECKS } from './query-hook-options.js';

const CHECKS: FieldChecks = { ...HOOK_CHECKS, getPreviousArgs: FUNCTION, maxPages: wholeFrom(1, PAGES_MAX) };

/**
 * A list that is asked for page by page. Each page is an entry of its own, so that optimistic layers and `invalidate` work
 * on pages as on anything else. After a refetch of a page that leads to another page after it than before, that one takes
 * its place. What `getNextArgs` or `getPreviousArgs` throws shows in `error`.
 *
 * @throws NetronError `invalid-config` without a provider, `invalid-argument` for a wrong argument or option.
 */
export function useInfiniteQuery(
  service: string,
  method: string,
  options: UseInfiniteQueryOptions,
): UseInfiniteQueryResult<unknown>;
export function useInfiniteQuery<T extends object, K extends Method<T>>(
  service: ServiceId<T>,
  method: K,
  options: UseInfiniteQueryOptions<Result<T, K>, Readonly<Args<T, K>>>,
): UseInfiniteQueryResult<Result<T, K>>;
export function useInfiniteQuery(
  service: AnyService,
  method: string,
  options: UseInfiniteQueryOptions,
): UseInfiniteQueryResult<unknown> {
  const client = useNetronClient();
  const { parts } = client;
  const node = parts.node(service, method);
  assertFields(options, '', CHECKS, node);
  assertField('getNextArgs', options.getNextArgs, FUNCTION, node);
  const entryOf = (args: readonly unknown[]): Entry => parts.entry(node, args);
  const first = entryOf(options.args);
  const list = useMemo(() => infiniteQuery(client, first, entryOf, options), [first]);
  list.update(options);
  // The first, since the other one may throw.
  useLayoutEffect(() => list.stop, [list]);
  useLayoutEffect(list.commit);
  return list.result;
}
