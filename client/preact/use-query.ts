import type { AnyService, Args, Method, Result, ServiceId } from '../service.js';
import { useLiveQueries } from './live-queries.js';
import type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';

export type { UseQueryOptions, UseQueryResult } from './query-hook-options.js';

/**
 * Asks a method and watches its entry while the component is mounted. Other arguments are another entry; option objects
 * may be written inline, they are read when something is asked and never restart anything.
 *
 * @throws NetronError `invalid-config` without a provider, `invalid-argument` for a wrong argument or option.
 */
export function useQuery(
  service: string,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions,
): UseQueryResult<unknown>;
export function useQuery<T extends object, K extends Method<T>, S = Result<T, K>>(
  service: ServiceId<T>,
  method: K,
  args: Readonly<Args<T, K>>,
  options?: UseQueryOptions<Result<T, K>, S>,
): UseQueryResult<S>;
export function useQuery(
  service: AnyService,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions,
): UseQueryResult<unknown> {
  return useLiveQueries([[service, method, args, options]])[0] as UseQueryResult<unknown>;
}
