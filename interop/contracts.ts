import { service } from '../client/index.js';

/** The services of CONFORMANCE.md, as an app would write them down. */
export interface Calculator {
  add(a: number, b: number): Promise<number>;
  sum(terms: { a: number; b: number }): Promise<number>;
  divide(a: number, b: number): Promise<number>;
  slow(delayMs: number): Promise<string>;
  noResult(): Promise<undefined>;
  hidden(): Promise<string>;
}
export const Calculator = service<Calculator>('calculator@1.0.0');

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly version: number;
}
export interface Failure {
  readonly remaining: number;
  readonly code: number;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
export interface Users {
  list(): Promise<readonly User[]>;
  get(id: string): Promise<User>;
  create(input: { name: string; email: string }): Promise<User>;
  update(id: string, patch: { name?: string; email?: string; version?: number }): Promise<User>;
  setFailure(failure: Failure | null): Promise<true>;
}
export const Users = service<Users>('users@1.0.0');

export interface Streams {
  count(n: number, delayMs?: number): AsyncIterable<number>;
  objects(n: number): AsyncIterable<{ readonly i: number; readonly at: Date }>;
  failing(n: number): AsyncIterable<number>;
  forever(delayMs?: number): AsyncIterable<number>;
  foreverClosedCount(): Promise<number>;
  consume(items: AsyncIterable<unknown>): Promise<readonly unknown[]>;
}
export const Streams = service<Streams>('stream@1.0.0');

export interface Echo {
  echo(value: unknown): Promise<unknown>;
  typeOf(value: unknown): Promise<string>;
  make(kind: string): Promise<unknown>;
  fail(kind: string): Promise<never>;
}
export const Echo = service<Echo>('echo@1.0.0');

export interface Catalog {
  items(filter?: { page?: number }): Promise<readonly { readonly sku: string; readonly page?: number }[]>;
  validated(input: { email: string; limit?: number }): Promise<unknown>;
}
export const Catalog = service<Catalog>('catalog@1.0.0');

export interface Admin {
  secret(): Promise<string>;
  me(): Promise<string>;
  open(): Promise<string>;
}
export const Admin = service<Admin>('admin@1.0.0');

export interface Events {
  fire(name: string, ...args: readonly unknown[]): Promise<true>;
}
export const Events = service<Events>('events@1.0.0');

/** Its `open` returns a service by reference, which has no type of its own here. */
export const FACTORY = 'factory@1.0.0';
