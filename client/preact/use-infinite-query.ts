import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { Entry } from '../cache/entry.js';
import type { Args, Method, Result, ServiceId } from '../service.js';
import { infiniteQuery } from './infinite-query.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import type { AnyService } from './live-queries.js';
import { isEnabled } from './live-query.js';
import { useNetronClient } from './netron-provider.js';

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
  const entryOf = (args: readonly unknown[]): Entry => client.entry(service as string, method, args) as Entry;
  const first = entryOf(options.args);
  const list = useMemo(() => infiniteQuery(client, first, entryOf, options), [first, isEnabled(options)]);
  list.update(options);
  useLayoutEffect(list.commit);
  useLayoutEffect(() => list.stop, [list]);
  return list.result;
}
