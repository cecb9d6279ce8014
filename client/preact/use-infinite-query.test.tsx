// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { layer, service } from '../index.js';
import { entriesOf } from '../testing/test-observer.js';
import { TapLog } from '../testing/test-tap-log.js';
import type { UseInfiniteQueryResult } from './infinite-query-options.js';
import { staged } from './test-hook-stage.js';
import { ListStage, type RowApi, type Rows, RowsOf } from './test-list-stage.js';
import { useInfiniteQuery } from './use-infinite-query.js';

const stage = staged(new ListStage());
const { List, server } = stage;
const started = (log: TapLog): unknown[] =>
  log
    .all('callStart')
    .map(({ ref, reason }) => [(ref as { args: readonly unknown[] }).args[0], reason])
    .filter(([, reason]) => reason !== 'user');

describe('useInfiniteQuery', () => {
  it('adds page after page, and says whether there are more', async () => {
    await stage.screen.show(<List />);
    expect([stage.list.loading.value, stage.list.hasNext.value, stage.list.pages.value]).toEqual([true, false, []]);
    await stage.screen.settle();
    expect([stage.list.loading.value, stage.list.hasNext.value, stage.list.hasPrevious.value]).toEqual([
      false,
      true,
      false,
    ]);
    server.gate.close('from');
    const more = stage.list.fetchNext();
    await act(() => undefined);
    expect([stage.list.fetchingNext.value, stage.list.fetchingPrevious.value, stage.list.loading.value]).toEqual([
      true,
      false,
      false,
    ]);
    expect(stage.screen.text).toBe('r0,r1');
    (await server.gate.next('from')).answer();
    server.gate.closed.clear();
    await act(() => more);
    expect(stage.list.fetchingNext.value).toBe(false);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    for (let i = 0; i < 3; i++) await stage.next();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3 | r4,r5 | r6,r7 | r8');
    expect(stage.list.hasNext.value).toBe(false);
    await stage.next();
    expect(stage.asked).toBe(5);
    expect(stage.list.data).toBe(stage.list.pages);
  });

  it('asks once for a page that is asked for twice at the same moment', async () => {
    await stage.mounted();
    await act(() => Promise.all([stage.list.fetchNext(), stage.list.fetchNext()]).then(() => undefined));
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(stage.asked).toBe(2);
  });

  it('goes the other way as well, and keeps no more than maxPages', async () => {
    await stage.mounted({ first: 'r4', maxPages: 2 });
    await stage.previous();
    expect(stage.screen.text).toBe('r2,r3 | r4,r5');
    await stage.previous();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(stage.list.hasPrevious.value).toBe(false);
    await stage.next();
    expect(stage.screen.text).toBe('r2,r3 | r4,r5');
    expect(stage.asked).toBe(3);
    const observed = entriesOf().filter(({ observers }) => observers > 0);
    expect(observed.map(({ args }) => args[0]).sort()).toEqual(['r2', 'r4']);
  });

  it('asks again for all pages after an invalidation, once each and in order', async () => {
    await stage.mounted({}, 3);
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
    await stage.mounted({}, 2);
    const log = new TapLog();
    server.rows[0] = 'new';
    let pages: readonly Rows[] = [];
    await act(async () => {
      pages = await stage.list.refetch();
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
    await stage.mounted({}, 3);
    const seen: (string | null)[] = [];
    const stop = stage.list.pages.subscribe((pages) => seen.push(pages.map(({ rows }) => rows[0]).join()));
    server.rows.unshift('top');
    await act(() => stage.screen.client.invalidate('rows'));
    await stage.screen.land(() => stage.list.pages.value[2]?.rows[0] === 'r3');
    stop();
    expect(stage.screen.text).toBe('top,r0 | r1,r2 | r3,r4');
    expect(seen.every((firsts) => firsts?.split(',').length === 3)).toBe(true);
    await stage.screen.settle();
    expect(entriesOf().some(({ fetching }) => fetching)).toBe(false);
  });

  it('ends where a page says that it is the last', async () => {
    await stage.mounted({}, 3);
    server.rows.length = 2;
    await act(() => stage.screen.client.invalidate('rows'));
    await stage.screen.land(() => stage.list.pages.value.length === 1);
    expect(stage.list.hasNext.value).toBe(false);
  });

  it('shows optimistic layers on the page that they are for, and asks for nothing because of them', async () => {
    await stage.mounted({}, 2);
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
    expect(stage.asked).toBe(2);
  });

  it('shows the error of a page, and asks for that one again', async () => {
    await stage.mounted();
    server.gate.close('from');
    const failing = stage.list.fetchNext();
    (await server.gate.next('from')).fail(new Error('no'));
    await act(() => failing.then(undefined, () => undefined));
    expect(stage.list.error.value).toMatchObject({ code: 'remote' });
    expect([stage.screen.text, stage.list.hasNext.value, stage.list.fetchingNext.value]).toEqual([
      'r0,r1',
      true,
      false,
    ]);
    server.gate.closed.clear();
    await stage.next();
    expect(stage.list.error.value).toBeUndefined();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('shows as many pages as before when it is seen again, from the cache', async () => {
    await stage.mounted({}, 3);
    await stage.screen.show(null);
    await stage.screen.show(<List />);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3 | r4,r5');
    await stage.screen.settle();
    expect(stage.asked).toBe(3);
    await stage.screen.show(<List first="r1" />);
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r1,r2');
  });

  it('is written inline without asking again, and is one object for its lifetime', async () => {
    await stage.mounted();
    const before = stage.list;
    for (let i = 0; i < 3; i++) await stage.screen.show(<List />);
    await stage.screen.settle();
    expect(stage.list).toBe(before);
    expect(stage.asked).toBe(1);
    const rendered = stage.renders;
    const seen: boolean[] = [];
    const stop = stage.list.fetching.subscribe((fetching) => seen.push(fetching));
    await act(() => stage.list.refetch().then(() => undefined));
    stop();
    expect(seen).toEqual([false, true, false]);
    expect(stage.renders).toBe(rendered);
  });

  it('names the option that threw, and goes on where it does not', async () => {
    const getNextArgs = () => {
      throw new Error('no');
    };
    await stage.mounted({ getNextArgs });
    expect(stage.list.error.value).toMatchObject({ reason: expect.stringContaining('getNextArgs') });
    await stage.next();
    expect([stage.screen.text, stage.list.hasNext.value]).toEqual(['r0,r1', false]);
    await expect(stage.screen.show(<List maxPages={0} />)).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('maxPages'),
    });
    await stage.screen.show(null);
    await stage.mounted({}, 2);
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('shows the fallback of its method in place of a page that fails', async () => {
    const fallback: Rows = { rows: ['nobody'] };
    const Defaulted = service<RowApi>('rows@1.0.0', { queries: { from: { fallback } } });
    let list: UseInfiniteQueryResult<Rows> | undefined;
    function Mended() {
      list = useInfiniteQuery(Defaulted, 'from', { args: ['', 2], getNextArgs: () => undefined });
      return <p>{list.pages.value.map(({ rows }) => rows.join()).join(' | ')}</p>;
    }
    server.gate.close('from');
    await stage.screen.show(<Mended />);
    (await server.gate.next('from')).fail(new Error('no'));
    await stage.screen.land(() => list?.error.value !== undefined);
    expect([stage.screen.text, list?.error.value?.code]).toEqual(['nobody', 'remote']);
  });

  it('asks for nothing while it is not enabled, and leaves nothing behind', async () => {
    await stage.mounted({ enabled: false });
    expect([stage.asked, stage.list.loading.value]).toEqual([0, false]);
    await stage.mounted({ refetchInterval: 1_000 }, 2);
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(4);
    await stage.screen.show(null);
    expect(stage.screen.runtime.timers).toBe(0);
    expect(stage.screen.page.listening).toBe(0);
    expect(entriesOf().filter(({ observers, fetching }) => observers > 0 || fetching)).toEqual([]);
  });
});
