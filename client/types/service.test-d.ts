import { expectTypeOf, it } from 'vitest';
import {
  type Args,
  type Item,
  type Method,
  NetronService,
  type Result,
  type ServiceId,
  type ServiceMethod,
  type ServiceRef,
  service,
} from '../index.js';
import { client, type User, type UserApi, UserService, Users } from './test-services.js';

declare function contractOf<T extends object>(id: ServiceId<T>): T;

it('has the methods of its interface for names, and nothing else of it', () => {
  expectTypeOf<Method<UserApi>>().toEqualTypeOf<
    | 'get'
    | 'list'
    | 'update'
    | 'count'
    | 'watch'
    | 'follow'
    | 'find'
    | 'either'
    | 'many'
    | 'pair'
    | 'pick'
    | 'search'
    | 'nothing'
    | 'cache'
    | 'toJSON'
  >();
  expectTypeOf<Method<{ readonly version: string }>>().toEqualTypeOf<never>();
  expectTypeOf<Method<{ [Symbol.iterator](): void; 5(): void }>>().toEqualTypeOf<never>();
});

it('has its arguments as tuples', () => {
  expectTypeOf<Args<UserApi, 'update'>>().toEqualTypeOf<[id: string, patch: Partial<User>]>();
  expectTypeOf<Args<UserApi, 'list'>>().toEqualTypeOf<[filter?: { readonly team: string } | undefined]>();
  expectTypeOf<Args<UserApi, 'count'>>().toEqualTypeOf<[]>();
  expectTypeOf<Args<UserApi, 'many'>>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Args<UserApi, 'pair'>>().toEqualTypeOf<[range: readonly [from: number, to?: number]]>();
  expectTypeOf<Args<UserApi, 'pick'>>().toEqualTypeOf<[id: string, key: keyof User]>();
});

it('takes the last overload', () => {
  expectTypeOf<Args<UserApi, 'search'>>().toEqualTypeOf<[id: number]>();
  expectTypeOf<Result<UserApi, 'search'>>().toEqualTypeOf<'by id'>();
});

it('has results as they are once they are awaited', () => {
  expectTypeOf<Result<UserApi, 'get'>>().toEqualTypeOf<User>();
  expectTypeOf<Result<UserApi, 'count'>>().toEqualTypeOf<number>();
  expectTypeOf<Result<UserApi, 'find'>>().toEqualTypeOf<User | undefined>();
  expectTypeOf<Result<UserApi, 'either'>>().toEqualTypeOf<'a' | 1 | null>();
  expectTypeOf<Result<UserApi, 'pair'>>().toEqualTypeOf<readonly [User, number]>();
  expectTypeOf<Result<UserApi, 'pick'>>().toEqualTypeOf<string>();
  expectTypeOf<Result<UserApi, 'nothing'>>().toEqualTypeOf<void>();
  expectTypeOf<ServiceMethod<UserApi, 'count'>>().toEqualTypeOf<() => Promise<number>>();
});

it('has items where a method gives a stream, at once or promised', () => {
  expectTypeOf<Item<UserApi, 'watch'>>().toEqualTypeOf<User>();
  expectTypeOf<Item<UserApi, 'follow'>>().toEqualTypeOf<string>();
  expectTypeOf<Item<UserApi, 'get'>>().toEqualTypeOf<never>();
});

it('is known by a reference or by a class', () => {
  expectTypeOf(contractOf(Users)).toEqualTypeOf<UserApi>();
  expectTypeOf(contractOf(UserService)).toEqualTypeOf<UserApi>();
  class AdminService extends UserService {}
  expectTypeOf(contractOf(AdminService)).toEqualTypeOf<UserApi>();
  abstract class AbstractService extends NetronService<UserApi> {}
  expectTypeOf(contractOf(AbstractService)).toEqualTypeOf<UserApi>();
  class OtherArguments extends NetronService<UserApi> {
    constructor(readonly tenant: string) {
      super(client);
    }
  }
  expectTypeOf(contractOf(OtherArguments)).toEqualTypeOf<UserApi>();
  expectTypeOf(Users).toEqualTypeOf<ServiceRef<UserApi>>();
});

it('is refused where it is something else', () => {
  // @ts-expect-error a class of something else
  contractOf(class Plain {});
  // @ts-expect-error an instance is no class
  contractOf(new UserService(client));
  // @ts-expect-error a text has no interface
  contractOf('users');
  // @ts-expect-error a reference has a name
  contractOf({ backend: 'main' });
  // @ts-expect-error an interface is an object
  service<string>('users');
});

it('takes default options that fit its methods', () => {
  service<UserApi>('users', {
    backend: 'main',
    queries: {
      get: { cache: { maxAge: 60_000, tags: ['users'] }, fallback: { id: '', name: '' } },
      list: { cache: 60_000, dedupe: false, transform: (answer) => answer as readonly User[] },
    },
    mutations: {
      update: { invalidate: ['users', Users, UserService], onConflict: (_error, id, patch) => [id, patch] },
    },
  });
  const list = client.entry(Users, 'list', []);
  service<UserApi>('users', {
    mutations: {
      update: { target: list, optimistic: (users: readonly User[], id) => users.filter((u) => u.id !== id) },
    },
  });
  // @ts-expect-error of which entry
  service<UserApi>('users', { mutations: { update: { optimistic: (users: readonly User[]) => users } } });
  // @ts-expect-error no such method
  service<UserApi>('users', { queries: { nope: { cache: 5 } } });
  // @ts-expect-error a property is no method
  service<UserApi>('users', { queries: { version: { cache: 5 } } });
  // @ts-expect-error no such option
  service<UserApi>('users', { queries: { get: { maxAge: 5 } } });
  // @ts-expect-error a query makes nothing stale
  service<UserApi>('users', { queries: { get: { invalidate: 'users' } } });
  // @ts-expect-error what stands in for a user is a user
  service<UserApi>('users', { queries: { get: { fallback: 'nobody' } } });
  // @ts-expect-error all calls would share one signal
  service<UserApi>('users', { queries: { get: { signal: new AbortController().signal } } });
  // @ts-expect-error all arguments would share one entry
  service<UserApi>('users', { queries: { get: { dedupe: 'all' } } });
  // @ts-expect-error a mutation is not cached
  service<UserApi>('users', { mutations: { update: { cache: 5 } } });
  // @ts-expect-error the arguments of the method
  service<UserApi>('users', { mutations: { update: { onConflict: () => [5] } } });
});
