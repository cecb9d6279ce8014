import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { transact } from '../cache/transaction.js';
import type { AnyMutationOptions, MutationOptions } from '../mutation-options.js';
import { isNetronError, type NetronError } from '../netron-error.js';
import { report } from '../report.js';
import { type AnyService, type Args, type Method, type Result, type ServiceId, serviceRef } from '../service.js';
import { handled, optionThrew } from './hook-error.js';
import { useNetronClient } from './netron-provider.js';

/**
 * Called when a call has settled, also when the component is gone by then, and always the newest of them. What one throws
 * is reported as uncaught and changes nothing.
 */
export interface MutationCallbacks<A extends readonly unknown[], R> {
  readonly onSuccess?: ((result: R, ...args: A) => void) | undefined;
  readonly onError?: ((error: NetronError, ...args: A) => void) | undefined;
  /** After either of them. */
  readonly onSettled?: ((result: R | undefined, error: NetronError | undefined, ...args: A) => void) | undefined;
}

export type MutationHookOptions<A extends readonly unknown[], R, V = unknown> = MutationOptions<A, R, V> &
  MutationCallbacks<A, R>;

/** Options, or a function that makes them from the arguments, for layers that depend on those. */
export type UseMutationOptions<A extends readonly unknown[], R, V = unknown> =
  | MutationHookOptions<A, R, V>
  | ((...args: A) => MutationHookOptions<A, R, V>);

export interface UseMutationResult<A extends readonly unknown[], R> {
  /** Resolves to the result; rejects with the error that {@link error} shows too, which nobody has to catch. */
  readonly mutate: (...args: A) => Promise<R>;
  /** Of the newest call that has succeeded: one that settles after a newer one does not show. */
  readonly data: ReadonlySignal<R | undefined>;
  /** True while at least one call is under way. */
  readonly loading: ReadonlySignal<boolean>;
  /** Of the newest call that has settled; undefined when it succeeded. */
  readonly error: ReadonlySignal<NetronError | undefined>;
  /** Arguments of the newest call. */
  readonly variables: ReadonlySignal<A | undefined>;
  /** Forgets data, error and variables, and what calls that are under way will bring. */
  readonly reset: () => void;
}

type Unknowns = readonly unknown[];
type Chosen = AnyMutationOptions & MutationCallbacks<Unknowns, unknown>;
type AnyOptions = Chosen | ((...args: Unknowns) => Chosen);

/**
 * Calls a method that changes something, and shows how that goes. What is wrong with an argument or an option shows in
 * `error`, and is what `mutate` rejects with.
 *
 * @throws NetronError `invalid-config` without a provider, `invalid-argument` for what is no service.
 */
export function useMutation(
  service: string,
  method: string,
  options?: AnyOptions,
): UseMutationResult<Unknowns, unknown>;
export function useMutation<T extends object, K extends Method<T>, V = unknown>(
  service: ServiceId<T>,
  method: K,
  options?: UseMutationOptions<Args<T, K>, Result<T, K>, V>,
): UseMutationResult<Args<T, K>, Result<T, K>>;
export function useMutation(
  service: AnyService,
  method: string,
  options: AnyOptions = {},
): UseMutationResult<Unknowns, unknown> {
  const client = useNetronClient();
  const latest = useRef(options);
  latest.current = options;
  const { fullName, backend } = serviceRef(service);
  return useMemo(() => {
    const data = signal<unknown>(undefined);
    const error = signal<NetronError | undefined>(undefined);
    const variables = signal<Unknowns | undefined>(undefined);
    const pending = signal(0);
    const place = { backend: backend ?? client.parts.defaultBackend, service: fullName, method };
    /** Calls so far, and which of them is shown. */
    let newest = 0;
    let shown = 0;
    const run = async (args: Unknowns): Promise<unknown> => {
      const given = latest.current;
      let chosen: Chosen | undefined;
      let result: unknown;
      let failure: NetronError | undefined;
      const call = ++newest;
      transact(() => {
        pending.value++;
        variables.value = args;
      });
      try {
        chosen = optionsFor(given, args);
        result = await client.mutate(service as string, method, args, chosen);
      } catch (thrown) {
        failure = isNetronError(thrown) ? thrown : optionThrew(chosen ? 'fallback' : 'options', thrown, place);
      }
      transact(() => {
        pending.value--;
        if (call <= shown) return;
        shown = call;
        error.value = failure;
        if (!failure) data.value = result;
      });
      // The newest callbacks there are: a function that was not there at the start makes its own.
      const tell = (callback: (options: Chosen) => void): void => {
        try {
          const current = latest.current === given ? chosen : optionsFor(latest.current, args);
          if (current) callback(current);
        } catch (thrown) {
          report(thrown);
        }
      };
      tell(({ onSuccess, onError }) => (failure ? onError?.(failure, ...args) : onSuccess?.(result, ...args)));
      tell(({ onSettled }) => onSettled?.(result, failure, ...args));
      if (failure) throw failure;
      return result;
    };
    return {
      mutate: (...args: Unknowns) => handled(run(args)),
      data,
      error,
      variables,
      loading: computed(() => pending.value > 0),
      reset: () =>
        transact(() => {
          shown = newest;
          data.value = undefined;
          error.value = undefined;
          variables.value = undefined;
        }),
    };
  }, [client, backend, fullName, method]);
}

function optionsFor(options: AnyOptions, args: Unknowns): Chosen {
  return typeof options === 'function' ? options(...args) : options;
}
