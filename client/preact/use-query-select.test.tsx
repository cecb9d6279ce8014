// @vitest-environment happy-dom
import { type ReadonlySignal, signal } from '@preact/signals';
import { memo } from 'preact/compat';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { layer } from '../index.js';
import type { Item } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a'] }));
const EMPTY: Item = { a: 0, b: 0, c: 0, count: 0, list: [] };

let renders: number;
let last: UseQueryResult<unknown>;

beforeEach(() => {
  renders = 0;
});

function Shown<S>({ options }: { options: UseQueryOptions<Item, S> }) {
  const result = useQuery(Items, 'get', ['a'], options);
  renders++;
  last = result;
  return <p>{JSON.stringify(result.data.value) ?? 'nothing'}</p>;
}

const client = () => stage.screen.client;
const ref = (id: string) => client().entry(Items, 'get', [id]);
const loaded = (): Promise<void> => stage.screen.land(() => !last.loading.value && !last.isPlaceholder.value);

describe('select', () => {
  it('shows a part, once for each change of the data', async () => {
    let runs = 0;
    const select = ({ list }: Item) => {
      runs++;
      return list;
    };
    const show = () => stage.screen.show(<Shown options={{ ...FOREVER, select }} />);
    await show();
    expect(stage.screen.text).toBe('nothing');
    await loaded();
    expect(stage.screen.text).toBe('["a"]');
    for (let i = 0; i < 3; i++) await show();
    expect(runs).toBe(1);
    expect(stage.asked).toBe(1);
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['x'] }));
    expect(stage.screen.text).toBe('["x"]');
    expect(runs).toBe(2);
  });

  it('sees what it closes over, in that very render, and asks for nothing because of it', async () => {
    const show = (unit: string) =>
      stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list[0] + unit }} />);
    await show('m');
    await loaded();
    renders = 0;
    await show('km');
    expect([stage.screen.text, renders]).toEqual(['"akm"', 1]);
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['b'] }));
    expect([stage.screen.text, stage.asked]).toEqual(['"bkm"', 1]);
  });

  it('keeps what is equal however often it is written anew, and tells nobody', async () => {
    let childRenders = 0;
    let data: ReadonlySignal<unknown> | undefined;
    const Child = memo(() => {
      childRenders++;
      return <b>{JSON.stringify(data?.value)}</b>;
    });
    function Parent({ n }: { n: number }) {
      data = useQuery(Items, 'get', ['a'], { ...FOREVER, select: ({ list }) => ({ list: [...list], n: n % 10 }) }).data;
      renders++;
      return <Child />;
    }
    await stage.screen.show(<Parent n={0} />);
    await stage.screen.settle();
    const before = data?.value;
    [renders, childRenders] = [0, 0];
    await stage.screen.show(<Parent n={10} />);
    expect(data?.value).toBe(before);
    expect([renders, childRenders]).toEqual([1, 0]);
    await stage.screen.show(<Parent n={1} />);
    expect(stage.screen.text).toBe('{"list":["a"],"n":1}');
    expect([renders, childRenders]).toEqual([2, 1]);
  });

  it('reaches whoever was given the result before there was any', async () => {
    const Child = memo(({ result }: { result: UseQueryResult<unknown> }) => <b>{JSON.stringify(result.data.value)}</b>);
    function Parent({ options }: { options: UseQueryOptions<Item, unknown> }) {
      return <Child result={useQuery(Items, 'get', ['a'], { ...FOREVER, ...options })} />;
    }
    await stage.screen.show(<Parent options={{}} />);
    await stage.screen.settle();
    await stage.screen.show(<Parent options={{ select: ({ list }) => list }} />);
    expect(stage.screen.text).toBe('["a"]');
    await stage.screen.show(<Parent options={{}} />);
    expect(stage.screen.text).toBe(JSON.stringify({ ...EMPTY, list: ['a'] }));
  });

  it('renders once also where what it makes anew cannot be compared', async () => {
    const show = () =>
      stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => new URL(`https://a/${list}`) }} />);
    await show();
    await loaded();
    const before = last.data.value;
    renders = 0;
    await show();
    expect(last.data.value).not.toBe(before);
    expect(renders).toBe(1);
  });

  it('may come and go as anything else that says what is shown, and asks for nothing again', async () => {
    stage.items.gate.close('get');
    const options: UseQueryOptions<Item, unknown>[] = [
      {},
      { placeholder: EMPTY },
      { placeholder: { ...EMPTY, count: 5 }, select: ({ count }) => count },
      { keepPrevious: true },
    ];
    const seen: unknown[] = [];
    for (const each of options) {
      await stage.screen.show(<Shown options={{ ...FOREVER, ...each }} />);
      seen.push(stage.screen.text);
    }
    expect(seen).toEqual(['nothing', JSON.stringify(EMPTY), '5', 'nothing']);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    await stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list }} />);
    expect([last.error.value?.code, stage.asked]).toEqual(['remote', 1]);
  });

  it('does not render again where the part is equal to before', async () => {
    await stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list.map((name) => ({ name })) }} />);
    await loaded();
    const before = { renders, data: last.data.value };
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['a'], count: 7 }));
    expect({ renders, data: last.data.value }).toEqual(before);
    expect(last.data.value).toBe(before.data);
  });

  it('runs again when a signal that it reads has changed', async () => {
    const unit = signal('m');
    await stage.screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list + unit.value }} />);
    await loaded();
    await act(() => {
      unit.value = 'km';
    });
    expect(stage.screen.text).toBe('"akm"');
  });

  it('sees optimistic layers as they come and go', async () => {
    await stage.screen.show(<Shown options={{ ...FOREVER, select: ({ count }) => count }} />);
    await loaded();
    stage.items.gate.close('add');
    const added = client().mutate(Items, 'add', ['a', 5], {
      optimistic: layer(ref('a'), (item) => ({ ...item, count: item.count + 5 })),
    });
    await act(() => undefined);
    expect(stage.screen.text).toBe('5');
    (await stage.items.gate.next('add')).fail(new Error('no'));
    await act(() => added.then(undefined, () => undefined));
    expect(stage.screen.text).toBe('0');
  });

  it('that throws what has no text shows as a typed error all the same', async () => {
    const select = ({ list }: Item): unknown => {
      if (list[0] === 'bad') throw Object.create(null);
      return list[0];
    };
    stage.items.set('a', { list: ['bad'] });
    await stage.screen.show(<Shown options={{ ...FOREVER, select }} />);
    await loaded();
    expect(last.error.value).toMatchObject({
      code: 'invalid-argument',
      reason: 'option select threw: something without a text',
    });
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['good'] }));
    expect(last.error.value).toBeUndefined();
    expect(stage.screen.text).toBe('"good"');
  });

  it('that throws shows as a typed error, and as data again when it does not', async () => {
    const options = {
      ...FOREVER,
      select: ({ list }: Item) => {
        if (list[0] === 'bad') throw new RangeError('too far');
        return list[0];
      },
    };
    stage.items.set('a', { list: ['bad'] });
    await stage.screen.show(<Shown options={options} />);
    await loaded();
    expect(last.error.value).toMatchObject({
      code: 'invalid-argument',
      service: 'item@1.0.0',
      method: 'get',
      reason: 'option select threw: RangeError: too far',
      cause: expect.any(RangeError),
    });
    expect(stage.screen.text).toBe('nothing');
    expect(await outcomeOf(last.refetch())).toEqual({ error: last.error.value });
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['good'] }));
    expect(last.error.value).toBeUndefined();
    expect(stage.screen.text).toBe('"good"');
  });

  it('is of one hook alone', async () => {
    await stage.screen.show([
      <Shown key="1" options={{ ...FOREVER, select: ({ list }) => list }} />,
      <Shown key="2" options={{ ...FOREVER, select: ({ count }) => count }} />,
    ]);
    await loaded();
    expect(stage.screen.root.innerHTML).toBe('<p>["a"]</p><p>0</p>');
    expect(stage.asked).toBe(1);
  });
});
