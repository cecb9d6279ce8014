// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { NetronService } from '../index.js';
import type { Item, ItemApi } from '../testing/test-item-service.js';
import { entriesOf } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import { waiting } from './test-boundary.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { useQueries } from './use-queries.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a', 'b', 'c'] }));
let all: readonly UseQueryResult<Item>[];

function List({ ids, options = FOREVER }: { ids: readonly string[]; options?: UseQueryOptions<Item> }) {
  all = useQueries(ids.map((id) => [Items, 'get', [id], options] as const));
  return <p>{all.map(({ data }) => data.value?.list.join() ?? '-').join(' ')}</p>;
}

const observers = (): Record<string, number> =>
  Object.fromEntries(
    entriesOf()
      .filter(({ method }) => method === 'get')
      .map(({ args, observers: count }) => [args[0], count]),
  );

describe('useQueries', () => {
  it('shows all, and asks for each once', async () => {
    await stage.screen.show(<List ids={['a', 'b', 'a']} />);
    expect(stage.screen.text).toBe('- - -');
    await stage.screen.settle();
    expect(stage.screen.text).toBe('a b a');
    expect(stage.items.gate.count('get')).toBe(2);
    expect(observers()).toEqual({ a: 2, b: 1 });
  });

  it('leaves the others alone when one comes, goes or moves', async () => {
    await stage.screen.show(<List ids={['a', 'b']} />);
    await stage.screen.settle();
    const [a, b] = all;
    const log = new TapLog();
    await stage.screen.show(<List ids={['c', 'b', 'a']} />);
    expect([all[2], all[1]]).toEqual([a, b]);
    expect([all[2] === a, all[1] === b]).toEqual([true, true]);
    await stage.screen.settle();
    expect(stage.screen.text).toBe('c b a');
    await stage.screen.show(<List ids={['a']} />);
    expect(all[0]).toBe(a);
    expect(observers()).toEqual({ a: 1, b: 0, c: 0 });
    expect(log.all('callStart').map(({ reason }) => reason)).toEqual(['mount', 'user']);
    expect(log.all('signalSubscribe')).toHaveLength(1);
    expect(stage.items.gate.count('get')).toBe(3);
  });

  it('gives the same list as long as nothing in it is another query', async () => {
    await stage.screen.show(<List ids={['a', 'b']} />);
    const before = all;
    await stage.screen.show(<List ids={['a', 'b']} options={{ ...FOREVER }} />);
    expect(all).toBe(before);
    await stage.screen.show(<List ids={['b', 'a']} />);
    expect(all).not.toBe(before);
  });

  it('shows the data of what was in the place before, only where that is gone', async () => {
    const options = { ...FOREVER, keepPrevious: true };
    await stage.screen.show(<List ids={['a', 'b']} options={options} />);
    await stage.screen.settle();
    stage.items.gate.close('get');
    await stage.screen.show(<List ids={['a', 'b', 'c']} options={options} />);
    expect(stage.screen.text).toBe('a b -');
    await stage.screen.show(<List ids={['d', 'b', 'c']} options={options} />);
    expect(stage.screen.text).toBe('a b -');
    expect(all[0]?.isPlaceholder.value).toBe(true);
  });

  it('shows each what its own select makes of it, whatever moves or goes', async () => {
    const byList = [Items, 'get', ['a'], { ...FOREVER, select: ({ list }: Item) => list.join() }] as const;
    const byCount = [Items, 'get', ['a'], { ...FOREVER, select: ({ count }: Item) => count }] as const;
    function Selected({ queries }: { queries: readonly (typeof byList | typeof byCount)[] }) {
      return <p>{useQueries(queries).map(({ data }) => `${data.value} `)}</p>;
    }
    await stage.screen.show(<Selected queries={[byList, byCount]} />);
    await stage.screen.settle();
    expect(stage.screen.text).toBe('a 0 ');
    await stage.screen.show(<Selected queries={[byCount, byList]} />);
    expect(stage.screen.text).toBe('0 a ');
    await stage.screen.show(<Selected queries={[byList]} />);
    expect(stage.screen.text).toBe('a ');
    expect(stage.asked).toBe(1);
  });

  it('leaves none of them behind where one is refused', async () => {
    function Refused() {
      useQueries([
        [Items, 'get', ['a'], { refetchInterval: 1_000 }],
        [Items, 'get', ['b'], { cache: -1 }],
      ]);
      return null;
    }
    await stage.screen.show(waiting(<Refused />));
    expect(stage.screen.text).toBe('invalid-argument');
    expect(observers()).toEqual({ a: 0, b: 0 });
    expect([stage.screen.page.listening, stage.screen.runtime.timers]).toEqual([0, 0]);
  });

  it.each([undefined, {}, [5]])('refuses %o', async (queries) => {
    function Wrong() {
      useQueries(queries as never);
      return null;
    }
    const reason = expect.stringContaining('option queries ');
    await expect(stage.screen.show(<Wrong />)).rejects.toMatchObject({ code: 'invalid-config', reason });
  });

  it('is nothing without queries, and leaves nothing behind', async () => {
    await stage.screen.show(<List ids={[]} />);
    expect(all).toEqual([]);
    await stage.screen.show(<List ids={['a', 'b', 'c']} />);
    await stage.screen.show(<List ids={[]} />);
    expect(observers()).toEqual({ a: 0, b: 0, c: 0 });
    expect(stage.screen.page.listening).toBe(0);
    await stage.screen.settle();
    expect(entriesOf().some(({ fetching }) => fetching)).toBe(false);
  });

  it('takes classes and names in place of references, as useQuery does', async () => {
    class ItemService extends NetronService<ItemApi> {}
    function Three() {
      const [byRef, byClass, byName] = useQueries([
        [Items, 'get', ['a']],
        [ItemService, 'get', ['a'], { select: ({ list }: Item) => list.length }],
        ['item@1.0.0', 'get', ['a']],
      ]);
      const alone = [useQuery(ItemService, 'get', ['a']), useQuery('item@1.0.0', 'get', ['a'])] as const;
      return (
        <p>
          {byRef.data.value?.list} {byClass.data.value} {JSON.stringify(byName.data.value === alone[1].data.value)}{' '}
          {alone[0].data.value?.list}
        </p>
      );
    }
    await stage.screen.show(<Three />);
    await expect.poll(() => act(() => undefined).then(() => stage.screen.text), { interval: 2 }).toContain('1');
    expect(stage.screen.text).toBe('a 1 true a');
    // A class without a version is another entry than the reference with one.
    expect(stage.items.gate.count('get')).toBe(2);
  });

  it('renders a list of 1,000 without asking twice', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    await stage.screen.show(<List ids={ids} />);
    await stage.screen.show(<List ids={['first', ...ids]} />);
    await stage.screen.land(() => all.every(({ data }) => data.value !== undefined));
    expect(stage.items.gate.count('get')).toBe(1_001);
  });
});
