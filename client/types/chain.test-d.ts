import { expectTypeOf, it } from 'vitest';
import {
  type Fluent,
  type FluentByName,
  layer,
  type MutationOptions,
  type QueryOptions,
  type ServiceMethod,
  type StandardSchema,
} from '../index.js';
import { client, type User, type UserApi, UserService, Users } from './test-services.js';

const chain = client.service(Users);

it('has a step for every option of a query and of a mutation', () => {
  type Option = keyof QueryOptions | keyof MutationOptions;
  expectTypeOf<Exclude<Option, keyof Fluent<object>>>().toEqualTypeOf<never>();
  expectTypeOf<Exclude<keyof Fluent<object>, Option>>().toEqualTypeOf<'call'>();
});

it('ends in the methods of the service, each with its own result', () => {
  const full = chain.cache(60_000).retry(3).timeout(5_000).dedupe(false).priority('high').scope('a').idempotent(true);
  expectTypeOf(full).toEqualTypeOf<Fluent<UserApi>>();
  expectTypeOf(full.get('u1')).toEqualTypeOf<Promise<User>>();
  expectTypeOf(full.list()).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(full.list({ team: 'a' })).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(full.count()).toEqualTypeOf<Promise<number>>();
  expectTypeOf(full.either()).toEqualTypeOf<Promise<'a' | 1 | null>>();
  expectTypeOf(full.many('a', 'b')).toEqualTypeOf<Promise<number>>();
  expectTypeOf(full.search(5)).toEqualTypeOf<Promise<'by id'>>();
  expectTypeOf(full.update).toEqualTypeOf<ServiceMethod<UserApi, 'update'>>();
  expectTypeOf(client.service(UserService)).toEqualTypeOf<Fluent<UserApi>>();
});

it('reaches a method that is named like a step by call', () => {
  expectTypeOf(chain.call('cache', 5)).toEqualTypeOf<Promise<'cache'>>();
  expectTypeOf(chain.call('toJSON')).toEqualTypeOf<Promise<'json'>>();
  expectTypeOf(chain.cache(5)).toEqualTypeOf<Fluent<UserApi>>();
  // @ts-expect-error what JSON calls is no method
  chain.toJSON();
  // @ts-expect-error no such method
  chain.call('nope');
  // @ts-expect-error an argument of the wrong type
  chain.call('cache', 'long');
  // @ts-expect-error an argument is missing
  chain.call('get');
});

it('is no promise', async () => {
  expectTypeOf(await chain).toEqualTypeOf<Fluent<UserApi>>();
  const byName = client.service('users');
  expectTypeOf(await byName).toEqualTypeOf<FluentByName>();
});

it('refuses what is no method, no step, or no argument', () => {
  // @ts-expect-error no such method
  chain.nope();
  // @ts-expect-error a property is no method
  chain.version();
  // @ts-expect-error no such step
  chain.cache(5).maxAge(5);
  // @ts-expect-error an argument is missing
  chain.get();
  // @ts-expect-error an argument too many
  chain.cache(5).get('u1', 'u2');
  // @ts-expect-error milliseconds are a number
  chain.timeout('5s');
  // @ts-expect-error no such priority
  chain.priority('urgent');
  // @ts-expect-error a step has a value
  chain.cache(undefined);
  // @ts-expect-error tags are a list
  chain.cache({ tags: 'users' });
});

declare const userSchema: StandardSchema<User>;

it('ends in methods that its options fit, and in no other', () => {
  const asUser = chain.transform((answer) => answer as User);
  expectTypeOf(asUser.get('u1')).toEqualTypeOf<Promise<User>>();
  expectTypeOf(asUser.call('get', 'u1')).toEqualTypeOf<Promise<User>>();
  // @ts-expect-error a user is no number
  asUser.count();
  // @ts-expect-error nor by its name
  asUser.call('count');
  expectTypeOf(chain.validate(userSchema).get('u1')).toEqualTypeOf<Promise<User>>();
  // @ts-expect-error the schema is of a user
  chain.validate(userSchema).list();
  expectTypeOf(chain.validate((value) => value !== null).list()).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(chain.fallback(0).count()).toEqualTypeOf<Promise<number>>();
  expectTypeOf(
    chain
      .fallback((error) => error.status ?? 0)
      .cache(5)
      .count(),
  ).toEqualTypeOf<Promise<number>>();
  // @ts-expect-error what stands in for a user is a user
  chain.fallback('nobody').cache(5).get('u1');
  expectTypeOf(chain.fallback(undefined).find('u1')).toEqualTypeOf<Promise<User | undefined>>();
});

it('binds layers and answers to conflicts to the arguments of the method', () => {
  const one = client.entry(Users, 'get', ['u1']);
  const renames = layer(one, (user, _id: string, patch: Partial<User>) => ({ ...user, ...patch }));
  const saves = layer(
    one,
    (user) => user,
    (_user, saved: User) => saved,
  );
  expectTypeOf(chain.optimistic(renames).update('u1', {})).toEqualTypeOf<Promise<User>>();
  expectTypeOf(chain.optimistic([renames, saves]).invalidate(['users', Users]).update('u1', {})).toEqualTypeOf<
    Promise<User>
  >();
  // @ts-expect-error the method has one argument, and no patch
  chain.optimistic(renames).cache(5).count();
  // @ts-expect-error the result is no user
  chain.optimistic([saves]).list();
  expectTypeOf(
    chain.onConflict((_error, id: string, patch: Partial<User>) => [id, patch]).update('u1', {}),
  ).toEqualTypeOf<Promise<User>>();
  // @ts-expect-error the first argument is a text
  chain.onConflict((_error, id: number) => [id]).get('u1');
  expectTypeOf(chain.optimistic(layer(one, (user, id: string) => ({ ...user, id }))).update('u1', {})).toEqualTypeOf<
    Promise<User>
  >();
  // @ts-expect-error no layer
  chain.optimistic(5);
});

it('gives an optimistic function what its target holds', () => {
  const list = client.entry(Users, 'list', []);
  const without = chain.target(list).optimistic((users, id: string) => {
    expectTypeOf(users).toEqualTypeOf<readonly User[]>();
    return users.filter((user) => user.id !== id);
  });
  expectTypeOf(without.update('u1', {})).toEqualTypeOf<Promise<User>>();
  // The other way round it is told what it gets.
  const shows = chain.optimistic((users: readonly User[]) => users);
  expectTypeOf(shows.target(list).update('u1', {})).toEqualTypeOf<Promise<User>>();
  // @ts-expect-error the list holds users
  chain.target(list).optimistic(() => 'not a list');
  // @ts-expect-error the method has no text for its argument
  without.cache(5).search(5);
  // @ts-expect-error of which entry
  shows.update('u1', {});
  // @ts-expect-error the entry holds one user
  shows.target(client.entry(Users, 'get', ['u1'])).update('u1', {});
});

it('is of unknown by name', () => {
  const byName = client
    .service('users')
    .cache(5)
    .fallback('x')
    .transform((answer) => answer);
  expectTypeOf(byName).toEqualTypeOf<FluentByName>();
  expectTypeOf(byName.call('get', 'u1')).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(byName.get?.('u1')).toEqualTypeOf<Promise<unknown> | undefined>();
  // @ts-expect-error no such priority
  byName.priority('urgent');
});
