// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { layer, service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TestScreen } from './test-screen.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };
const EMPTY: Item = { a: 0, b: 0, c: 0, count: 0, list: [] };

let fixture: Fixture;
let items: ItemService;
let screen: TestScreen;
let renders: number;
let last: UseQueryResult<unknown>;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  for (const id of ['a', 'b', 'c']) items.set(id, { list: [id] });
  screen = new TestScreen(fixture.ws);
  renders = 0;
});
afterEach(() => screen.close());

function Shown<S>({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item, S> }) {
  const result = useQuery(Items, 'get', [id], options);
  renders++;
  last = result;
  return <p>{JSON.stringify(result.data.value) ?? 'nothing'}</p>;
}

const loaded = (): Promise<void> => screen.land(() => !last.loading.value && !last.isPlaceholder.value);

describe('select', () => {
  it('shows a part, once for each change of the data, however often it is written anew', async () => {
    let runs = 0;
    const show = () =>
      screen.show(
        <Shown
          options={{
            ...FOREVER,
            select: (item) => {
              runs++;
              return item.list;
            },
          }}
        />,
      );
    await show();
    expect(screen.text).toBe('nothing');
    await loaded();
    expect(screen.text).toBe('["a"]');
    for (let i = 0; i < 3; i++) await show();
    expect(runs).toBe(1);
    expect(items.gate.count('get')).toBe(1);
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['x'] }));
    expect(screen.text).toBe('["x"]');
    expect(runs).toBe(2);
  });

  it('does not render again where the part is equal to before', async () => {
    await screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list.map((name) => ({ name })) }} />);
    await loaded();
    const before = { renders, data: last.data.value };
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['a'], count: 7 }));
    expect({ renders, data: last.data.value }).toEqual(before);
    expect(last.data.value).toBe(before.data);
  });

  it('runs again when a signal that it reads has changed', async () => {
    const unit = signal('m');
    await screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list + unit.value }} />);
    await loaded();
    await act(() => {
      unit.value = 'km';
    });
    expect(screen.text).toBe('"akm"');
  });

  it('sees optimistic layers as they come and go', async () => {
    await screen.show(<Shown options={{ ...FOREVER, select: ({ count }) => count }} />);
    await loaded();
    items.gate.close('add');
    const added = client().mutate(Items, 'add', ['a', 5], {
      optimistic: layer(ref('a'), (item) => ({ ...item, count: item.count + 5 })),
    });
    await act(() => undefined);
    expect(screen.text).toBe('5');
    (await items.gate.next('add')).fail(new Error('no'));
    await act(() => added.then(undefined, () => undefined));
    expect(screen.text).toBe('0');
  });

  it('that throws shows as a typed error, and as data again when it does not', async () => {
    const options = {
      ...FOREVER,
      select: ({ list }: Item) => {
        if (list[0] === 'bad') throw new RangeError('too far');
        return list[0];
      },
    };
    items.set('a', { list: ['bad'] });
    await screen.show(<Shown options={options} />);
    await loaded();
    expect(last.error.value).toMatchObject({
      code: 'invalid-argument',
      service: 'item@1.0.0',
      method: 'get',
      reason: 'option select threw: RangeError: too far',
      cause: expect.any(RangeError),
    });
    expect(screen.text).toBe('nothing');
    await act(() => client().setData(ref('a'), { ...EMPTY, list: ['good'] }));
    expect(last.error.value).toBeUndefined();
    expect(screen.text).toBe('"good"');
  });

  it('is of one hook alone', async () => {
    await screen.show([
      <Shown key="1" options={{ ...FOREVER, select: ({ list }) => list }} />,
      <Shown key="2" options={{ ...FOREVER, select: ({ count }) => count }} />,
    ]);
    await loaded();
    expect(screen.root.innerHTML).toBe('<p>["a"]</p><p>0</p>');
    expect(items.gate.count('get')).toBe(1);
  });
});

describe('a placeholder', () => {
  it('stands in for the first answer, goes through select, and is neither loading nor stored', async () => {
    items.gate.close('get');
    await screen.show(<Shown options={{ placeholder: { ...EMPTY, list: ['soon'] }, select: ({ list }) => list }} />);
    expect(screen.text).toBe('["soon"]');
    expect([last.loading.value, last.fetching.value, last.isPlaceholder.value]).toEqual([false, true, true]);
    expect(client().peek(ref('a'))).toBeUndefined();
    (await items.gate.next('get')).answer();
    await screen.land(() => !last.isPlaceholder.value);
    expect(screen.text).toBe('["a"]');
  });

  it('may be made of what was shown before', async () => {
    const options = { ...FOREVER, placeholder: (previous: Item | undefined) => previous && { ...previous, count: 9 } };
    await screen.show(<Shown options={options} />);
    expect(screen.text).toBe('nothing');
    await loaded();
    await screen.show(<Shown id="b" options={options} />);
    expect(last.data.value).toEqual({ ...EMPTY, list: ['a'], count: 9 });
    expect(last.isPlaceholder.value).toBe(true);
    await loaded();
    expect(last.data.value).toEqual({ ...EMPTY, list: ['b'] });
  });

  it('that throws shows as a typed error until the answer is there', async () => {
    items.gate.close('get');
    const placeholder = (): Item => {
      throw new Error('none');
    };
    await screen.show(<Shown options={{ placeholder }} />);
    expect(last.error.value).toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('placeholder'),
    });
    (await items.gate.next('get')).answer();
    await screen.land(() => last.error.value === undefined);
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
    await screen.show(<Search id="a" />);
    await loaded();
    items.gate.close('get');
    await screen.show(<Search id="b" />);
    await screen.show(<Search id="c" />);
    items.gate.closed.clear();
    for (const held of items.gate.held.splice(0)) held.answer();
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
    await screen.show(<Shown options={options} />);
    await loaded();
    client().setPartition('somebody else');
    await screen.show(<Shown id="b" options={{ ...options }} />);
    expect([last.data.value, last.loading.value]).toEqual([undefined, true]);
  });

  it('shows an error in place of it when the new arguments fail', async () => {
    await screen.show(<Shown options={options} />);
    await loaded();
    items.gate.close('get');
    await screen.show(<Shown id="b" options={options} />);
    (await items.gate.next('get')).fail(new Error('no'));
    await screen.land(() => last.error.value !== undefined);
    expect([last.data.value, last.isPlaceholder.value]).toEqual([undefined, false]);
  });
});

describe('a fallback', () => {
  it('is shown in place of data that there never was, beside the error', async () => {
    items.gate.close('get');
    await screen.show(<Shown options={{ fallback: ({ code }) => ({ ...EMPTY, list: [code] }) }} />);
    (await items.gate.next('get')).fail(new Error('no'));
    await screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toMatchObject({ list: ['remote'] });
    items.gate.closed.clear();
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
    items.gate.close('get');
    await screen.show(<Item />);
    (await items.gate.next('get')).fail(new Error('no'));
    await screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toEqual(EMPTY);
    items.gate.closed.clear();
    isValid = false;
    await act(() => last.refetch().then(undefined, () => undefined));
    expect([last.error.value?.code, last.data.value]).toEqual(['invalid-result', EMPTY]);
  });
});

describe('what a component does not read', () => {
  it('does not render it again, with select and placeholder as well', async () => {
    await screen.show(<Shown options={{ ...FOREVER, select: ({ list }) => list, placeholder: EMPTY }} />);
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
    await screen.show(<Shown options={FOREVER} />);
    await loaded();
    items.gate.close('get');
    last.refetch();
    (await items.gate.next('get')).fail(new Error('no'));
    await screen.land(() => last.error.value !== undefined);
    expect(last.data.value).toMatchObject({ list: ['a'] });
  });
});

describe('dedupe by a text', () => {
  it('watches the entry that stands for the arguments', async () => {
    await client().query(Items, 'get', ['a'], { ...FOREVER, dedupe: 'one' });
    await screen.show(<Shown id="b" options={{ ...FOREVER, dedupe: 'one' }} />);
    expect(last.data.value).toMatchObject({ list: ['a'] });
    expect(items.gate.count('get')).toBe(1);
  });
});

const client = () => screen.client;
const ref = (id: string) => client().entry(Items, 'get', [id]);
