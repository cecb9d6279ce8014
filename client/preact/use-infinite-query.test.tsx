// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it } from 'vitest';
import { Public, Service } from '../../server-fixture/index.js';
import { layer, service } from '../index.js';
import { Gate } from '../testing/test-gate.js';
import { entriesOf } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import type { UseInfiniteQueryOptions, UseInfiniteQueryResult } from './infinite-query-options.js';
import { HookStage, staged } from './test-hook-stage.js';
import { useInfiniteQuery } from './use-infinite-query.js';

interface Rows {
  readonly rows: readonly string[];
  readonly next?: string;
  readonly previous?: string;
}
interface RowApi {
  /** Rows from this one on. */
  from(row: string, count: number): Promise<Rows>;
  rename(row: string, name: string): Promise<undefined>;
}

/** Pages of a list, told by the row that they begin with. */
@Service('rows@1.0.0')
class RowService {
  readonly gate = new Gate();
  rows: string[] = [];

  @Public()
  from(row: string, count: number): unknown {
    return this.gate.enter('from', [row, count], () => {
      const at = row === '' ? 0 : this.rows.indexOf(row);
      const [next, previous] = [this.rows[at + count], this.rows[at - count]];
      return {
        rows: this.rows.slice(at, at + count),
        ...(next === undefined ? {} : { next }),
        ...(previous === undefined ? {} : { previous }),
      };
    });
  }

  @Public()
  rename(row: string, name: string): unknown {
    return this.gate.enter('rename', [row, name], () => {
      this.rows[this.rows.indexOf(row)] = name;
    });
  }
}

const RowsOf = service<RowApi>('rows@1.0.0');
type Options = UseInfiniteQueryOptions<Rows, [row: string, count: number]>;

const server = new RowService();
const stage = staged(new HookStage({ services: [server] }));
let list: UseInfiniteQueryResult<Rows>;
let renders: number;

beforeEach(() => {
  server.gate.reset();
  server.rows = Array.from({ length: 9 }, (_, i) => `r${i}`);
  renders = 0;
});

function List({ first = '', ...options }: { first?: string } & Partial<Options>) {
  list = useInfiniteQuery(RowsOf, 'from', {
    args: [first, 2],
    getNextArgs: ({ next }) => (next === undefined ? undefined : [next, 2]),
    getPreviousArgs: ({ previous }) => (previous === undefined ? undefined : [previous, 2]),
    cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['rows'] },
    ...options,
  });
  renders++;
  return <p>{list.pages.value.map(({ rows }) => rows.join(',')).join(' | ')}</p>;
}

const asked = (): number => server.gate.count('from');
const next = (): Promise<void> => act(() => list.fetchNext());
const previous = (): Promise<void> => act(() => list.fetchPrevious());
const started = (log: TapLog): unknown[] =>
  log
    .all('callStart')
    .map(({ ref, reason }) => [(ref as { args: readonly unknown[] }).args[0], reason])
    .filter(([, reason]) => reason !== 'user');

async function mounted(options: Partial<Options> & { first?: string } = {}, pages = 1): Promise<void> {
  await stage.screen.show(<List {...options} />);
  await stage.screen.settle();
  for (let i = 1; i < pages; i++) await next();
}

describe('useInfiniteQuery', () => {
  it('adds page after page, and says whether there are more', async () => {
    await stage.screen.show(<List />);
    expect([list.loading.value, list.hasNext.value, list.pages.value]).toEqual([true, false, []]);
    await stage.screen.settle();
    expect([list.loading.value, list.hasNext.value, list.hasPrevious.value]).toEqual([false, true, false]);
    server.gate.close('from');
    const more = list.fetchNext();
    await act(() => undefined);
    expect([list.fetchingNext.value, list.fetchingPrevious.value, list.loading.value]).toEqual([true, false, false]);
    expect(stage.screen.text).toBe('r0,r1');
    (await server.gate.next('from')).answer();
    server.gate.closed.clear();
    await act(() => more);
    expect(list.fetchingNext.value).toBe(false);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    for (let i = 0; i < 3; i++) await next();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3 | r4,r5 | r6,r7 | r8');
    expect(list.hasNext.value).toBe(false);
    await next();
    expect(asked()).toBe(5);
    expect(list.data).toBe(list.pages);
  });

  it('asks once for a page that is asked for twice at the same moment', async () => {
    await mounted();
    await act(() => Promise.all([list.fetchNext(), list.fetchNext()]).then(() => undefined));
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(asked()).toBe(2);
  });

  it('goes the other way as well, and keeps no more than maxPages', async () => {
    await mounted({ first: 'r4', maxPages: 2 });
    await previous();
    expect(stage.screen.text).toBe('r2,r3 | r4,r5');
    await previous();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(list.hasPrevious.value).toBe(false);
    await next();
    expect(stage.screen.text).toBe('r2,r3 | r4,r5');
    expect(asked()).toBe(3);
    const observed = entriesOf().filter(({ observers }) => observers > 0);
    expect(observed.map(({ args }) => args[0]).sort()).toEqual(['r2', 'r4']);
  });

  it('asks again for all pages after an invalidation, once each and in order', async () => {
    await mounted({}, 3);
    const log = new TapLog();
    server.rows[3] = 'new';
    stage.screen.client.invalidate('rows');
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r0,r1 | r2,new | r4,r5');
    expect(started(log)).toEqual([
      ['', 'tag'],
      ['r2', 'tag'],
      ['r4', 'tag'],
    ]);
  });

  it('does so when asked to, and resolves to the pages', async () => {
    await mounted({}, 2);
    const log = new TapLog();
    server.rows[0] = 'new';
    let pages: readonly Rows[] = [];
    await act(async () => {
      pages = await list.refetch();
    });
    expect(pages.map(({ rows }) => rows)).toEqual([
      ['new', 'r1'],
      ['r2', 'r3'],
    ]);
    expect(started(log)).toEqual([
      ['', 'manual'],
      ['r2', 'manual'],
    ]);
  });

  it('follows a page that leads somewhere else than before, without a gap on the screen', async () => {
    await mounted({}, 3);
    const seen: (string | null)[] = [];
    const stop = list.pages.subscribe((pages) => seen.push(pages.map(({ rows }) => rows[0]).join()));
    server.rows.unshift('top');
    await act(() => stage.screen.client.invalidate('rows'));
    await stage.screen.land(() => list.pages.value[2]?.rows[0] === 'r3');
    stop();
    expect(stage.screen.text).toBe('top,r0 | r1,r2 | r3,r4');
    expect(seen.every((firsts) => firsts?.split(',').length === 3)).toBe(true);
    await stage.screen.settle();
    expect(entriesOf().some(({ fetching }) => fetching)).toBe(false);
  });

  it('ends where a page says that it is the last', async () => {
    await mounted({}, 3);
    server.rows.length = 2;
    await act(() => stage.screen.client.invalidate('rows'));
    await stage.screen.land(() => list.pages.value.length === 1);
    expect(list.hasNext.value).toBe(false);
  });

  it('shows optimistic layers on the page that they are for, and asks for nothing because of them', async () => {
    await mounted({}, 2);
    server.gate.close('rename');
    const page = stage.screen.client.entry(RowsOf, 'from', ['r2', 2]);
    const renamed = stage.screen.client.mutate(RowsOf, 'rename', ['r3', 'mine'], {
      optimistic: layer(page, ({ rows }, row, name) => ({ rows: rows.map((each) => (each === row ? name : each)) })),
    });
    await act(() => undefined);
    expect(stage.screen.text).toBe('r0,r1 | r2,mine');
    (await server.gate.next('rename')).fail(new Error('no'));
    await act(() => renamed.then(undefined, () => undefined));
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(asked()).toBe(2);
  });

  it('shows the error of a page, and asks for that one again', async () => {
    await mounted();
    server.gate.close('from');
    const failing = list.fetchNext();
    (await server.gate.next('from')).fail(new Error('no'));
    await act(() => failing.then(undefined, () => undefined));
    expect(list.error.value).toMatchObject({ code: 'remote' });
    expect([stage.screen.text, list.hasNext.value, list.fetchingNext.value]).toEqual(['r0,r1', true, false]);
    server.gate.closed.clear();
    await next();
    expect(list.error.value).toBeUndefined();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('shows as many pages as before when it is seen again, from the cache', async () => {
    await mounted({}, 3);
    await stage.screen.show(null);
    await stage.screen.show(<List />);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3 | r4,r5');
    await stage.screen.settle();
    expect(asked()).toBe(3);
    await stage.screen.show(<List first="r1" />);
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r1,r2');
  });

  it('is written inline without asking again, and is one object for its lifetime', async () => {
    await mounted();
    const before = list;
    for (let i = 0; i < 3; i++) await stage.screen.show(<List />);
    await stage.screen.settle();
    expect(list).toBe(before);
    expect(asked()).toBe(1);
    const rendered = renders;
    const seen: boolean[] = [];
    const stop = list.fetching.subscribe((fetching) => seen.push(fetching));
    await act(() => list.refetch().then(() => undefined));
    stop();
    expect(seen).toEqual([false, true, false]);
    expect(renders).toBe(rendered);
  });

  it('names the option that threw, and goes on where it does not', async () => {
    const getNextArgs = () => {
      throw new Error('no');
    };
    await mounted({ getNextArgs });
    expect(list.error.value).toMatchObject({ reason: expect.stringContaining('getNextArgs') });
    await next();
    expect([stage.screen.text, list.hasNext.value]).toEqual(['r0,r1', false]);
    await expect(stage.screen.show(<List maxPages={0} />)).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('maxPages'),
    });
    await stage.screen.show(null);
    await mounted({}, 2);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('shows the fallback of its method in place of a page that fails', async () => {
    const fallback: Rows = { rows: ['nobody'] };
    const Defaulted = service<RowApi>('rows@1.0.0', { queries: { from: { fallback } } });
    function Mended() {
      list = useInfiniteQuery(Defaulted, 'from', { args: ['', 2], getNextArgs: () => undefined });
      return <p>{list.pages.value.map(({ rows }) => rows.join()).join(' | ')}</p>;
    }
    server.gate.close('from');
    await stage.screen.show(<Mended />);
    (await server.gate.next('from')).fail(new Error('no'));
    await stage.screen.land(() => list.error.value !== undefined);
    expect([stage.screen.text, list.error.value?.code]).toEqual(['nobody', 'remote']);
  });

  it('asks for nothing while it is not enabled, and leaves nothing behind', async () => {
    await mounted({ enabled: false });
    expect([asked(), list.loading.value]).toEqual([0, false]);
    await mounted({ refetchInterval: 1_000 }, 2);
    await stage.screen.advance(1_000);
    expect(asked()).toBe(4);
    await stage.screen.show(null);
    expect(stage.screen.runtime.timers).toBe(0);
    expect(stage.screen.page.listening).toBe(0);
    expect(entriesOf().filter(({ observers, fetching }) => observers > 0 || fetching)).toEqual([]);
  });
});
