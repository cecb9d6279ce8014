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

/** Names of the methods of a service interface. */
export type Method<T> = { [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] & string;

/** Argument tuple of a method. */
export type Args<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never;

/** What a call of the method resolves to. */
export type Result<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Item type of a method that returns a stream. */
export type Item<T, K extends keyof T> = Result<T, K> extends AsyncIterable<infer I> ? I : never;

/**
 * Names a service: `service<UserService>('users@1.0.0', { backend: 'main' })`. Without a backend, the client's default
 * one is meant.
 *
 * @throws NetronError `invalid-argument` when the name is none.
 */
export function service<T extends object>(qualifiedName: string, options: { backend?: string } = {}): ServiceRef<T> {
  const parsed = parseQualifiedName(qualifiedName);
  if (parsed === undefined) {
    throw new NetronError('invalid-argument', `${JSON.stringify(qualifiedName)} is no service name like "users@1.0.0"`);
  }
  return {
    name: parsed.name,
    ...(parsed.version === '' ? {} : { version: parsed.version }),
    ...(options.backend === undefined ? {} : { backend: options.backend }),
  };
}
