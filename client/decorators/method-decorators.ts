import type { EntryRef } from '../cache/entry.js';
import type { AnyConflictAnswer, AnyLayer, Given, TargetOf } from '../mutation-options.js';
import type { NetronService } from '../netron-service.js';
import { type Args, type Contract, type Method, type Result, SERVICE_KEY, type ServiceMethod } from '../service.js';
import type { MethodDefaults, MutationDefaults, QueryDefaults } from '../service-defaults.js';
import { assertDecorated } from './decorated.js';
import { assertDefaults, MUTATION_TYPES, QUERY_TYPES } from './default-types.js';

type AnyService = NetronService<object>;

/** What `O` has and `D` has not: said by no options. */
type Nothing<O, D> = { readonly [N in Exclude<keyof O, keyof D>]?: never };

/** Those of a method that is not known yet. */
interface AnyMutationDefaults<V> extends Omit<MutationDefaults<never>, 'onConflict' | 'optimistic' | 'target'> {
  readonly optimistic?: AnyLayer | readonly AnyLayer[] | ((current: Given<V>, ...args: never) => Given<V>) | undefined;
  readonly target?: EntryRef<V> | undefined;
  readonly onConflict?: AnyConflictAnswer | undefined;
}

/** `D` is what the options `O` may be for the method. */
type Fit<O, D> = O extends D ? unknown : { readonly 'options that do not fit the method': O };

type Context<This extends AnyService, K extends string, V> = ClassAccessorDecoratorContext<This, V> & {
  readonly name: K;
  readonly static: false;
  readonly private: false;
};

/** Of a member that is named like a method of the service. */
export type QueryDecorator<O> = <
  This extends AnyService,
  K extends Method<Contract<This>>,
  V extends ServiceMethod<Contract<This>, K>,
>(
  target: ClassAccessorDecoratorTarget<This, V>,
  context: Context<This, K, V> & Fit<O, QueryDefaults<Result<Contract<This>, K>>>,
) => ClassAccessorDecoratorResult<This, V>;

/** Likewise. */
export type MutationDecorator<O> = <
  This extends AnyService,
  K extends Method<Contract<This>>,
  V extends ServiceMethod<Contract<This>, K>,
>(
  target: ClassAccessorDecoratorTarget<This, V>,
  context: Context<This, K, V> &
    Fit<O, MutationDefaults<Args<Contract<This>, K>, Result<Contract<This>, K>, TargetOf<O>, TargetOf<O>>>,
) => ClassAccessorDecoratorResult<This, V>;

/**
 * How a method of the service is asked where a call does not say otherwise, by whichever way it is called:
 *
 * ```ts
 * @Service('users@1.0.0')
 * class UserService extends NetronService<Users> {
 *   @Query({ cache: 60_000 }) accessor list = this.method('list');
 * }
 * ```
 *
 * With a type in place of the value, `accessor list!: Users['list']`, overloads and type parameters are kept.
 *
 * @throws NetronError `invalid-config` that names a wrong option, `invalid-argument` where it is on something else.
 */
export function Query<O extends QueryDefaults = object>(
  options?: O & QueryDefaults & Nothing<O, QueryDefaults>,
): QueryDecorator<O> {
  return decorate('Query', 'query', options) as never;
}

/**
 * Says of a method of the service that it changes something, and how: `@Mutation({ invalidate: 'users' }) accessor update =
 * this.method('update')`. Members and chains call it so, `client.mutate` has the options.
 *
 * @throws NetronError `invalid-config` that names a wrong option, `invalid-argument` where it is on something else.
 */
export function Mutation<O extends AnyMutationDefaults<V> = object, V = unknown>(
  options?: O & AnyMutationDefaults<V> & Nothing<O, MutationDefaults>,
): MutationDecorator<O> {
  return decorate('Mutation', 'mutation', options) as never;
}

type Call = (...args: readonly unknown[]) => unknown;

function decorate(decorator: string, kind: MethodDefaults['kind'], options: object = {}) {
  return (target: { get(): Call }, context: { readonly name: string }) => {
    assertDecorated(decorator, context, 'accessor');
    const { name } = context;
    assertDefaults(`@${decorator}(${name})`, options, kind === 'query' ? QUERY_TYPES : MUTATION_TYPES);
    const { get: read } = target;
    function get(this: unknown): Call {
      return read.call(this as never);
    }
    const value: MethodDefaults = { kind, options };
    return {
      // What the class has, other than a value, before there is any instance.
      get: Object.defineProperty(get, SERVICE_KEY, { value }),
      init(this: { method(name: string): Call }, call: Call | undefined): Call {
        return call ?? this.method(name);
      },
    };
  };
}
