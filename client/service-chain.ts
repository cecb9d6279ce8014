import type { MutationOptions } from './mutation-options.js';
import type { NetronClient } from './netron-client.js';
import type { QueryOptions } from './query-options.js';
import type { Args, Method, Result, ServiceId } from './service.js';

/** Everything that a call may say, as methods of a chain. */
type ChainOptions = QueryOptions & MutationOptions;
export type ChainName = Exclude<keyof ChainOptions, '_'>;

const CHAIN_NAMES: ReadonlySet<string> = new Set<ChainName>([
  'cache',
  'dedupe',
  'timeout',
  'retry',
  'priority',
  'metrics',
  'signal',
  'transform',
  'validate',
  'fallback',
  'optimistic',
  'target',
  'invalidate',
  'idempotent',
  'scope',
  'onConflict',
]);

/** Options that only a mutation has: a chain with one of them changes something. */
const MUTATION_NAMES = ['optimistic', 'target', 'invalidate', 'idempotent', 'scope', 'onConflict'] as const;

type Chain<T extends object> = {
  readonly [N in ChainName]-?: (value: NonNullable<ChainOptions[N]>) => Fluent<T>;
};

/**
 * A service whose methods are called with the options of the chain. A method that is named like an option is reached by
 * `call('cache', …)`.
 */
export type Fluent<T extends object> = Chain<T> & {
  /** The method by its name: what to use for those that are named like an option. */
  call<K extends Method<T>>(method: K, ...args: Args<T, K>): Promise<Result<T, K>>;
} & {
  readonly [K in Exclude<Method<T>, ChainName | 'call' | 'then'>]: (...args: Args<T, K>) => Promise<Result<T, K>>;
};

/** Collects options until a method is called. Each step is a chain of its own, so one may be kept and used again. */
export function serviceChain<T extends object>(
  client: NetronClient,
  service: ServiceId<T>,
  options: Readonly<Record<string, unknown>> = {},
): Fluent<T> {
  const call = (method: string, ...args: readonly unknown[]): Promise<unknown> =>
    MUTATION_NAMES.some((name) => name in options)
      ? client.mutate(service as never, method as never, args as never, options)
      : client.query(service as never, method as never, args as never, options);
  return new Proxy(call, {
    get(_, name) {
      // Or an `await` of the chain would call the service.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      if (name === 'call') return call;
      if (!CHAIN_NAMES.has(name)) return (...args: readonly unknown[]) => call(name, ...args);
      return (value: unknown) => serviceChain(client, service, { ...options, [name]: value });
    },
  }) as unknown as Fluent<T>;
}
