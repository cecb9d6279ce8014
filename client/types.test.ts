import { describe, expect, expectTypeOf, it } from 'vitest';
import { type EntryRef, layer, type NetronClient, type NetronStream,
  observe, type QueryObserver, service } from './index.js';
import type { Args, Item, Method, Result } from './service.js';

interface User {
  readonly id: string;
  readonly name: string;
}
interface UserService {
  get(id: string): Promise<User>;
  list(filter?: { readonly team: string }): Promise<readonly User[]>;
  update(id: string, patch: Partial<User>): Promise<User>;
  count(): number;
  watch(ids: readonly string[]): AsyncIterable<User>;
  readonly version: string;
}
const Users = service<UserService>('users@1.0.0');

/** Only its types matter: what is in here is compiled and never run. */
function compiled(_check: (client: NetronClient) => unknown): void {}

describe('the types of the client', () => {
  it('infer methods, arguments and results from the service', () => {
    expectTypeOf<Method<UserService>>().toEqualTypeOf<'get' | 'list' | 'update' | 'count' | 'watch'>();
    expectTypeOf<Args<UserService, 'update'>>().toEqualTypeOf<[id: string, patch: Partial<User>]>();
    expectTypeOf<Result<UserService, 'get'>>().toEqualTypeOf<User>();
    expectTypeOf<Result<UserService, 'count'>>().toEqualTypeOf<number>();
    expectTypeOf<Item<UserService, 'watch'>>().toEqualTypeOf<User>();
    expectTypeOf<Item<UserService, 'get'>>().toEqualTypeOf<never>();
    compiled((client) => {
      expectTypeOf(client.query(Users, 'get', ['u1'])).toEqualTypeOf<Promise<User>>();
      expectTypeOf(client.query(Users, 'list', [])).toEqualTypeOf<Promise<readonly User[]>>();
      expectTypeOf(client.mutate(Users, 'update', ['u1', { name: 'x' }])).toEqualTypeOf<Promise<User>>();
      expectTypeOf(client.stream(Users, 'watch', [['u1']])).toEqualTypeOf<NetronStream<User>>();
      expectTypeOf(client.entry(Users, 'get', ['u1'])).toEqualTypeOf<EntryRef<User>>();
      expectTypeOf(client.peek(client.entry(Users, 'get', ['u1']))).toEqualTypeOf<User | undefined>();
      expectTypeOf(observe(client, client.entry(Users, 'get', ['u1']))).toEqualTypeOf<QueryObserver<User>>();
    });
    expect(Users.name).toBe('users');
  });

  it('give unknown, never any, by name', () => {
    compiled((client) => {
      expectTypeOf(client.query('users', 'get', ['u1'])).toEqualTypeOf<Promise<unknown>>();
      expectTypeOf(client.mutate('users', 'get', [])).toEqualTypeOf<Promise<unknown>>();
      expectTypeOf(client.stream('users', 'get', [])).toEqualTypeOf<NetronStream<unknown>>();
      expectTypeOf(client.entry('users', 'get', [])).toEqualTypeOf<EntryRef<unknown>>();
    });
  });

  it('refuse wrong methods, arguments and options', () => {
    compiled((client) => {
      // @ts-expect-error no such method
      client.query(Users, 'nope', []);
      // @ts-expect-error a property is no method
      client.query(Users, 'version', []);
      // @ts-expect-error an argument is missing
      client.query(Users, 'get', []);
      // @ts-expect-error an argument of the wrong type
      client.query(Users, 'get', [1]);
      // @ts-expect-error an argument too many
      client.query(Users, 'get', ['u1', 'u2']);
      // @ts-expect-error a field of the wrong type
      client.mutate(Users, 'update', ['u1', { name: 1 }]);
      // @ts-expect-error a string is no list of arguments
      client.query('users', 'get', 'u1');
      // @ts-expect-error tags are a list
      client.query(Users, 'get', ['u1'], { cache: { tags: 'users' } });
      // @ts-expect-error no such option
      client.query(Users, 'get', ['u1'], { maxAge: 1 });
      // @ts-expect-error the result has no such field
      client.query(Users, 'get', ['u1']).then(({ email }) => email);
      // @ts-expect-error no such policy
      client.stream(Users, 'watch', [[]], { buffer: { overflow: 'block' } });
    });
  });

  it('bind a layer to its entry and to its mutation', () => {
    compiled((client) => {
      const one = client.entry(Users, 'get', ['u1']);
      const list = client.entry(Users, 'list', []);
      client.mutate(Users, 'update', ['u1', { name: 'x' }], {
        optimistic: [
          layer(one, (user, _id: string, patch: Partial<User>) => ({ ...user, ...patch })),
          layer(list, (users, id: string) => users.filter((user) => user.id !== id)),
          layer(
            one,
            (user) => user,
            (_user, saved: User) => saved,
          ),
        ],
        invalidate: ['users', /list/, { method: 'users.*' }, Users, ({ tags }) => tags.includes('x')],
      });
      layer(one, (user) => {
        expectTypeOf(user).toEqualTypeOf<User>();
        return user;
      });
      // @ts-expect-error an update returns what the entry holds
      layer(one, () => 'x');
      // @ts-expect-error an update gets what the entry holds
      layer(one, (users: readonly User[]) => users);
      const byNumber = layer(one, (user, _id: number) => user);
      // @ts-expect-error the mutation's first argument is a string
      client.mutate(Users, 'update', ['u1', {}], { optimistic: byNumber });
      const savesNumber = layer(
        one,
        (user) => user,
        (user, _saved: number) => user,
      );
      // @ts-expect-error the mutation's result is a user
      client.mutate(Users, 'update', ['u1', {}], { optimistic: savesNumber });
    });
  });
});
