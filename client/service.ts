import { parseQualifiedName } from '../protocol/names.js';
import { NetronError } from './netron-error.js';

declare const CONTRACT: unique symbol;

/** A typed name of a service: costs nothing at run time and needs no build step. */
export interface ServiceRef<T extends object> {
  readonly name: string;
  readonly version?: string;
  readonly backend?: string;
  /** Never there at run time; it keeps `T` for inference. */
  readonly [CONTRACT]?: T;
}

/** The same as a class, for those who like decorators and injection: `class UserService extends NetronService<Users> {}`. */
export abstract class NetronService<T extends object> {
  /** Never there at run time; it keeps `T` for inference. */
  declare readonly [CONTRACT]: T;
}

/** A service by its reference or by its class. */
export type ServiceId<T extends object> = ServiceRef<T> | (abstract new (...args: never[]) => NetronService<T>);

/** Names of the methods of a service interface. */
export type Method<T> = { [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] & string;

/** Argument tuple of a method. */
export type Args<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never;

/** What a call of the method resolves to. */
export type Result<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Item type of a method that returns a stream. */
export type Item<T, K extends keyof T> = Result<T, K> extends AsyncIterable<infer I> ? I : never;

/** What a class with `@Service` or `@Backend` is known by, put on it under this key. */
export const SERVICE_KEY = Symbol.for('netron.service');

export interface ResolvedService {
  /** `users@1.0.0`, or `users` where no version was given. */
  readonly fullName: string;
  readonly backend: string | undefined;
}

const resolved = new WeakMap<object, ResolvedService>();

/** The names behind a service, worked out once for each. A class without `@Service` is named after itself: `OrderItemService` → `order-item`. */
export function serviceRef(id: ServiceId<object> | string): ResolvedService {
  if (typeof id === 'string') return { fullName: id, backend: undefined };
  const type = typeof id;
  if (id === null || (type !== 'object' && type !== 'function')) {
    throw new NetronError('invalid-argument', `a service is ${String(id)}, expected a name, a reference or a class`);
  }
  let known = resolved.get(id);
  if (known === undefined) {
    const isClass = typeof id === 'function';
    const decorated: Partial<ServiceRef<object>> | undefined = isClass ? Reflect.get(id, SERVICE_KEY) : id;
    const { name = className((id as { name: string }).name), version, backend } = decorated ?? {};
    known = { fullName: version === undefined ? name : `${name}@${version}`, backend };
    resolved.set(id, known);
  }
  return known;
}

function className(name: string): string {
  return name
    .replace(/(?<=.)Service$/, '')
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, '-')
    .toLowerCase();
}

/**
 * Names a service: `service<UserService>('users@1.0.0', { backend: 'main' })`. Without a backend, the client's default
 * one is meant.
 *
 * @throws NetronError `invalid-argument` when the name is none.
 */
export function service<T extends object>(qualifiedName: string, options: { backend?: string } = {}): ServiceRef<T> {
  return { ...parseServiceName(qualifiedName), ...options };
}

/** @throws NetronError `invalid-argument` when the name is none. */
export function parseServiceName(qualifiedName: string): { readonly name: string; readonly version?: string } {
  const parsed = parseQualifiedName(qualifiedName);
  if (parsed === undefined) {
    throw new NetronError('invalid-argument', `${JSON.stringify(qualifiedName)} is no service name like "users@1.0.0"`);
  }
  const { name, version } = parsed;
  return version === '' ? { name } : { name, version };
}
