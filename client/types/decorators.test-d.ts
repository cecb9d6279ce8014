import { expectTypeOf, it } from 'vitest';
import { Backend, Mutation, NetronService, Query, Service, type ServiceMethod, service } from '../index.js';
import { client, type User, type UserApi } from './test-services.js';

it('leave methods as the service has them', () => {
  @Service('users@1.0.0')
  @Backend('main')
  class Users extends NetronService<UserApi> {
    @Query({ cache: { maxAge: 60_000, tags: ['users'] } }) accessor get = this.method('get');
    @Query({ cache: 60_000, fallback: [], transform: (answer) => answer as readonly User[] })
    accessor list = this.method('list');
    @Query() accessor count = this.method('count');
    @Query({ cache: 5 }) accessor pick!: UserApi['pick'];
    @Query({ cache: 5 }) accessor search!: UserApi['search'];
    @Mutation({
      invalidate: ['users', /x/],
      scope: 'users',
      onConflict: (_error, id: string, patch: Partial<User>) => [id, patch],
    })
    accessor update = this.method('update');
    @Mutation() accessor nothing!: UserApi['nothing'];
    find = this.method('find');
  }
  const users = new Users(client);
  expectTypeOf(users.get).toEqualTypeOf<ServiceMethod<UserApi, 'get'>>();
  expectTypeOf(users.get('u1')).toEqualTypeOf<Promise<User>>();
  expectTypeOf(users.list()).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(users.count()).toEqualTypeOf<Promise<number>>();
  expectTypeOf(users.pick('u1', 'name')).toEqualTypeOf<Promise<string>>();
  expectTypeOf(users.search('text')).toEqualTypeOf<Promise<'by text'>>();
  expectTypeOf(users.search(5)).toEqualTypeOf<Promise<'by id'>>();
  expectTypeOf(users.update('u1', { name: 'x' })).toEqualTypeOf<Promise<User>>();
  expectTypeOf(users.find('u1')).toEqualTypeOf<Promise<User | undefined>>();
  expectTypeOf(client.query(Users, 'get', ['u1'])).toEqualTypeOf<Promise<User>>();
  // @ts-expect-error an argument of the wrong type
  users.get(5);
  // @ts-expect-error a class is made with its client
  new Users();
  // @ts-expect-error what a class is made of is its own
  users.method('get');
});

it('are refused where they do not belong', () => {
  class Users extends NetronService<UserApi> {
    // @ts-expect-error a field is not there before an instance is
    @Query({ cache: 5 }) get = this.method('get');
    // @ts-expect-error nor is a method one to call
    @Query({ cache: 5 }) count(): Promise<number> {
      return Promise.resolve(5);
    }
    // @ts-expect-error a service has no static methods
    @Query({ cache: 5 }) static accessor find: UserApi['find'];
    // @ts-expect-error a private member is no method of the service
    @Query({ cache: 5 }) accessor #list = this.method('list');
    // @ts-expect-error no such method
    @Query({ cache: 5 }) accessor all = this.method('list');
    // @ts-expect-error another method
    @Query() accessor update = this.method('count');
    // @ts-expect-error a property is no method
    @Query() accessor version = 'x';
    // @ts-expect-error no such method
    nope = this.method('nope');
    use(): unknown {
      return this.#list;
    }
  }
  new Users(client);
  // @ts-expect-error a class of something else
  @Service('users')
  class Plain {}
  // @ts-expect-error a class of something else
  @Backend('main')
  class Other {}
  class Third extends NetronService<UserApi> {
    // @ts-expect-error for classes alone
    @Service('users') accessor get = this.method('get');
  }
  return [Plain, Other, Third];
});

it('take options that fit the method, and no others', () => {
  const list = client.entry(service<UserApi>('users'), 'list', []);
  class Users extends NetronService<UserApi> {
    // @ts-expect-error milliseconds are a number
    @Query({ cache: '5s' }) accessor get = this.method('get');
    // @ts-expect-error no such option
    @Query({ cache: 5, maxAge: 5 }) accessor list = this.method('list');
    // @ts-expect-error what stands in for a number is a number
    @Query({ fallback: 'none' }) accessor count = this.method('count');
    // @ts-expect-error a user is made of the answer
    @Query({ transform: () => 5 }) accessor find = this.method('find');
    // @ts-expect-error a query makes nothing stale
    @Query({ invalidate: 'users' }) accessor many = this.method('many');
    // @ts-expect-error all calls would share one signal
    @Query({ signal: new AbortController().signal }) accessor pair = this.method('pair');
    // @ts-expect-error a mutation is not cached
    @Mutation({ cache: 5 }) accessor nothing = this.method('nothing');
    // @ts-expect-error the first argument is a text
    @Mutation({ onConflict: (_error, id: number) => [id] }) accessor update = this.method('update');
    @Mutation({ target: list, optimistic: (users, id: string) => users.filter((user) => user.id !== id) })
    accessor follow = this.method('follow');
    // @ts-expect-error the first argument is a text
    @Mutation({ target: list, optimistic: (users, _id: number) => users }) accessor pick = this.method('pick');
    // @ts-expect-error of which entry
    @Mutation({ optimistic: (users: readonly User[]) => users }) accessor watch = this.method('watch');
    // @ts-expect-error a scope is a text
    @Mutation({ scope: 5 }) accessor either = this.method('either');
  }
  return Users;
});
