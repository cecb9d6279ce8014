import type { ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Entry } from '../cache/entry.js';
import type { NetronError } from '../netron-error.js';
import type { QueryOptions } from '../query-options.js';
import type { Args, Method, Result, ServiceRef } from '../service.js';
import { useNetronClient } from './netron-provider.js';

export interface UseQueryOptions extends QueryOptions {
  /** False neither asks nor watches. Default true. */
  readonly enabled?: boolean;
}

/** Signals, so that a component that reads `data` alone renders when `data` changes and at no other time. */
export interface UseQueryResult<V> {
  readonly data: ReadonlySignal<V | undefined>;
  readonly loading: ReadonlySignal<boolean>;
  readonly fetching: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<NetronError | undefined>;
  readonly refetch: () => Promise<V>;
}

/**
 * Asks a method and watches its entry while the component is mounted. Other arguments are another entry; option objects
 * may be written inline, they are read when something is asked and never restart anything.
 */
export function useQuery<T extends object, K extends Method<T>>(
  service: ServiceRef<T>,
  method: K,
  args: Args<T, K>,
  options?: UseQueryOptions,
): UseQueryResult<Result<T, K>>;
export function useQuery(
  service: string,
  method: string,
  args: readonly unknown[],
  options?: UseQueryOptions,
): UseQueryResult<unknown>;
export function useQuery(
  service: ServiceRef<object> | string,
  method: string,
  args: readonly unknown[],
  options: UseQueryOptions = {},
): UseQueryResult<unknown> {
  const client = useNetronClient();
  const entry = client.entry(service as string, method, args) as Entry;
  const enabled = options.enabled ?? true;
  // One for each entry: a render never reads what belongs to other arguments.
  const observer = useMemo(() => {
    const created = client.observe(entry);
    if (enabled) created.expect();
    return created;
  }, [client, entry, enabled]);
  const latest = useRef(options);
  latest.current = options;
  const started = useRef(false);
  // Its cleanup as well: that of a later effect would be missing where a component goes before it has been painted.
  useLayoutEffect(() => {
    if (!enabled) return;
    observer.start(entry, latest.current, started.current ? 'args' : 'mount');
    started.current = true;
    return () => observer.stop();
  }, [observer]);
  return useMemo(() => {
    const { data, loading, fetching, error } = observer;
    return { data, loading, fetching, error, refetch: () => observer.refetch() };
  }, [observer]);
}
