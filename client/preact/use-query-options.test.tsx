// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { Item } from '../testing/test-item-service.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a'] }));
let last: UseQueryResult<Item>;

function Query({ options, args = ['a'] }: { options: UseQueryOptions<Item>; args?: readonly [string] }) {
  last = useQuery(Items, 'get', args, options);
  return <p>{last.data.value?.list}</p>;
}

it.each([
  ['enabled', 'no'],
  ['enabled', {}],
  ['refetchOnMount', 'allways'],
  ['refetchOnFocus', 'always'],
  ['refetchOnReconnect', 1],
  ['refetchInterval', '5s'],
  ['background', -1],
  ['refetchInBackground', null],
  ['select', 'list'],
  ['keepPrevious', 1],
  ['suspense', 1],
  ['throwErrors', 'all'],
  ['invalidateOn', 5],
])('refuses %s that is %o by its name', async (name, value) => {
  const shown = stage.screen.show(<Query options={{ [name]: value }} />);
  await expect(shown).rejects.toMatchObject({
    code: 'invalid-argument',
    method: 'get',
    reason: expect.stringContaining(`option ${name} `),
  });
  await stage.screen.show(<Query options={FOREVER} />);
  await stage.screen.settle();
  expect(stage.screen.text).toBe('a');
});

it.each([null, 5, []])('refuses options that are %o', async (options) => {
  const shown = stage.screen.show(<Query options={options as UseQueryOptions<Item>} />);
  await expect(shown).rejects.toMatchObject({
    code: 'invalid-argument',
    reason: expect.stringContaining('option options '),
  });
});

it('refuses arguments that are no list, also where a text stands for them', async () => {
  const shown = stage.screen.show(<Query args={'a' as never} options={{ dedupe: 'one' }} />);
  await expect(shown).rejects.toMatchObject({ code: 'invalid-argument', reason: expect.stringContaining('args') });
});

it('asks as they say when it is asked to, also while it is not enabled', async () => {
  const transform = (answer: unknown): Item => ({ ...(answer as Item), list: ['transformed'] });
  await stage.screen.show(<Query options={{ enabled: false, transform }} />);
  last.refetch();
  await stage.screen.land(() => last.data.value !== undefined);
  expect(stage.screen.text).toBe('transformed');
});

it('say nothing of the entry that others watch while it is not enabled', async () => {
  const Both = () => (
    <>
      <Query options={{ cache: 60_000 }} />
      <Query options={{ cache: 10, enabled: false }} />
    </>
  );
  await stage.screen.show(<Both />);
  await stage.screen.settle();
  await stage.screen.advance(100);
  await stage.screen.show(<Both />);
  await stage.screen.client.query(Items, 'get', ['a']);
  expect(stage.asked).toBe(1);
});
