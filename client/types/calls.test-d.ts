import { expectTypeOf, it } from 'vitest';
import {
  type CacheStats,
  type CallContext,
  type EntryRef,
  layer,
  type MutationOptions,
  type NetronError,
  type NetronStream,
  type OptimisticChange,
  observe,
  optimistic,
  type QueryObserver,
  type Stage,
  type StageHandler,
  type StandardSchema,
  service,
} from '../index.js';
import { client, type User, type UserApi, UserService, Users } from './test-services.js';

it('resolve to what the method gives', () => {
  expectTypeOf(client.query(Users, 'get', ['u1'])).toEqualTypeOf<Promise<User>>();
  expectTypeOf(client.query(UserService, 'get', ['u1'])).toEqualTypeOf<Promise<User>>();
  expectTypeOf(client.query(Users, 'list', [])).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(client.query(Users, 'list', [{ team: 'a' }])).toEqualTypeOf<Promise<readonly User[]>>();
  expectTypeOf(client.query(Users, 'count', [])).toEqualTypeOf<Promise<number>>();
  expectTypeOf(client.query(Users, 'find', ['u1'])).toEqualTypeOf<Promise<User | undefined>>();
  expectTypeOf(client.query(Users, 'either', [])).toEqualTypeOf<Promise<'a' | 1 | null>>();
  expectTypeOf(client.query(Users, 'many', ['a', 'b'])).toEqualTypeOf<Promise<number>>();
  expectTypeOf(client.query(Users, 'pair', [[1]])).toEqualTypeOf<Promise<readonly [User, number]>>();
  expectTypeOf(client.query(Users, 'search', [5])).toEqualTypeOf<Promise<'by id'>>();
  expectTypeOf(client.query(Users, 'pick', ['u1', 'name'])).toEqualTypeOf<Promise<string>>();
  expectTypeOf(client.mutate(Users, 'update', ['u1', { name: 'x' }])).toEqualTypeOf<Promise<User>>();
  expectTypeOf(client.mutate(UserService, 'nothing', [])).toEqualTypeOf<Promise<void>>();
  expectTypeOf(client.mutate<UserApi, 'get'>(Users, 'get', ['u1'])).toEqualTypeOf<Promise<User>>();
  expectTypeOf(client.prefetch(Users, 'get', ['u1'], { cache: 5 })).toEqualTypeOf<void>();
  const args = ['u1'] as const;
  expectTypeOf(client.query(Users, 'get', args)).toEqualTypeOf<Promise<User>>();
  expectTypeOf(client.mutate(UserService, 'get', args)).toEqualTypeOf<Promise<User>>();
});

it('resolve to unknown by name', () => {
  expectTypeOf(client.query('users', 'get', ['u1'])).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(client.mutate('users', 'get', [])).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(client.prefetch('users', 'get', ['u1'])).toEqualTypeOf<void>();
  expectTypeOf(client.stream('users', 'get', [])).toEqualTypeOf<NetronStream<unknown>>();
  expectTypeOf(client.entry('users', 'get', [])).toEqualTypeOf<EntryRef<unknown>>();
  expectTypeOf(client.read(client.entry('users', 'get', []))).toEqualTypeOf<unknown>();
});

it('refuse what is no method', () => {
  // @ts-expect-error no such method
  client.query(Users, 'nope', []);
  // @ts-expect-error a property is no method
  client.query(Users, 'version', []);
  // @ts-expect-error what may be missing is no method
  client.query(Users, 'optional', ['u1']);
  // @ts-expect-error no such method of the class
  client.mutate(UserService, 'nope', []);
  // @ts-expect-error no such method
  client.stream(Users, 'nope', []);
  // @ts-expect-error no such method
  client.entry(UserService, 'nope', []);
});

it('refuse arguments that are not those of the method', () => {
  // @ts-expect-error an argument is missing
  client.query(Users, 'get', []);
  // @ts-expect-error an argument of the wrong type
  client.query(Users, 'get', [1]);
  // @ts-expect-error an argument too many
  client.query(Users, 'get', ['u1', 'u2']);
  // @ts-expect-error an argument too many
  client.query(Users, 'list', [{ team: 'a' }, 1]);
  // @ts-expect-error a field of the wrong type
  client.mutate(Users, 'update', ['u1', { name: 1 }]);
  // @ts-expect-error a tuple of another form
  client.query(Users, 'pair', [['from']]);
  // @ts-expect-error not of the overload that counts
  client.query(Users, 'search', ['text']);
  // @ts-expect-error no such key
  client.query(Users, 'pick', ['u1', 'email']);
  // @ts-expect-error arguments are a list
  client.query('users', 'get', 'u1');
  // @ts-expect-error arguments of the wrong type
  client.entry(Users, 'get', [1]);
  // @ts-expect-error arguments of the wrong type
  client.prefetch(Users, 'get', [1]);
});

it('refuse options that there are not, or that do not fit the method', () => {
  // @ts-expect-error no such option
  client.query(Users, 'get', ['u1'], { maxAge: 1 });
  // @ts-expect-error tags are a list
  client.query(Users, 'get', ['u1'], { cache: { tags: 'users' } });
  // @ts-expect-error a query makes nothing stale
  client.query(Users, 'get', ['u1'], { invalidate: 'users' });
  // @ts-expect-error a mutation is not cached
  client.mutate(Users, 'get', ['u1'], { cache: 5 });
  // @ts-expect-error what stands in for a user is a user
  client.query(Users, 'get', ['u1'], { fallback: 'nobody' });
  // @ts-expect-error a user is made of the answer
  client.query(Users, 'get', ['u1'], { transform: () => 5 });
  // @ts-expect-error no such policy
  client.stream(Users, 'watch', [[]], { buffer: { overflow: 'block' } });
  // @ts-expect-error no such priority
  client.query(Users, 'get', ['u1'], { priority: 'urgent' });
  // @ts-expect-error the result has no such field
  client.query(Users, 'get', ['u1']).then(({ email }) => email);
});

it('say what is wrong at what is wrong, which is not the service', () => {
  client.query(
    Users,
    // @ts-expect-error no such method
    'gett',
    ['u1'],
  );
  client.query(
    UserService,
    'get',
    // @ts-expect-error an argument of the wrong type
    [1],
    { cache: 5 },
  );
  client.query(Users, 'get', ['u1'], {
    // @ts-expect-error no such option
    cahce: 5,
  });
  client.prefetch(Users, 'get', ['u1'], {
    // @ts-expect-error milliseconds are a number
    timeout: '5s',
  });
  client.mutate(Users, 'update', ['u1', {}], {
    // @ts-expect-error no such option
    invalidat: 'users',
  });
  client.stream(Users, 'watch', [[]], {
    // @ts-expect-error no such option
    reconect: true,
  });
  client.entry(
    Users,
    // @ts-expect-error no such method
    'gett',
    ['u1'],
  );
  client.service({
    // @ts-expect-error no such field of a reference
    nam: 'users',
  });
});

it('stream the items of a method', () => {
  expectTypeOf(client.stream(Users, 'watch', [['u1']])).toEqualTypeOf<NetronStream<User>>();
  expectTypeOf(client.stream(UserService, 'follow', ['u1'])).toEqualTypeOf<NetronStream<string>>();
  client.stream(UserService, 'follow', ['u1'], { reconnect: { resume: (last, received) => [`${last}${received}`] } });
  // @ts-expect-error arguments to go on with are those of the method
  client.stream(UserService, 'follow', ['u1'], { reconnect: { resume: (_, received) => [received] } });
  client.stream(
    Users,
    // @ts-expect-error a list is no stream
    'list',
    [],
  );
  async () => {
    for await (const user of client.stream(Users, 'watch', [[]])) expectTypeOf(user).toEqualTypeOf<User>();
  };
});

it('read, write and watch entries as what they hold', () => {
  const one = client.entry(Users, 'get', ['u1']);
  expectTypeOf(one).toEqualTypeOf<EntryRef<User>>();
  expectTypeOf(client.entry(UserService, 'list', [])).toEqualTypeOf<EntryRef<readonly User[]>>();
  expectTypeOf(client.peek(one)).toEqualTypeOf<User | undefined>();
  expectTypeOf(client.read(one)).toEqualTypeOf<User | undefined>();
  expectTypeOf(observe(client, one)).toEqualTypeOf<QueryObserver<User>>();
  expectTypeOf(observe(client, one).data.value).toEqualTypeOf<User | undefined>();
  client.setData(one, { id: 'u1', name: 'x' });
  client.watch(one, (user) => {
    expectTypeOf(user).toEqualTypeOf<User | undefined>();
  });
  expectTypeOf(client.getCacheStats()).toEqualTypeOf<CacheStats>();
  // @ts-expect-error a field is missing
  client.setData(one, { id: 'u1' });
  // @ts-expect-error an entry of something else
  client.setData(client.entry(Users, 'list', []), { id: 'u1', name: 'x' });
  // @ts-expect-error the listener is told of a user
  client.watch(one, (users: readonly User[] | undefined) => users);
});

it('bind a layer to its entry and to its mutation', () => {
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
    invalidate: ['users', /list/, { method: 'users.*' }, Users, UserService, ({ tags }) => tags.includes('x')],
    onConflict: (error, id, patch) => (error.status === 409 ? [id, patch] : undefined),
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
  // @ts-expect-error the mutation's first argument is a text
  client.mutate(Users, 'update', ['u1', {}], { optimistic: byNumber });
  const savesNumber = layer(
    one,
    (user) => user,
    (user, _saved: number) => user,
  );
  // @ts-expect-error the mutation's result is a user
  client.mutate(Users, 'update', ['u1', {}], { optimistic: savesNumber });
  // @ts-expect-error the arguments to try again with are those of the method
  client.mutate(Users, 'update', ['u1', {}], { onConflict: () => ['u1', { name: 5 }] });
  const byId = layer(one, (user, id: string) => ({ ...user, id }));
  expectTypeOf(optimistic(client, byId, 'u2')).toEqualTypeOf<OptimisticChange<unknown>>();
  // @ts-expect-error the layer wants a text
  optimistic(client, byId, 5);
});

it('show an optimistic function what its target holds', () => {
  const one = client.entry(Users, 'get', ['u1']);
  const list = client.entry(Users, 'list', []);
  client.mutate(Users, 'update', ['u1', {}], {
    target: list,
    optimistic: (users, id, patch) => {
      expectTypeOf(users).toEqualTypeOf<readonly User[]>();
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(patch).toEqualTypeOf<Partial<User>>();
      return users.map((user) => (user.id === id ? { ...user, ...patch } : user));
    },
  });
  client.mutate(UserService, 'update', ['u1', {}], {
    optimistic: (user, _id, patch) => ({ ...user, ...patch }),
    target: one,
    invalidate: 'users',
  });
  client.mutate(Users, 'update', ['u1', {}], {
    optimistic: [
      layer(one, (user, _id, patch) => ({ ...user, ...patch })),
      layer(list, (users, id) => users.filter((user) => user.id !== id)),
    ],
  });
  client.mutate(Users, 'update', ['u1', {}], {
    target: list,
    // @ts-expect-error the list holds users
    optimistic: () => 'not a list',
  });
  client.mutate(Users, 'update', ['u1', {}], {
    target: list,
    // @ts-expect-error the list holds users
    optimistic: (user: User) => user,
  });
  client.mutate(Users, 'update', ['u1', {}], {
    target: list,
    // @ts-expect-error the first argument is a text
    optimistic: (users, _id: number) => users,
  });
  // @ts-expect-error of which entry
  client.mutate(Users, 'update', ['u1', {}], { optimistic: (users: readonly User[]) => users });
  // @ts-expect-error of which entry
  client.mutate(Users, 'update', ['u1', {}], { optimistic: () => [] });
  client.mutate(Users, 'update', ['u1', {}], {
    target: list,
    optimistic: (users) => users,
    // @ts-expect-error no such option
    invalidat: 'users',
  });
});

it('take options that were put together elsewhere', () => {
  type Update = MutationOptions<[id: string, patch: Partial<User>], User>;
  const one = client.entry(Users, 'get', ['u1']);
  const options: Update = { optimistic: layer(one, (user) => user), invalidate: 'users' };
  expectTypeOf(client.mutate(Users, 'update', ['u1', {}], options)).toEqualTypeOf<Promise<User>>();
  const ofList: MutationOptions<[id: string, patch: Partial<User>], User, readonly User[]> = {
    target: client.entry(Users, 'list', []),
    optimistic: (users, id) => users.filter((user) => user.id !== id),
  };
  expectTypeOf(client.mutate(Users, 'update', ['u1', {}], ofList)).toEqualTypeOf<Promise<User>>();
});

it('know as much of an optimistic function by name as it says itself', () => {
  const list = client.entry('users', 'list', []);
  client.mutate('users', 'update', [], { target: list, optimistic: (users: readonly User[]) => users.slice(1) });
  // @ts-expect-error of which entry
  client.mutate('users', 'update', [], { optimistic: (users: readonly User[]) => users });
});

it('take options that may be undefined for such as may not be given', () => {
  const maybe = <T>(value: T): T | undefined => (Math.random() > 0.5 ? value : undefined);
  const { signal } = new AbortController();
  client.query(Users, 'get', ['u1'], { signal: maybe(signal), cache: maybe(5), retry: { attempts: maybe(3) } });
  client.mutate(Users, 'update', ['u1', {}], { optimistic: undefined, target: undefined, scope: maybe('users') });
  client.stream(Users, 'watch', [[]], { signal: maybe(signal), reconnect: { attempts: maybe(3), resume: undefined } });
});

it('take a schema that says of a field that may be missing that it may be undefined', () => {
  interface Profile {
    readonly id: string;
    readonly nick?: string;
    readonly past: readonly { readonly nick?: string }[];
    readonly about?: unknown;
  }
  interface ProfileApi {
    get(id: string): Promise<Profile>;
    list(): Promise<readonly Profile[]>;
    find(id: string): Promise<Profile | null>;
  }
  interface Loose {
    id: string;
    nick?: string | undefined;
    past: { nick?: string | undefined }[];
    about?: unknown;
  }
  const Profiles = service<ProfileApi>('profiles');
  const loose = {} as StandardSchema<Loose>;
  client.query(Profiles, 'get', ['p1'], { validate: loose });
  client.query(Profiles, 'list', [], { validate: {} as StandardSchema<Loose[]> });
  client.query(Profiles, 'find', ['p1'], { validate: loose });
  client.query(Profiles, 'get', ['p1'], { validate: {} as StandardSchema<Profile> });
  expectTypeOf(client.service(Profiles).validate(loose).get('p1')).toEqualTypeOf<Promise<Profile>>();
  client.query('profiles', 'get', ['p1'], { validate: loose });
  // @ts-expect-error a field may be missing that must not
  client.query(Profiles, 'get', ['p1'], { validate: {} as StandardSchema<Partial<Loose>> });
  // @ts-expect-error a profile is no list
  client.query(Profiles, 'list', [], { validate: loose });
  // @ts-expect-error a name is a text
  client.query(Profiles, 'get', ['p1'], { validate: {} as StandardSchema<Omit<Loose, 'nick'> & { nick?: number }> });
});

it('call a handler with what it says an event carries', () => {
  client.subscribe('users:changed', (event: { readonly id: string }) => event.id);
  client.subscribe<[id: string, at: number]>('users:changed', (id, at) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    expectTypeOf(at).toEqualTypeOf<number>();
  });
  client.subscribe('users:changed', (event) => {
    expectTypeOf(event).toEqualTypeOf<unknown>();
  });
  async () => (await client.backend()).subscribe('users:changed', (event: { readonly id: string }) => event.id);
  // @ts-expect-error a handler is a function
  client.subscribe('users:changed', 5);
});

it('put around calls what goes on inwards, or a handler of one stage', () => {
  client.use(async (context, next) => {
    expectTypeOf(context).toEqualTypeOf<CallContext>();
    return next();
  });
  client.use((_context, next) => next(), { service: 'users', priority: 5 });
  client.use((_context, value) => expectTypeOf(value).toEqualTypeOf<undefined>(), { stage: 'PRE_REQUEST' });
  client.use((_context, value) => expectTypeOf(value).toEqualTypeOf<unknown>(), { stage: 'POST_RESPONSE' });
  client.use((_context, error) => expectTypeOf(error).toEqualTypeOf<NetronError>(), { stage: 'ERROR', method: 'get' });
  client.use((_context, error: NetronError) => error.reason, { stage: 'ERROR' });
  const stage: Stage = 'ERROR';
  const handler: StageHandler = (_context, value) => expectTypeOf(value).toEqualTypeOf<unknown>();
  client.use(handler, { stage });
  // @ts-expect-error a result is of any kind
  client.use((_context, value: number) => value, { stage: 'POST_RESPONSE' });
  // @ts-expect-error no such stage
  client.use((context: CallContext) => context.meta.clear(), { stage: 'BEFORE' });
  // @ts-expect-error no such option
  client.use((_context, next) => next(), { services: 'users' });
});

it('take selectors of every form, and nothing else', () => {
  client.invalidate(['users', /x/, Users, UserService, { method: 'users.*' }, ({ service }) => service === 'users']);
  // @ts-expect-error no selector
  client.invalidate(5);
  // @ts-expect-error a predicate says yes or no
  client.invalidate(() => 'yes');
});
