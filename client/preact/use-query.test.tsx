// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact';
import { useState } from 'preact/hooks';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { NetronClient } from '../index.js';
import type { Item as ItemRecord } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { NetronProvider } from './netron-provider.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a', 'b', 'c'] }));
let renders: string[];

beforeEach(() => {
  renders = [];
});

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
    await stage.screen.show(<Item id="a" />);
    expect(stage.screen.text).toBe('loading');
    await stage.screen.land(() => data() === 'a');
    expect(stage.screen.root.innerHTML).toBe('<p>a</p>');
    expect(renders).toEqual(['loading', 'a']);
    expect(stage.items.gate.count('get')).toBe(1);
  });

  it('shows data that is there at once, and never loading', async () => {
    await stage.screen.client.query(Items, 'get', ['a'], FOREVER);
    await stage.screen.show(<Item id="a" />);
    expect(stage.screen.text).toBe('a');
    expect(renders).not.toContain('loading');
    expect(stage.items.gate.count('get')).toBe(1);
  });

  it('does not render again for what it does not read', async () => {
    let count = 0;
    function DataOnly() {
      last = useQuery(Items, 'get', ['a'], FOREVER);
      count++;
      return <p>{last.data.value?.list.join() ?? '-'}</p>;
    }
    await stage.screen.show(<DataOnly />);
    await stage.screen.land(() => data() === 'a');
    const before = count;
    const seen: boolean[] = [];
    const stop = last.fetching.subscribe((fetching) => seen.push(fetching));
    stage.items.gate.close('get');
    const refetch = last.refetch();
    (await stage.items.gate.next('get')).fail(new Error('no'));
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
    for (let n = 0; n < 5; n++) await stage.screen.show(<Inline n={n} />);
    await stage.screen.land(() => data() === 'a');
    await stage.screen.show(<Inline n={9} />);
    expect(stage.screen.text).toBe('9a');
    expect(stage.items.gate.count('get')).toBe(1);
  });

  it('fetches another entry when the arguments change, and takes an old one from the cache', async () => {
    const log = new TapLog();
    await stage.screen.show(<Item id="a" />);
    await stage.screen.land(() => data() === 'a');
    await stage.screen.show(<Item id="b" />);
    expect(stage.screen.text).toBe('loading');
    await stage.screen.land(() => data() === 'b');
    await stage.screen.show(<Item id="a" />);
    expect(stage.screen.text).toBe('a');
    expect(stage.items.gate.count('get')).toBe(2);
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
    await stage.screen.show(<Pair id="a" />);
    await stage.screen.land(() => data() === 'a');
    await stage.screen.show(<Pair id="b" />);
    await stage.screen.land(() => data() === 'b');
    expect(shown.filter(([id, list]) => list !== '-' && list !== id)).toEqual([]);
  });

  it('shares one request among components', async () => {
    await stage.screen.show([<Item key="1" id="a" />, <Item key="2" id="a" />]);
    await stage.screen.land(() => data() === 'a');
    expect(stage.screen.root.innerHTML).toBe('<p>a</p><p>a</p>');
    expect(stage.items.gate.count('get')).toBe(1);
    expect(entriesOf()[0]?.observers).toBe(2);
  });

  it('shows what others change', async () => {
    await stage.screen.show(<Item id="a" options={{ cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } }} />);
    await stage.screen.land(() => data() === 'a');
    stage.items.set('a', { list: ['new'] });
    stage.screen.client.invalidate('item');
    await stage.screen.land(() => data() === 'new');
    expect(stage.screen.text).toBe('new');
    expect(renders.filter((text) => text === 'loading')).toHaveLength(1);
  });

  it('unsubscribes when unmounted, and gives up a request that nobody else waits for', async () => {
    stage.items.gate.close('get');
    const log = new TapLog();
    await stage.screen.show(<Item id="a" />);
    await stage.items.gate.next('get');
    expect(entriesOf()[0]).toMatchObject({ observers: 1, fetching: true });
    await stage.screen.show(null);
    await stage.screen.settle();
    expect(entriesOf()[0]).toMatchObject({ observers: 0, fetching: false, error: null });
    expect(log.all('callEnd')[0]).toMatchObject({ b: 2 });
  });

  it('hands a request over to the component that mounts as another leaves', async () => {
    stage.items.gate.close('get');
    await stage.screen.show(<Item key="one" id="a" />);
    const held = await stage.items.gate.next('get');
    await stage.screen.show(<Item key="two" id="a" />);
    held.answer();
    await stage.screen.land(() => data() === 'a');
    expect(stage.screen.text).toBe('a');
    expect(stage.items.gate.count('get')).toBe(1);
  });

  it('neither asks nor watches while it is not enabled', async () => {
    await stage.screen.show(<Item id="a" options={{ enabled: false }} />);
    expect(stage.screen.text).toBe('nothing');
    expect(stage.items.gate.count('get')).toBe(0);
    await stage.screen.show(<Item id="a" options={{ enabled: true, ...FOREVER }} />);
    await stage.screen.land(() => data() === 'a');
    expect(entriesOf()[0]?.observers).toBe(1);
    await stage.screen.show(<Item id="a" options={{ enabled: false }} />);
    expect(entriesOf()[0]?.observers).toBe(0);
    stage.screen.client.invalidate(Items);
    await stage.screen.settle();
    expect(stage.items.gate.count('get')).toBe(1);
    expect(stage.screen.text).toBe('a');
  });

  it('is not loading from the render on in which it is not enabled', async () => {
    const seen: [enabled: boolean, loading: boolean][] = [];
    function Loading({ enabled }: { enabled: boolean }) {
      seen.push([enabled, useQuery(Items, 'get', ['a'], { enabled }).loading.value]);
      return null;
    }
    stage.items.gate.close('get');
    await stage.screen.show(<Loading enabled />);
    await stage.screen.show(<Loading enabled={false} />);
    expect(seen).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('shows what belongs to its arguments though they changed while it was not enabled', async () => {
    await stage.screen.show(<Item id="a" />);
    await stage.screen.land(() => data() === 'a');
    await stage.screen.show(<Item id="b" options={{ enabled: false }} />);
    expect(stage.screen.text).toBe('nothing');
    expect(stage.items.gate.count('get')).toBe(1);
  });

  it('shows an error, and data again after a refetch', async () => {
    stage.items.gate.close('get');
    await stage.screen.show(<Item id="a" />);
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => last.error.value !== undefined);
    expect(stage.screen.text).toBe('remote');
    stage.items.gate.closed.clear();
    await act(() => last.refetch().then(() => undefined));
    expect(stage.screen.text).toBe('a');
  });

  it('is done loading when the method returns undefined', async () => {
    let result: UseQueryResult<undefined> | undefined;
    function Nothing() {
      result = useQuery(Items, 'nothing', [], FOREVER);
      return <p>{result.loading.value ? 'loading' : 'done'}</p>;
    }
    await stage.screen.show(<Nothing />);
    await stage.screen.land(() => result?.fetching.value === false);
    expect(stage.screen.text).toBe('done');
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
    await stage.screen.show(<Same />);
    expect(results.size).toBe(2);
  });

  it('moves to another client when its provider does', async () => {
    const under = (client: NetronClient) => (
      <NetronProvider client={client}>
        <Item id="a" />
      </NetronProvider>
    );
    await stage.screen.show(under(stage.screen.client));
    await stage.screen.land(() => data() === 'a');
    const entries = entriesOf();
    const second = new NetronClient({ url: stage.fixture.ws, runtime: new TestRuntime() });
    await stage.screen.show(under(second));
    await stage.screen.land(() => data() === 'a');
    expect(entries[0]?.observers).toBe(0);
    expect(entriesOf()[0]?.observers).toBe(1);
    await stage.screen.show(null);
    second.close();
  });

  it('says that a provider is missing', () => {
    expect(() => render(<Item id="a" />, stage.screen.root)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: expect.stringContaining('<NetronProvider') }),
    );
  });

  it('leaves no observer behind when its options are refused', () => {
    expect(() =>
      render(
        <NetronProvider client={stage.screen.client}>
          <Item id="a" options={{ cache: -1 }} />
        </NetronProvider>,
        stage.screen.root,
      ),
    ).toThrow(expect.objectContaining({ code: 'invalid-argument', method: 'get' }));
    expect(entriesOf()[0]?.observers).toBe(0);
  });

  it('leaves no observer behind, however short a component lives', async () => {
    const tree = (children: ComponentChildren) => (
      <NetronProvider client={stage.screen.client}>{children}</NetronProvider>
    );
    for (let i = 0; i < 1_000; i++) {
      const id = `${i % 10}`;
      render(tree(<Item id={id} />), stage.screen.root);
      render(tree(null), stage.screen.root);
    }
    expect(entriesOf().map(({ observers }) => observers)).toEqual(Array<number>(10).fill(0));
    await stage.screen.settle();
    expect(entriesOf().filter(({ fetching }) => fetching)).toEqual([]);
    await stage.screen.show(<Item id="a" />);
    await stage.screen.land(() => data() === 'a');
  });

  it('takes what is undefined for not given', async () => {
    const nothing: { readonly [K in keyof UseQueryOptions]-?: undefined } = {
      timeout: undefined,
      retry: undefined,
      priority: undefined,
      metrics: undefined,
      transform: undefined,
      validate: undefined,
      fallback: undefined,
      cache: undefined,
      dedupe: undefined,
      enabled: undefined,
      refetchOnMount: undefined,
      refetchOnFocus: undefined,
      refetchOnReconnect: undefined,
      refetchInterval: undefined,
      background: undefined,
      refetchInBackground: undefined,
      invalidateOn: undefined,
      select: undefined,
      placeholder: undefined,
      keepPrevious: undefined,
      suspense: undefined,
      throwErrors: undefined,
    };
    await stage.screen.show(<Item id="a" options={nothing} />);
    await stage.screen.land(() => data() === 'a');
    expect(renders).toEqual(['loading', 'a']);
    expect(stage.items.gate.count('get')).toBe(1);
  });
});
