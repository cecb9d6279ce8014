import { type NetronClient, NetronService, service } from '../index.js';

export interface User {
  readonly id: string;
  readonly name: string;
}

/** One method for each form that an interface may give it. */
export interface UserApi {
  get(id: string): Promise<User>;
  list(filter?: { readonly team: string }): Promise<readonly User[]>;
  update(id: string, patch: Partial<User>): Promise<User>;
  count(): number;
  watch(ids: readonly string[]): AsyncIterable<User>;
  follow(id: string): Promise<AsyncIterable<string>>;
  find(id: string): Promise<User | undefined>;
  either(): Promise<'a' | 1> | null;
  many(...ids: readonly string[]): Promise<number>;
  pair(range: readonly [from: number, to?: number]): Promise<readonly [User, number]>;
  pick<K extends keyof User>(id: string, key: K): Promise<User[K]>;
  search(text: string): Promise<'by text'>;
  search(id: number): Promise<'by id'>;
  nothing(): Promise<void>;
  optional?(id: string): Promise<User>;
  cache(ageMs: number): Promise<'cache'>;
  toJSON(): Promise<'json'>;
  readonly version: string;
  readonly settings: { readonly dark: boolean };
}

export const Users = service<UserApi>('users@1.0.0');

export class UserService extends NetronService<UserApi> {}

export declare const client: NetronClient;
