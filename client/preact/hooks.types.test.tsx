import type { ReadonlySignal } from '@preact/signals';
import { describe, expectTypeOf, it } from 'vitest';
import { type BackendHandle, type NetronError, NetronService, service } from '../index.js';
import {
  type UseQueryOptions,
  type UseQueryResult,
  useBackend,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useStream,
  useSubscription,
} from '../preact.js';

interface User {
  readonly id: string;
  readonly name: string;
}
interface Page {
  readonly users: readonly User[];
  readonly next?: string;
}
interface Api {
  get(id: string): Promise<User>;
  page(after?: string): Promise<Page>;
  count(): number;
  update(id: string, patch: Partial<User>): Promise<User>;
  watch(ids: readonly string[]): AsyncIterable<User>;
  readonly version: string;
}
const Users = service<Api>('users@1.0.0');
class UserService extends NetronService<Api> {}

/** Only its types matter: what is in here is compiled and never run. */
function compiled(_check: () => unknown): void {}

describe('the types of the hooks', () => {
  it('come from the service, by reference and by class', () => {
    compiled(() => {
      expectTypeOf(useQuery(Users, 'get', ['u1'])).toEqualTypeOf<UseQueryResult<User>>();
      expectTypeOf(useQuery(UserService, 'get', ['u1'])).toEqualTypeOf<UseQueryResult<User>>();
      expectTypeOf(useQuery(UserService, 'count', []).data).toEqualTypeOf<ReadonlySignal<number | undefined>>();
      expectTypeOf(useQuery(Users, 'get', ['u1']).refetch).toEqualTypeOf<() => Promise<User>>();
      expectTypeOf(useQuery(Users, 'get', ['u1']).error.value).toEqualTypeOf<NetronError | undefined>();
      expectTypeOf(useMutation(UserService, 'update').mutate).toEqualTypeOf<
        (id: string, patch: Partial<User>) => Promise<User>
      >();
      expectTypeOf(useMutation(Users, 'update').variables.value).toEqualTypeOf<
        [id: string, patch: Partial<User>] | undefined
      >();
      expectTypeOf(useStream(UserService, 'watch', [['u1']]).data.value).toEqualTypeOf<User | undefined>();
      expectTypeOf(useStream(Users, 'watch', [['u1']]).chunks.value).toEqualTypeOf<readonly User[]>();
      expectTypeOf(useInfiniteQuery(UserService, 'page', { args: [], getNextArgs }).pages.value).toEqualTypeOf<
        readonly Page[]
      >();
      expectTypeOf(useBackend().handle.value).toEqualTypeOf<BackendHandle | undefined>();
      expectTypeOf(useSubscription('x').last.value).toEqualTypeOf<readonly unknown[] | undefined>();
    });
  });

  it('are unknown, never any, by name', () => {
    compiled(() => {
      expectTypeOf(useQuery('users', 'get', ['u1'])).toEqualTypeOf<UseQueryResult<unknown>>();
      expectTypeOf(useMutation('users', 'get').mutate).toEqualTypeOf<
        (...args: readonly unknown[]) => Promise<unknown>
      >();
      expectTypeOf(useStream('users', 'watch', []).data.value).toEqualTypeOf<unknown>();
      expectTypeOf(
        useInfiniteQuery('users', 'page', { args: [], getNextArgs: () => undefined }).pages.value,
      ).toEqualTypeOf<readonly unknown[]>();
      expectTypeOf(useQueries([['users', 'get', ['u1']]])[0]).toEqualTypeOf<UseQueryResult<unknown>>();
      expectTypeOf(useQuery('users', 'get', [], { select: (user) => user }).data.value).toEqualTypeOf<unknown>();
    });
  });

  it('show what is selected', () => {
    compiled(() => {
      const { data } = useQuery(Users, 'get', ['u1'], { select: ({ name }) => name.length, cache: 1_000 });
      expectTypeOf(data.value).toEqualTypeOf<number | undefined>();
      expectTypeOf(useQuery(UserService, 'page', [], { select: (page) => page.users[0] }).data.value).toEqualTypeOf<
        User | undefined
      >();
      const [one, two, three] = useQueries([
        [Users, 'get', ['u1']],
        [UserService, 'count', [], { cache: 1_000 }],
        [Users, 'page', [], { select: (page: Page) => page.users.length }],
      ]);
      expectTypeOf(one).toEqualTypeOf<UseQueryResult<User>>();
      expectTypeOf(two).toEqualTypeOf<UseQueryResult<number>>();
      expectTypeOf(three).toEqualTypeOf<UseQueryResult<number>>();
      const ids: readonly string[] = [];
      const users = useQueries(ids.map((id) => [Users, 'get', [id]] as const));
      expectTypeOf(users[0]?.data.value).toEqualTypeOf<User | undefined>();
    });
  });

  it('refuse wrong methods, arguments and options', () => {
    compiled(() => {
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
      // @ts-expect-error a placeholder has the type of the result
      useQuery(Users, 'get', ['u1'], { placeholder: 5 });
      // @ts-expect-error the result has no such field
      useQuery(Users, 'get', ['u1'], { select: ({ email }) => email });
      // @ts-expect-error no such way
      useQuery(Users, 'get', ['u1'], { refetchOnMount: 'never' });
      // @ts-expect-error a signal is no option of a hook: it stops with its component
      useQuery(Users, 'get', ['u1'], { signal: new AbortController().signal });
      // @ts-expect-error no such method
      useMutation(Users, 'nope');
      // @ts-expect-error a field of the wrong type
      useMutation(Users, 'update').mutate('u1', { name: 1 });
      // @ts-expect-error the callback is given a user
      useMutation(Users, 'update', { onSuccess: (user: number) => user });
      // @ts-expect-error the next page has no such arguments
      useInfiniteQuery(Users, 'page', { args: [], getNextArgs: () => [1] });
      // @ts-expect-error an argument of the wrong type
      useQueries([[Users, 'get', [1]]]);
      // @ts-expect-error no such method
      useQueries([[Users, 'nope', []]]);
      // @ts-expect-error a chunk is a user
      useStream(Users, 'watch', [[]], { onChunk: (chunk: number) => chunk });
    });
  });

  it('let options be kept for later', () => {
    const options: UseQueryOptions<User> = { cache: 1_000, keepPrevious: true };
    compiled(() => expectTypeOf(useQuery(Users, 'get', ['u1'], options)).toEqualTypeOf<UseQueryResult<User>>());
  });
});

function getNextArgs({ next }: Page): [after: string] | undefined {
  return next === undefined ? undefined : [next];
}
