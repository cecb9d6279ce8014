import type { ReadonlySignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { expectTypeOf, it } from 'vitest';
import { type BackendHandle, layer, type NetronClient, type NetronError } from '../index.js';
import {
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  type UseStreamResult,
  useBackend,
  useInfiniteQuery,
  useMutation,
  useNetronClient,
  useQueries,
  useQuery,
  useStream,
  useSubscription,
} from '../preact.js';
import { client, type User, type UserApi, UserService, Users } from './test-services.js';

it('useQuery shows the result of a method, by reference and by class', () => {
  expectTypeOf(useQuery(Users, 'get', ['u1'])).toEqualTypeOf<UseQueryResult<User>>();
  expectTypeOf(useQuery(UserService, 'get', ['u1'])).toEqualTypeOf<UseQueryResult<User>>();
  expectTypeOf(useQuery(Users, 'list', []).data).toEqualTypeOf<ReadonlySignal<readonly User[] | undefined>>();
  expectTypeOf(useQuery(Users, 'list', [{ team: 'a' }]).data.value).toEqualTypeOf<readonly User[] | undefined>();
  expectTypeOf(useQuery(Users, 'count', []).refetch).toEqualTypeOf<() => Promise<number>>();
  expectTypeOf(useQuery(Users, 'either', []).data.value).toEqualTypeOf<'a' | 1 | null | undefined>();
  expectTypeOf(useQuery(Users, 'many', ['a', 'b']).data.value).toEqualTypeOf<number | undefined>();
  expectTypeOf(useQuery(Users, 'search', [5]).data.value).toEqualTypeOf<'by id' | undefined>();
  expectTypeOf(useQuery(Users, 'get', ['u1']).error.value).toEqualTypeOf<NetronError | undefined>();
  const args = ['u1'] as const;
  expectTypeOf(useQuery(Users, 'get', args)).toEqualTypeOf<UseQueryResult<User>>();
});

it('useQuery shows what is selected', () => {
  const { data } = useQuery(Users, 'get', ['u1'], { select: ({ name }) => name.length, cache: 1_000 });
  expectTypeOf(data.value).toEqualTypeOf<number | undefined>();
  const first = useQuery(UserService, 'list', [], { select: (users) => users[0], placeholder: [] });
  expectTypeOf(first.data.value).toEqualTypeOf<User | undefined>();
  useQuery(Users, 'get', ['u1'], { placeholder: undefined, select: undefined, enabled: undefined, cache: undefined });
  const memoized = useQuery(Users, 'list', [], { select: useCallback((users) => users.length, []) });
  expectTypeOf(memoized.data.value).toEqualTypeOf<number | undefined>();
});

it('useQuery refuses what does not fit the method', () => {
  // @ts-expect-error no such method
  useQuery(Users, 'nope', []);
  // @ts-expect-error a property is no method
  useQuery(UserService, 'version', []);
  // @ts-expect-error an argument is missing
  useQuery(Users, 'get', []);
  // @ts-expect-error an argument of the wrong type
  useQuery(UserService, 'get', [1]);
  // @ts-expect-error no such option
  useQuery(Users, 'get', ['u1'], { maxAge: 1 });
  // @ts-expect-error a placeholder is like the result
  useQuery(Users, 'get', ['u1'], { placeholder: 5 });
  // @ts-expect-error what stands in for a user is a user
  useQuery(Users, 'get', ['u1'], { fallback: 'nobody' });
  // @ts-expect-error the result has no such field
  useQuery(Users, 'get', ['u1'], { select: ({ email }) => email });
  // @ts-expect-error a query makes nothing stale
  useQuery(Users, 'get', ['u1'], { invalidate: 'users' });
  // @ts-expect-error it stops with its component
  useQuery(Users, 'get', ['u1'], { signal: new AbortController().signal });
});

it('say what is wrong at what is wrong, which is not the service', () => {
  useQuery(Users, 'get', ['u1'], {
    // @ts-expect-error no such option
    cahce: 5,
  });
  useQuery(
    UserService,
    'get',
    // @ts-expect-error an argument of the wrong type
    [1],
  );
  useInfiniteQuery(Users, 'list', {
    args: [],
    // @ts-expect-error the next page has no such arguments
    getNextArgs: () => [1],
  });
  useMutation(Users, 'update', {
    // @ts-expect-error no such option
    invalidat: 'users',
  });
  useStream(Users, 'watch', [[]], {
    // @ts-expect-error no such option
    onchunk: () => undefined,
  });
  useStream(
    Users,
    // @ts-expect-error a list is no stream
    'list',
    [],
  );
});

it('useQueries shows each by itself', () => {
  const [one, two, three, four] = useQueries([
    [Users, 'get', ['u1']],
    [UserService, 'count', [], { cache: 1_000 }],
    [Users, 'list', [], { select: (users: readonly User[]) => users.length }],
    ['users', 'get', ['u1']],
  ]);
  expectTypeOf(one).toEqualTypeOf<UseQueryResult<User>>();
  expectTypeOf(two).toEqualTypeOf<UseQueryResult<number>>();
  expectTypeOf(three).toEqualTypeOf<UseQueryResult<number>>();
  expectTypeOf(four).toEqualTypeOf<UseQueryResult<unknown>>();
  const [length, name, shown, first] = useQueries([
    [Users, 'list', [], { select: (users) => users.length, cache: 1_000 }],
    [UserService, 'get', ['u1'], { select: ({ name }) => name }],
    ['users', 'get', ['u1'], { select: (user) => String(user) }],
    [Users, 'list', [], { select: (users): unknown => users[0] }],
  ]);
  expectTypeOf(length).toEqualTypeOf<UseQueryResult<number>>();
  expectTypeOf(name).toEqualTypeOf<UseQueryResult<string>>();
  expectTypeOf(shown).toEqualTypeOf<UseQueryResult<string>>();
  expectTypeOf(first).toEqualTypeOf<UseQueryResult<unknown>>();
  const [plain, other] = useQueries([
    [Users, 'get', ['u1'], undefined],
    [Users, 'list', [], { select: undefined }],
  ]);
  expectTypeOf(plain).toEqualTypeOf<UseQueryResult<User>>();
  expectTypeOf(other).toEqualTypeOf<UseQueryResult<readonly User[]>>();
  const ids: readonly string[] = [];
  const users = useQueries(ids.map((id) => [Users, 'get', [id]] as const));
  expectTypeOf(users[0]?.data.value).toEqualTypeOf<User | undefined>();
  // @ts-expect-error an argument of the wrong type
  useQueries([[Users, 'get', [1]]]);
  useQueries([
    [Users, 'list', []],
    [
      UserService,
      // @ts-expect-error no such method
      'nope',
      [],
    ],
  ]);
  useQueries([
    [Users, 'list', []],
    [
      UserService,
      'get',
      ['u1'],
      {
        // @ts-expect-error no such option
        cahce: 5,
      },
    ],
  ]);
  // @ts-expect-error a user has no such field
  useQueries([[Users, 'list', [], { select: (users) => users[0]?.email }]]);
  // @ts-expect-error what stands in for a user is a user
  useQueries([[Users, 'get', ['u1'], { placeholder: 'nobody' }]]);
  const names = useQueries(ids.map((id) => [Users, 'get', [id], { select: (user: User) => user.name }] as const));
  expectTypeOf(names[0]?.data.value).toEqualTypeOf<string | undefined>();
});

it('useInfiniteQuery has pages of the result', () => {
  const pages = useInfiniteQuery(Users, 'list', {
    args: [],
    getNextArgs: (last, all) => {
      expectTypeOf(last).toEqualTypeOf<readonly User[]>();
      expectTypeOf(all).toEqualTypeOf<readonly (readonly User[])[]>();
      return [{ team: 'next' }];
    },
  });
  expectTypeOf(pages).toEqualTypeOf<UseInfiniteQueryResult<readonly User[]>>();
  // @ts-expect-error the next page has no such arguments
  useInfiniteQuery(Users, 'list', { args: [], getNextArgs: () => [1] });
  // @ts-expect-error the first page has arguments
  useInfiniteQuery(UserService, 'get', { args: [], getNextArgs: () => undefined });
});

it('useMutation takes the arguments of the method', () => {
  const update = useMutation(UserService, 'update', {
    invalidate: ['users', UserService],
    onSuccess: (user, id, patch) => {
      expectTypeOf(user).toEqualTypeOf<User>();
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(patch).toEqualTypeOf<Partial<User>>();
    },
    onConflict: (_error, id, patch) => [id, patch],
  });
  expectTypeOf(update).toEqualTypeOf<UseMutationResult<[id: string, patch: Partial<User>], User>>();
  expectTypeOf(update.mutate('u1', { name: 'x' })).toEqualTypeOf<Promise<User>>();
  expectTypeOf(update.variables.value).toEqualTypeOf<[id: string, patch: Partial<User>] | undefined>();
  expectTypeOf(useMutation(Users, 'many').mutate('a', 'b')).toEqualTypeOf<Promise<number>>();
  expectTypeOf(useMutation<UserApi, 'get'>(Users, 'get').mutate('u1')).toEqualTypeOf<Promise<User>>();
  useMutation(Users, 'update', (id) => ({
    optimistic: layer(client.entry(Users, 'get', [id]), (user, _id: string, patch: Partial<User>) => ({
      ...user,
      ...patch,
    })),
  }));
  useMutation(Users, 'update', (id, patch) => ({
    optimistic: layer(client.entry(Users, 'get', [id]), (user) => ({ ...user, ...patch })),
  }));
  const list = client.entry(Users, 'list', []);
  useMutation(Users, 'update', {
    target: list,
    optimistic: (users, id) => {
      expectTypeOf(users).toEqualTypeOf<readonly User[]>();
      return users.filter((user) => user.id !== id);
    },
  });
  useMutation('users', 'update', { target: list, optimistic: (users: readonly User[]) => users });
  // @ts-expect-error the list holds users
  useMutation(Users, 'update', { target: list, optimistic: () => 'not a list' });
  // @ts-expect-error of which entry
  useMutation(Users, 'update', { optimistic: (users: readonly User[]) => users });
  // @ts-expect-error the entry holds a user
  useMutation(Users, 'update', (id) => ({ target: client.entry(Users, 'get', [id]), optimistic: () => 'nobody' }));
  // @ts-expect-error no such method
  useMutation(Users, 'nope');
  // @ts-expect-error a field of the wrong type
  update.mutate('u1', { name: 1 });
  // @ts-expect-error an argument is missing
  update.mutate('u1');
  // @ts-expect-error it is called with a user
  useMutation(Users, 'update', { onSuccess: (user: number) => user });
  // @ts-expect-error a mutation is not cached
  useMutation(Users, 'update', { cache: 5 });
});

it('useStream shows the items of a method', () => {
  const stream = useStream(Users, 'watch', [['u1']], { onChunk: (user) => user.name });
  expectTypeOf(stream).toEqualTypeOf<UseStreamResult<User>>();
  expectTypeOf(stream.chunks.value).toEqualTypeOf<readonly User[]>();
  expectTypeOf(useStream(UserService, 'follow', ['u1']).data.value).toEqualTypeOf<string | undefined>();
  // @ts-expect-error an item is a user
  useStream(Users, 'watch', [[]], { onChunk: (chunk: number) => chunk });
  // @ts-expect-error an argument of the wrong type
  useStream(Users, 'watch', ['u1']);
});

it('are of unknown by name, and never of any', () => {
  expectTypeOf(useQuery('users', 'get', ['u1'])).toEqualTypeOf<UseQueryResult<unknown>>();
  expectTypeOf(useQuery('users', 'get', [], { select: (user) => user }).data.value).toEqualTypeOf<unknown>();
  expectTypeOf(useMutation('users', 'update')).toEqualTypeOf<UseMutationResult<readonly unknown[], unknown>>();
  expectTypeOf(useStream('users', 'watch', [])).toEqualTypeOf<UseStreamResult<unknown>>();
  expectTypeOf(useInfiniteQuery('users', 'list', { args: [], getNextArgs: () => undefined })).toEqualTypeOf<
    UseInfiniteQueryResult<unknown>
  >();
  // @ts-expect-error arguments are a list
  useQuery('users', 'get', 'u1');
});

it('the others give what they are named after', () => {
  expectTypeOf(useNetronClient()).toEqualTypeOf<NetronClient>();
  expectTypeOf(useBackend().handle.value).toEqualTypeOf<BackendHandle | undefined>();
  expectTypeOf(useSubscription('user.changed', () => undefined).last.value).toEqualTypeOf<
    readonly unknown[] | undefined
  >();
  const { last } = useSubscription('user.changed', (event: { readonly id: string }) => event.id);
  expectTypeOf(last.value?.[0]).toEqualTypeOf<{ readonly id: string } | undefined>();
  expectTypeOf(last.value?.[1]).toEqualTypeOf<unknown>();
  expectTypeOf(useSubscription<[id: string]>('user.changed').last.value?.[0]).toEqualTypeOf<string | undefined>();
  // @ts-expect-error an event has a name
  useSubscription(5);
  // @ts-expect-error a backend has a name
  useBackend({ name: 'main' });
});
