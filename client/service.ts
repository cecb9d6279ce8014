import { parseQualifiedName } from '../protocol/names.js';
import { checkDefaults } from './client-config.js';
import { NetronError } from './netron-error.js';
import type { NetronService } from './netron-service.js';
import { shown } from './option-error.js';
import { assertField, OBJECT } from './option-fields.js';
import type { MethodDefaults, MutationDefaults, QueryDefaults } from './service-defaults.js';

/** Never there at run time; under it a type keeps the interface of a service for inference. */
export declare const CONTRACT: unique symbol;

/** A typed name of a service: costs nothing at run time and needs no build step. */
export interface ServiceRef<T extends object> {
  readonly name: string;
  readonly version?: string | undefined;
  readonly backend?: string | undefined;
  /** Default options of its methods, by their names. See {@link service}. */
  readonly queries?: Readonly<Record<string, object>> | undefined;
  readonly mutations?: Readonly<Record<string, object>> | undefined;
  readonly [CONTRACT]?: T;
  /** Functions and classes have a name as well, and are no references. */
  readonly apply?: never;
}

/** A service by its reference or by its class. */
export type ServiceId<T extends object> = ServiceRef<T> | (abstract new (...args: never[]) => NetronService<T>);

/** A service of which only its name has to be known. */
export type AnyService = ServiceId<object> | string;

/** The interface that a service class is of. */
export type Contract<S extends NetronService<object>> = S[typeof CONTRACT];

/** Names of the methods of a service interface. */
export type Method<T> = { [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] & string;

/** Argument tuple of a method. */
export type Args<T, K extends keyof T> = T[K] extends (...args: infer A extends readonly unknown[]) => unknown
  ? A
  : never;

/** What a call of the method resolves to. */
export type Result<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Names of its methods that return a stream, or promise one. */
export type StreamMethod<T> = {
  [K in Method<T>]: Result<T, K> extends AsyncIterable<unknown> ? K : never;
}[Method<T>];

/** Item type of a method that returns a stream. */
export type Item<T, K extends keyof T> = Result<T, K> extends AsyncIterable<infer I> ? I : never;

/** A method as the client calls it. */
export type ServiceMethod<T, K extends keyof T> = (...args: Args<T, K>) => Promise<Result<T, K>>;

/** What decorators say about a class, on it under this key, or about one of its members, on the member's getter. */
export const SERVICE_KEY = Symbol.for('netron.service');

export interface ResolvedService {
  /** `users@1.0.0`, or `users` where no version was given. */
  readonly fullName: string;
  readonly backend: string | undefined;
}

/**
 * The names behind a service.
 *
 * @throws NetronError `invalid-argument` for what is no service, and for a class that says nothing of the kind.
 */
export function serviceRef(id: AnyService): ResolvedService {
  if (typeof id === 'string') return { fullName: id, backend: undefined };
  const said = typeof id === 'function' ? (id as Partial<typeof NetronService>).refOf?.(id) : id;
  const { name, version, backend }: Partial<ServiceRef<object>> = Object(said);
  if (typeof name !== 'string') {
    const given = typeof id === 'function' ? `class ${shown(id.name)} without @Service` : shown(id);
    const reason = `a service is ${given}, expected a name, a reference, or a class that extends NetronService and is named like UserService`;
    throw new NetronError('invalid-argument', reason);
  }
  return { fullName: version === undefined ? name : `${name}@${version}`, backend };
}

/** What the reference or the decorators of the class say about a method. */
export function defaultsOf(id: AnyService, method: string): MethodDefaults | undefined {
  if (typeof id === 'string') return undefined;
  if (typeof id === 'function') return (id as Partial<typeof NetronService>).defaultsOf?.(id.prototype, method);
  const { queries = {}, mutations = {} } = id;
  if (Object.hasOwn(mutations, method)) return { kind: 'mutation', options: mutations[method] ?? {} };
  return Object.hasOwn(queries, method) ? { kind: 'query', options: queries[method] ?? {} } : undefined;
}

/** What a reference says besides the name. */
export interface ServiceOptions<T extends object> {
  /** Default: the client's default one. */
  readonly backend?: string | undefined;
  /** How its methods are asked where a call does not say otherwise: the same as `@Query` on a class. */
  readonly queries?: { readonly [K in Method<T>]?: QueryDefaults<Result<T, K>> } | undefined;
  /** Its methods that change something, and how they do: the same as `@Mutation` on a class. */
  readonly mutations?: { readonly [K in Method<T>]?: MutationDefaults<Args<T, K>, Result<T, K>> } | undefined;
}

/**
 * Names a service: `service<UserService>('users@1.0.0', { backend: 'main', queries: { list: { cache: 60_000 } } })`.
 *
 * @throws NetronError `invalid-argument` when the name is none, `invalid-config` that names a wrong option.
 */
export function service<T extends object>(qualifiedName: string, options: ServiceOptions<T> = {}): ServiceRef<T> {
  const ref: ServiceRef<T> = { ...parseServiceName(qualifiedName), ...(options as Partial<ServiceRef<never>>) };
  for (const kind of ['queries', 'mutations'] as const) {
    const { [kind]: methods = {} } = ref;
    assertField(kind, methods, OBJECT);
    for (const method in methods) checkDefaults(`${kind}.${method}`, methods[method] as object);
  }
  return ref;
}

/** @throws NetronError `invalid-argument` when the name is none. */
export function parseServiceName(qualifiedName: string): { readonly name: string; readonly version?: string } {
  const parsed = parseQualifiedName(String(qualifiedName));
  if (parsed === undefined || typeof qualifiedName !== 'string') {
    throw new NetronError('invalid-argument', `${shown(qualifiedName)} is no service name like "users@1.0.0"`);
  }
  const { name, version } = parsed;
  return version === '' ? { name } : { name, version };
}
