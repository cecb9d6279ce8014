import type { EntryRef } from './cache/entry.js';
import type { AnyConflictAnswer, AnyLayer, AnyMutationOptions, MutationOptions, TargetOf } from './mutation-options.js';
import type { NetronClient } from './netron-client.js';
import { NetronError } from './netron-error.js';
import type { QueryOptions } from './query-options.js';
import type { StandardSchema } from './request-options.js';
import type { AnyService, Args, Method, Result, ServiceMethod } from './service.js';

/** Everything that a call may say. */
type CallOptions<A extends readonly unknown[], R, V> = QueryOptions<R> & MutationOptions<A, R, V>;
/** The same, where the method is not known. */
type AnyCallOptions = QueryOptions & AnyMutationOptions;
type ChainName = keyof AnyCallOptions;

/** Every option is a step of a chain. 1 for those that only a mutation has: a chain with one changes something. */
const STEPS: Readonly<Record<ChainName, 0 | 1>> = {
  cache: 0,
  dedupe: 0,
  timeout: 0,
  retry: 0,
  priority: 0,
  metrics: 0,
  signal: 0,
  transform: 0,
  validate: 0,
  fallback: 0,
  optimistic: 1,
  target: 1,
  invalidate: 1,
  idempotent: 1,
  scope: 1,
  onConflict: 1,
};

/** What the language calls by itself, which must not call the service. */
const UNCALLED = /^(then|toJSON|toString|valueOf)$/;

type OptimisticStep<S> = S extends { readonly target: EntryRef<infer V> }
  ? (current: V, ...args: never) => V
  : (current: never, ...args: never) => unknown;

/** Steps whose values have to fit the method that is called in the end. */
interface FittingSteps<T extends object, S extends object> {
  transform<V>(value: (answer: unknown) => V): Fluent<T, S & { readonly transform: (answer: unknown) => V }>;
  validate<V = never>(
    value: StandardSchema<V> | ((value: unknown) => boolean),
  ): Fluent<T, S & { readonly validate: StandardSchema<V> }>;
  fallback<V>(value: V | ((error: NetronError) => V)): Fluent<T, S & { readonly fallback: V }>;
  /** A function after `target` is given what that holds. */
  optimistic<V extends AnyLayer | readonly AnyLayer[] | OptimisticStep<S>>(
    value: V,
  ): Fluent<T, S & { readonly optimistic: V }>;
  target<V>(value: EntryRef<V>): Fluent<T, S & { readonly target: EntryRef<V> }>;
  onConflict<V extends AnyConflictAnswer>(value: V): Fluent<T, S & { readonly onConflict: V }>;
}

type OtherStep = Exclude<ChainName, keyof FittingSteps<object, object>>;

/** What is there in place of a method that the options of the chain do not fit. */
export interface Unfit<S> {
  readonly 'options that do not fit the method': S;
}

type Fitting<T, K extends keyof T, S, F> = S extends CallOptions<Args<T, K>, Result<T, K>, TargetOf<S>> ? F : Unfit<S>;

/** What JavaScript calls by itself, and the options of what watches. */
type Uncalled =
  | 'then'
  | 'toJSON'
  | 'toString'
  | 'valueOf'
  | 'background'
  | 'refetchInterval'
  | 'invalidateOn'
  | 'select'
  | 'enabled'
  | 'placeholder';

/**
 * A service whose methods are called with the options of the chain. What neither the chain nor the reference says is not
 * done: the method is called each time and once, whatever the defaults of the backend, since it may change something. One
 * that is named like an option, also of hooks, or like what JavaScript calls by itself, is reached by `call('cache', …)`. `S` is what the options have to fit the method for.
 */
export type Fluent<T extends object, S extends object = object> = FittingSteps<T, S> & {
  readonly [N in OtherStep]-?: (value: NonNullable<AnyCallOptions[N]>) => Fluent<T, S>;
} & {
  /** The method by its name. */
  call<K extends Method<T>>(method: K & Fitting<T, K, S, K>, ...args: Args<T, K>): Promise<Result<T, K>>;
} & {
  readonly [K in Exclude<Method<T>, ChainName | Uncalled | 'call'>]: Fitting<T, K, S, ServiceMethod<T, K>>;
};

/** The same for a service that is known by its name alone. */
export type FluentByName = {
  readonly [N in ChainName]-?: (value: NonNullable<AnyCallOptions[N]>) => FluentByName;
} & {
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
} & {
  readonly [method: string]: (...args: readonly unknown[]) => Promise<unknown>;
};

/** Options of what watches, which a call does not. Nobody who writes one means a method of that name. */
const WATCHED = /^(background|refetchInterval|invalidateOn|select|enabled|placeholder)$/;

function notWatching(name: string): NetronError {
  return new NetronError('invalid-argument', `${name} is no option of a call; for a method: call('${name}', …)`);
}

/** Nothing is kept on it, and nothing can be. */
const TARGET = /* @__PURE__ */ Object.freeze({});

/** Collects options until a method is called. Each step is a chain of its own, so one may be kept and used again. */
export function serviceChain(
  client: NetronClient,
  service: AnyService,
  options: Readonly<Record<string, unknown>> = {},
  isMutation = false,
): unknown {
  const call = serviceCall(client, service, options, isMutation);
  return new Proxy(TARGET, {
    get(_, name) {
      if (typeof name === 'symbol' || UNCALLED.test(name)) return undefined;
      if (name === 'call') return call;
      if (WATCHED.test(name)) {
        return () => {
          throw notWatching(name);
        };
      }
      if (!Object.hasOwn(STEPS, name)) return (...args: readonly unknown[]) => call(name, ...args);
      return (value: unknown) =>
        serviceChain(client, service, { ...options, [name]: value }, isMutation || STEPS[name as ChainName] > 0);
    },
  });
}

/**
 * Asks a method or changes something by it: as its reference says, unless the options are those of a mutation. What neither
 * says is not done: a method that nobody knows may change something.
 */
export function serviceCall(client: NetronClient, service: AnyService, options: QueryOptions = {}, isMutation = false) {
  return async (method: string, ...args: readonly unknown[]): Promise<unknown> => {
    const { queries } = client.parts;
    const node = client.parts.node(service, method);
    if (isMutation || node.kind === 'mutation') return client.mutate(service as string, method, args, options);
    const isPlain = node.kind === undefined && (options.cache ?? options.dedupe) === undefined;
    return queries.query(node, args, options, isPlain);
  };
}
