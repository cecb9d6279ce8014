import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import type { MutationOptions } from '../mutations.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import type { Args, Method, Result, ServiceRef } from '../service.js';
import { useNetronClient } from './netron-provider.js';

/** Options, or a function that makes them from the arguments, for layers that depend on those. */
export type UseMutationOptions<A extends readonly unknown[], R> =
  | MutationOptions<A, R>
  | ((...args: A) => MutationOptions<A, R>);

export interface UseMutationResult<A extends readonly unknown[], R> {
  /** Resolves to the result; rejects with the error that {@link error} shows too. */
  readonly mutate: (...args: A) => Promise<R>;
  /** Of the last call that succeeded. */
  readonly data: ReadonlySignal<R | undefined>;
  /** True while at least one call is under way. */
  readonly loading: ReadonlySignal<boolean>;
  /** Of the last call that settled; undefined when it succeeded. */
  readonly error: ReadonlySignal<NetronError | undefined>;
  /** Forgets data and error. */
  readonly reset: () => void;
}

/** Calls a method that changes something, and shows how that goes. */
export function useMutation<T extends object, K extends Method<T>>(
  service: ServiceRef<T>,
  method: K,
  options?: UseMutationOptions<Args<T, K>, Result<T, K>>,
): UseMutationResult<Args<T, K>, Result<T, K>>;
export function useMutation(
  service: ServiceRef<object> | string,
  method: string,
  options: UseMutationOptions<readonly unknown[], unknown> = {},
): UseMutationResult<readonly unknown[], unknown> {
  const client = useNetronClient();
  const latest = useRef(options);
  latest.current = options;
  const data = useSignal<unknown>(undefined);
  const error = useSignal<NetronError | undefined>(undefined);
  const pending = useSignal(0);
  const loading = useSignal(false);
  const mutate = useCallback(
    async (...args: readonly unknown[]) => {
      const { current } = latest;
      const chosen = typeof current === 'function' ? current(...args) : current;
      loading.value = ++pending.value > 0;
      try {
        const result = await client.mutate(service as string, method, args, chosen);
        data.value = result;
        error.value = undefined;
        return result;
      } catch (thrown) {
        if (isNetronError(thrown)) error.value = thrown;
        throw thrown;
      } finally {
        loading.value = --pending.value > 0;
      }
    },
    [client, service, method],
  );
  return useMemo(() => {
    const reset = (): void => {
      data.value = undefined;
      error.value = undefined;
    };
    return { mutate, data, loading, error, reset };
  }, [mutate]);
}
