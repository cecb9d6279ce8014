// @vitest-environment happy-dom
import type { ReadonlySignal } from '@preact/signals';
import { memo } from 'preact/compat';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../index.js';
import type { Item, ItemApi } from '../testing/test-item-service.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a', 'b', 'c'] }));
const EMPTY: Item = { a: 0, b: 0, c: 0, count: 0, list: [] };

let renders: number;
let last: UseQueryResult<unknown>;

beforeEach(() => {
  renders = 0;
});

function Shown<S>({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item, S> }) {
  const result = useQuery(Items, 'get', [id], options);
  renders++;
  last = result;
  return <p>{JSON.stringify(result.data.value) ?? 'nothing'}</p>;
}

const loaded = (): Promise<void> => stage.screen.land(() => !last.loading.value && !last.isPlaceholder.value);

describe('a placeholder', () => {
  it('stands in for the first answer, goes through select, and is neither loading nor stored', async () => {
    stage.items.gate.close('get');
    await stage.screen.show(
      <Shown options={{ placeholder: { ...EMPTY, list: ['soon'] }, select: ({ list }) => list }} />,
    );
    expect(stage.screen.text).toBe('["soon"]');
    expect([last.loading.value, last.fetching.value, last.isPlaceholder.value]).toEqual([false, true, true]);
    expect(client().peek(ref('a'))).toBeUndefined();
    (await stage.items.gate.next('get')).answer();
    await stage.screen.land(() => !last.isPlaceholder.value);
    expect(stage.screen.text).toBe('["a"]');
  });

  it('may be made of what was shown before', async () => {
    const options = { ...FOREVER, placeholder: (previous: Item | undefined) => previous && { ...previous, count: 9 } };
    await stage.screen.show(<Shown options={options} />);
    expect(stage.screen.text).toBe('nothing');
    await loaded();
    await stage.screen.show(<Shown id="b" options={options} />);
    expect(last.data.value).toEqual({ ...EMPTY, list: ['a'], count: 9 });
    expect(last.isPlaceholder.value).toBe(true);
    await loaded();
    expect(last.data.value).toEqual({ ...EMPTY, list: ['b'] });
  });

  it('is that of the newest render once there is no answer any more', async () => {
    const Child = memo(({ data }: { data: ReadonlySignal<Item | undefined> }) => <b>{data.value?.count}</b>);
    function Parent({ count }: { count: number }) {
      return <Child data={useQuery(Items, 'get', ['a'], { ...FOREVER, placeholder: { ...EMPTY, count } }).data} />;
    }
    await stage.screen.show(<Parent count={1} />);
    await stage.screen.settle();
    await stage.screen.show(<Parent count={2} />);
    expect(stage.screen.text).toBe('0');
    stage.items.gate.close('get');
    await act(() => client().clear());
    expect(stage.screen.text).toBe('2');
  });

  it('that throws shows as a typed error until the answer is there', async () => {
    stage.items.gate.close('get');
    const placeholder = (): Item => {
      throw new Error('none');
    };
    await stage.screen.show(<Shown options={{ placeholder }} />);
    expect(last.error.value).toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('placeholder'),
    });
    (await stage.items.gate.next('get')).answer();
    await stage.screen.land(() => last.error.value === undefined);
    expect(last.data.value).toMatchObject({ list: ['a'] });
  });
});

describe('keepPrevious', () => {
  const options = { ...FOREVER, keepPrevious: true };

  it('shows the data of the arguments before, across several changes, until the new one is there', async () => {
    const seen: unknown[] = [];
    function Search({ id }: { id: string }) {
      const { data, isPlaceholder, loading } = useQuery(Items, 'get', [id], options);
      seen.push([id, data.value?.list[0], isPlaceholder.value, loading.value]);
      last = useQuery(Items, 'get', [id], options);
      return null;
    }
    await stage.screen.show(<Search id="a" />);
    await loaded();
    stage.items.gate.close('get');
    await stage.screen.show(<Search id="b" />);
    await stage.screen.show(<Search id="c" />);
    stage.items.gate.closed.clear();
    for (const held of stage.items.gate.held.splice(0)) held.answer();
    await loaded();
    expect(seen).toEqual([
      ['a', undefined, false, true],
      ['a', 'a', false, false],
      ['b', 'a', true, false],
      ['c', 'a', true, false],
      ['c', 'c', false, false],
    ]);
  });

  it('shows nothing of another user', async () => {
    await stage.screen.show(<Shown options={options} />);
    await loaded();
    client().setPartition('somebody else');
    await stage.screen.show(<Shown id="b" options={{ ...options }} />);
    expect([last.data.value, last.loading.value]).toEqual([undefined, true]);
  });

  it('shows an error in place of it when the new arguments fail', async () => {
    await stage.screen.show(<Shown options={options} />);
    await loaded();
    stage.items.gate.close('get');
    await stage.screen.show(<Shown id="b" options={options} />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    expect([last.data.value, last.isPlaceholder.value]).toEqual([undefined, false]);
  });
});

describe('a fallback', () => {
  it('is shown in place of data that there never was, beside the error', async () => {
    stage.items.gate.close('get');
    await stage.screen.show(<Shown options={{ fallback: ({ code }) => ({ ...EMPTY, list: [code] }) }} />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toMatchObject({ list: ['remote'] });
    stage.items.gate.closed.clear();
    await act(() => last.refetch().then(() => undefined));
    expect([last.error.value, last.data.value]).toEqual([undefined, { ...EMPTY, list: ['a'] }]);
  });
});

describe('a fallback of the method', () => {
  it('is shown as well, also for an answer that does not pass', async () => {
    const Defaulted = service<ItemApi>('item@1.0.0', { queries: { get: { fallback: EMPTY } } });
    let isValid = true;
    function Item() {
      last = useQuery(Defaulted, 'get', ['a'], { validate: () => isValid });
      return null;
    }
    stage.items.gate.close('get');
    await stage.screen.show(<Item />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toEqual(EMPTY);
    stage.items.gate.closed.clear();
    isValid = false;
    await act(() => last.refetch().then(undefined, () => undefined));
    expect([last.error.value?.code, last.data.value]).toEqual(['invalid-result', EMPTY]);
  });
});

describe('what a component does not read', () => {
  it('does not render it again, with select and placeholder as well', async () => {
    await stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list, placeholder: EMPTY }} />);
    await loaded();
    const before = renders;
    const seen: boolean[] = [];
    const stop = last.fetching.subscribe((fetching) => seen.push(fetching));
    await act(() => last.refetch().then(() => undefined));
    stop();
    expect(seen).toEqual([false, true, false]);
    expect(renders).toBe(before);
  });

  it('rejects a refetch without anybody having to catch it', async () => {
    await stage.screen.show(<Shown options={FOREVER} />);
    await loaded();
    stage.items.gate.close('get');
    last.refetch();
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toMatchObject({ list: ['a'] });
  });
});

describe('dedupe by a text', () => {
  it('watches the entry that stands for the arguments', async () => {
    await client().query(Items, 'get', ['a'], { ...FOREVER, dedupe: 'one' });
    await stage.screen.show(<Shown id="b" options={{ ...FOREVER, dedupe: 'one' }} />);
    expect(last.data.value).toMatchObject({ list: ['a'] });
    expect(stage.items.gate.count('get')).toBe(1);
  });
});

const client = () => stage.screen.client;
const ref = (id: string) => client().entry(Items, 'get', [id]);
