// @vitest-environment happy-dom
import type { ComponentChildren } from 'preact';
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import type { Item } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { SUSPENSE_ERROR_GRACE_MS, SUSPENSE_GRACE_MS } from './hook-limits.js';
import { Boundary, waiting } from './test-boundary.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { useQueries } from './use-queries.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a', 'b', 'c'] }));
let last: UseQueryResult<Item>;

function Query({ id = 'a', options }: { id?: string; options?: UseQueryOptions<Item> }) {
  last = useQuery(Items, 'get', [id], { suspense: true, ...options });
  return <p>{last.data.value?.list.join() ?? 'nothing'}</p>;
}

const show = (children: ComponentChildren): Promise<void> => stage.screen.show(waiting(children));
const asked = (): number => stage.items.gate.count('get');
/** Whatever is resolved by now is rendered. */
const resumed = (html: string): Promise<void> =>
  expect.poll(() => act(() => undefined).then(() => stage.screen.root.innerHTML), { interval: 1 }).toBe(html);

describe('suspense', () => {
  it('waits for the first answer, asks for it once, and watches it then', async () => {
    const log = new TapLog();
    await show(<Query />);
    expect(stage.screen.root.innerHTML).toBe('<b>waiting</b>');
    await resumed('<p>a</p>');
    await stage.screen.settle();
    expect(asked()).toBe(1);
    expect(log.all('callStart')[0]).toMatchObject({ reason: 'mount' });
    expect(entriesOf().find(({ method }) => method === 'get')).toMatchObject({ observers: 1, fetching: false });
    stage.items.set('a', { list: ['new'] });
    stage.screen.client.invalidate(Items);
    await stage.screen.land(() => last.data.value?.list[0] === 'new');
    expect(stage.screen.root.innerHTML).toBe('<p>new</p>');
  });

  it('does not wait for what is there, and asks again where it is stale', async () => {
    await stage.screen.client.query(Items, 'get', ['a']);
    await show(<Query />);
    expect(stage.screen.root.innerHTML).toBe('<p>a</p>');
    await stage.screen.settle();
    expect(asked()).toBe(2);
  });

  it('waits again for other arguments, and watches those alone', async () => {
    await show(<Query />);
    await resumed('<p>a</p>');
    await show(<Query id="b" />);
    await resumed('<p>b</p>');
    await stage.screen.settle();
    expect(asked()).toBe(2);
    expect(
      entriesOf()
        .filter(({ method }) => method === 'get')
        .map(({ args, observers }) => [args[0], observers]),
    ).toEqual(
      expect.arrayContaining([
        ['a', 0],
        ['b', 1],
      ]),
    );
  });

  it('shares the request among those that wait, also with a query in flight', async () => {
    stage.items.gate.close('get');
    const query = stage.screen.client.query(Items, 'get', ['a']);
    await show([<Query key="1" />, <Query key="2" />]);
    (await stage.items.gate.next('get')).answer();
    await query;
    await resumed('<p>a</p><p>a</p>');
    await stage.screen.settle();
    expect(asked()).toBe(1);
  });

  it('gives an error to the boundary, and asks again when that tries again', async () => {
    stage.items.gate.close('get');
    await show(<Query />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await resumed('<i>remote</i>');
    expect(asked()).toBe(1);
    await Boundary.newest.reset();
    expect(stage.screen.root.innerHTML).toBe('<b>waiting</b>');
    (await stage.items.gate.next('get')).fail(new Error('still not'));
    await resumed('<i>remote</i>');
    await Boundary.newest.reset();
    (await stage.items.gate.next('get')).answer();
    await resumed('<p>a</p>');
    expect(asked()).toBe(3);
  });

  it('gives the error of other arguments to the boundary as well', async () => {
    await show(<Query />);
    await resumed('<p>a</p>');
    stage.items.gate.close('get');
    await show(<Query id="b" />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await resumed('<i>remote</i>');
    stage.items.gate.closed.clear();
    await Boundary.newest.reset();
    await resumed('<p>b</p>');
    expect(asked()).toBe(3);
  });

  it('shows a later error beside the data, unless the boundary is to have every error', async () => {
    await show([<Query key="1" options={FOREVER} />]);
    await resumed('<p>a</p>');
    stage.items.gate.close('get');
    const failing = last.refetch();
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await act(() => failing.then(undefined, () => undefined).then(() => undefined));
    expect(last.error.value?.code).toBe('remote');
    expect(stage.screen.root.innerHTML).toBe('<p>a</p>');
  });

  it('shows a placeholder instead of waiting', async () => {
    stage.items.gate.close('get');
    const placeholder: Item = { a: 0, b: 0, c: 0, count: 0, list: ['soon'] };
    await show(<Query options={{ placeholder }} />);
    expect(stage.screen.root.innerHTML).toBe('<p>soon</p>');
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await resumed('<i>remote</i>');
    expect(asked()).toBe(1);
  });

  it('does not wait while it is not enabled', async () => {
    await show(<Query options={{ enabled: false }} />);
    expect(stage.screen.root.innerHTML).toBe('<p>nothing</p>');
    expect(asked()).toBe(0);
  });

  it('asks again for an answer that nobody was there to show for a while', async () => {
    await show(<Query />);
    await stage.screen.show(null);
    await stage.screen.settle();
    await stage.screen.advance(SUSPENSE_GRACE_MS);
    expect(asked()).toBe(1);
    await show(<Query />);
    expect(stage.screen.root.innerHTML).toBe('<p>a</p>');
    await stage.screen.settle();
    expect(asked()).toBe(2);
  });

  it('asks again for an error that nobody was there to show for a while', async () => {
    stage.items.gate.close('get');
    await show(<Query />);
    const held = await stage.items.gate.next('get');
    await stage.screen.show(null);
    held.fail(new Error('no'));
    await stage.screen.settle();
    await stage.screen.advance(SUSPENSE_ERROR_GRACE_MS);
    await show(<Query />);
    expect(stage.screen.root.innerHTML).toBe('<b>waiting</b>');
    (await stage.items.gate.next('get')).answer();
    await resumed('<p>a</p>');
  });

  it('asks for all of several queries before it waits for any', async () => {
    function All() {
      const all = useQueries(['a', 'b'].map((id) => [Items, 'get', [id], { suspense: true }] as const));
      return <p>{all.map(({ data }) => data.value?.list[0]).join()}</p>;
    }
    stage.items.gate.close('get');
    await show(<All />);
    const held = [await stage.items.gate.next('get'), await stage.items.gate.next('get')];
    for (const call of held) call.answer();
    await resumed('<p>a,b</p>');
    await stage.screen.settle();
    expect(asked()).toBe(2);
  });

  it('refuses a wrong option at once', async () => {
    await show(<Query options={{ cache: -1 }} />);
    expect(stage.screen.root.innerHTML).toBe('<i>invalid-argument</i>');
    await Boundary.newest.reset();
    await show(<Query key="good" />);
    await Boundary.newest.reset();
    await resumed('<p>a</p>');
  });
});

describe('throwErrors', () => {
  const options = { suspense: false, throwErrors: true };

  it('gives every error to the boundary, and starts anew when that tries again', async () => {
    stage.items.gate.close('get');
    await show(<Query options={options} />);
    expect(stage.screen.root.innerHTML).toBe('<p>nothing</p>');
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await resumed('<i>remote</i>');
    await Boundary.newest.reset();
    expect(stage.screen.root.innerHTML).toBe('<p>nothing</p>');
    (await stage.items.gate.next('get')).answer();
    await resumed('<p>a</p>');
    const failing = last.refetch();
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await act(() => failing.then(undefined, () => undefined).then(() => undefined));
    await resumed('<i>remote</i>');
    expect(entriesOf().find(({ method }) => method === 'get')?.observers).toBe(0);
  });

  it('gives what select throws to it as well', async () => {
    const select = (): Item => {
      throw new Error('no');
    };
    await stage.screen.client.query(Items, 'get', ['a']);
    await show(<Query options={{ ...options, select }} />);
    expect(stage.screen.root.innerHTML).toBe('<i>invalid-argument</i>');
  });
});
