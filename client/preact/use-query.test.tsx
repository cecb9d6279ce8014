// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact';
import { useState } from 'preact/hooks';
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { NetronClient, service } from '../index.js';
import { type ItemApi, type Item as ItemRecord, ItemService } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { until } from '../testing/test-watch.js';
import { NetronProvider } from './netron-provider.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };

let fixture: Fixture;
let items: ItemService;
let client: NetronClient;
let root: HTMLElement;
let renders: string[];

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  for (const id of ['a', 'b', 'c']) items.set(id, { list: [id] });
  client = new NetronClient({ url: fixture.ws, runtime: new TestRuntime() });
  root = document.createElement('div');
  document.body.append(root);
  renders = [];
});
afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
  client.close();
});

const show = (children: ComponentChildren): Promise<void> =>
  act(() => render(<NetronProvider client={client}>{children}</NetronProvider>, root));

/** Lets the answer of a request through, and the renders that follow from it. */
const land = (done: () => boolean): Promise<void> => act(() => until(done));

let last: UseQueryResult<{ readonly list: readonly string[] }>;
const data = (): string => last.data.value?.list.join() ?? '-';

function Item({ id, options = FOREVER }: { id: string; options?: UseQueryOptions<ItemRecord> }) {
  last = useQuery(Items, 'get', [id], options);
  const text = last.loading.value ? 'loading' : (last.error.value?.code ?? last.data.value?.list.join() ?? 'nothing');
  renders.push(text);
  return <p>{text}</p>;
}

describe('useQuery', () => {
  it('shows loading, then data', async () => {
    await show(<Item id="a" />);
    expect(root.textContent).toBe('loading');
    await land(() => data() === 'a');
    expect(root.innerHTML).toBe('<p>a</p>');
    expect(renders).toEqual(['loading', 'a']);
    expect(items.gate.count('get')).toBe(1);
  });

  it('shows data that is there at once, and never loading', async () => {
    await client.query(Items, 'get', ['a'], FOREVER);
    await show(<Item id="a" />);
    expect(root.textContent).toBe('a');
    expect(renders).not.toContain('loading');
    expect(items.gate.count('get')).toBe(1);
  });

  it('does not render again for what it does not read', async () => {
    let count = 0;
    function DataOnly() {
      last = useQuery(Items, 'get', ['a'], FOREVER);
      count++;
      return <p>{last.data.value?.list.join() ?? '-'}</p>;
    }
    await show(<DataOnly />);
    await land(() => data() === 'a');
    const before = count;
    const seen: boolean[] = [];
    const stop = last.fetching.subscribe((fetching) => seen.push(fetching));
    items.gate.close('get');
    const refetch = last.refetch();
    (await items.gate.next('get')).fail(new Error('no'));
    await act(() => refetch.then(undefined, () => undefined).then(() => undefined));
    stop();
    expect(seen).toEqual([false, true, false]);
    expect(count).toBe(before);
  });

  it('does not ask again for options written inline', async () => {
    function Inline({ n }: { n: number }) {
      last = useQuery(Items, 'get', ['a'], { cache: { maxAge: 0, tags: ['x'] } });
      return (
        <p>
          {n}
          {last.data.value?.list}
        </p>
      );
    }
    for (let n = 0; n < 5; n++) await show(<Inline n={n} />);
    await land(() => data() === 'a');
    await show(<Inline n={9} />);
    expect(root.textContent).toBe('9a');
    expect(items.gate.count('get')).toBe(1);
  });

  it('fetches another entry when the arguments change, and takes an old one from the cache', async () => {
    const log = new TapLog();
    await show(<Item id="a" />);
    await land(() => data() === 'a');
    await show(<Item id="b" />);
    expect(root.textContent).toBe('loading');
    await land(() => data() === 'b');
    await show(<Item id="a" />);
    expect(root.textContent).toBe('a');
    expect(items.gate.count('get')).toBe(2);
    expect(log.all('callStart').map(({ reason }) => reason)).toEqual(['mount', 'args']);
    expect(entriesOf().map(({ args, observers }) => [args[0], observers])).toEqual(
      expect.arrayContaining([
        ['a', 1],
        ['b', 0],
      ]),
    );
  });

  it('never shows the data of other arguments', async () => {
    const shown: [string, string][] = [];
    function Pair({ id }: { id: string }) {
      last = useQuery(Items, 'get', [id], FOREVER);
      shown.push([id, last.data.value?.list.join() ?? '-']);
      return null;
    }
    await show(<Pair id="a" />);
    await land(() => data() === 'a');
    await show(<Pair id="b" />);
    await land(() => data() === 'b');
    expect(shown.filter(([id, list]) => list !== '-' && list !== id)).toEqual([]);
  });

  it('shares one request among components', async () => {
    await show([<Item key="1" id="a" />, <Item key="2" id="a" />]);
    await land(() => data() === 'a');
    expect(root.innerHTML).toBe('<p>a</p><p>a</p>');
    expect(items.gate.count('get')).toBe(1);
    expect(entriesOf()[0]?.observers).toBe(2);
  });

  it('shows what others change', async () => {
    await show(<Item id="a" options={{ cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } }} />);
    await land(() => data() === 'a');
    items.set('a', { list: ['new'] });
    client.invalidate('item');
    await land(() => data() === 'new');
    expect(root.textContent).toBe('new');
    expect(renders.filter((text) => text === 'loading')).toHaveLength(1);
  });

  it('unsubscribes when unmounted, and gives up a request that nobody else waits for', async () => {
    items.gate.close('get');
    const log = new TapLog();
    await show(<Item id="a" />);
    await items.gate.next('get');
    expect(entriesOf()[0]).toMatchObject({ observers: 1, fetching: true });
    await show(null);
    await client.mutate(Items, 'ping', []);
    expect(entriesOf()[0]).toMatchObject({ observers: 0, fetching: false, error: null });
    expect(log.all('callEnd')[0]).toMatchObject({ b: 2 });
  });

  it('hands a request over to the component that mounts as another leaves', async () => {
    items.gate.close('get');
    await show(<Item key="one" id="a" />);
    const first = await items.gate.next('get');
    await show(<Item key="two" id="a" />);
    items.gate.closed.clear();
    first.answer();
    for (const held of items.gate.held) held.answer();
    await land(() => data() === 'a');
    expect(root.textContent).toBe('a');
  });

  it('neither asks nor watches while it is not enabled', async () => {
    await show(<Item id="a" options={{ enabled: false }} />);
    expect(root.textContent).toBe('nothing');
    expect(items.gate.count('get')).toBe(0);
    await show(<Item id="a" options={{ enabled: true, ...FOREVER }} />);
    await land(() => data() === 'a');
    expect(entriesOf()[0]?.observers).toBe(1);
    await show(<Item id="a" options={{ enabled: false }} />);
    expect(entriesOf()[0]?.observers).toBe(0);
    client.invalidate(Items);
    await client.mutate(Items, 'ping', []);
    expect(items.gate.count('get')).toBe(1);
    expect(root.textContent).toBe('a');
  });

  it('shows what belongs to its arguments though they changed while it was not enabled', async () => {
    await show(<Item id="a" />);
    await land(() => data() === 'a');
    await show(<Item id="b" options={{ enabled: false }} />);
    expect(root.textContent).toBe('nothing');
    expect(items.gate.count('get')).toBe(1);
  });

  it('shows an error, and data again after a refetch', async () => {
    items.gate.close('get');
    await show(<Item id="a" />);
    (await items.gate.next('get')).fail(new Error('no'));
    await land(() => last.error.value !== undefined);
    expect(root.textContent).toBe('remote');
    items.gate.closed.clear();
    await act(() => last.refetch().then(() => undefined));
    expect(root.textContent).toBe('a');
  });

  it('is done loading when the method returns undefined', async () => {
    let result: UseQueryResult<undefined> | undefined;
    function Nothing() {
      result = useQuery(Items, 'nothing', [], FOREVER);
      return <p>{result.loading.value ? 'loading' : 'done'}</p>;
    }
    await show(<Nothing />);
    await land(() => result?.fetching.value === false);
    expect(root.textContent).toBe('done');
  });

  it('gives one result object and one refetch function for its lifetime', async () => {
    const results = new Set<unknown>();
    function Same() {
      const result = useQuery(Items, 'get', ['a'], FOREVER);
      const [n, setN] = useState(0);
      if (n < 3) setN(n + 1);
      results.add(result);
      results.add(result.refetch);
      return null;
    }
    await show(<Same />);
    expect(results.size).toBe(2);
  });

  it('moves to another client when its provider does', async () => {
    await show(<Item id="a" />);
    await land(() => data() === 'a');
    const first = client;
    const entries = entriesOf();
    client = new NetronClient({ url: fixture.ws, runtime: new TestRuntime() });
    await show(<Item id="a" />);
    await land(() => data() === 'a');
    expect(entries[0]?.observers).toBe(0);
    expect(entriesOf()[0]?.observers).toBe(1);
    first.close();
  });

  it('says that a provider is missing', () => {
    expect(() => render(<Item id="a" />, root)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining('<NetronProvider') }),
    );
  });

  it('leaves no observer behind when its options are refused', () => {
    expect(() =>
      render(
        <NetronProvider client={client}>
          <Item id="a" options={{ cache: -1 }} />
        </NetronProvider>,
        root,
      ),
    ).toThrow(expect.objectContaining({ code: 'invalid-argument', method: 'get' }));
    expect(entriesOf()[0]?.observers).toBe(0);
  });

  it('leaves no observer behind, however short a component lives', async () => {
    const tree = (children: ComponentChildren) => <NetronProvider client={client}>{children}</NetronProvider>;
    for (let i = 0; i < 1_000; i++) {
      const id = `${i % 10}`;
      render(tree(<Item id={id} />), root);
      render(tree(null), root);
    }
    expect(entriesOf().map(({ observers }) => observers)).toEqual(Array<number>(10).fill(0));
    await client.mutate(Items, 'ping', []);
    expect(entriesOf().filter(({ fetching }) => fetching)).toEqual([]);
    await show(<Item id="a" />);
    await land(() => data() === 'a');
  });
});
