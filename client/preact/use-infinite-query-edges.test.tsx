// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../testing/test-observer.js';
import { outcomeOf } from '../testing/test-watch.js';
import { staged } from './test-hook-stage.js';
import { ListStage, type Rows } from './test-list-stage.js';
import { useInfiniteQuery } from './use-infinite-query.js';

const stage = staged(new ListStage());
const { server } = stage;
const client = () => stage.screen.client;

/** The next page fails. */
async function failNext(): Promise<void> {
  server.gate.close('from');
  const failing = outcomeOf(stage.list.fetchNext());
  (await server.gate.next('from')).fail(new Error('no'));
  await act(() => failing.then(() => undefined));
  server.gate.closed.clear();
}

describe('maxPages', () => {
  it('shows what was asked for last, also where the other end is still on its way', async () => {
    await stage.mounted({ first: 'r2', maxPages: 2 }, 2);
    server.gate.close('from');
    const next = stage.list.fetchNext();
    const heldNext = await server.gate.next('from');
    const previous = outcomeOf(stage.list.fetchPrevious());
    const heldPrevious = await server.gate.next('from');
    heldNext.answer();
    await act(() => next);
    server.gate.closed.clear();
    await stage.next();
    heldPrevious.answer();
    await act(() => previous.then(() => undefined));
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r6,r7 | r8');
  });

  it('keeps the page at the other end until the new one is there, and for good where that fails', async () => {
    await stage.mounted({ maxPages: 1 });
    await failNext();
    expect(stage.screen.text).toBe('r0,r1');
    server.gate.close('from');
    const coming = stage.list.fetchNext();
    const held = await server.gate.next('from');
    await act(() => undefined);
    expect([stage.screen.text, stage.list.fetchingNext.value]).toEqual(['r0,r1', true]);
    server.gate.closed.clear();
    held.answer();
    await act(() => coming);
    expect(stage.screen.text).toBe('r2,r3');
    await stage.previous();
    expect(stage.screen.text).toBe('r0,r1');
  });

  it('holds where both ends grow at once and the newer one fails', async () => {
    await stage.mounted({ first: 'r2', maxPages: 2 }, 2);
    server.gate.close('from');
    const growing = [outcomeOf(stage.list.fetchPrevious()), outcomeOf(stage.list.fetchNext())];
    const [previous, next] = [await server.gate.next('from'), await server.gate.next('from')];
    previous?.answer();
    await stage.screen.settle();
    next?.fail(new Error('no'));
    await act(() => Promise.all(growing).then(() => undefined));
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('holds for a list that is seen again, and where it becomes less', async () => {
    await stage.mounted({}, 4);
    await stage.showList({ maxPages: 3 });
    expect(stage.screen.text).toBe('r2,r3 | r4,r5 | r6,r7');
    await stage.screen.show(null);
    await stage.showList({ maxPages: 2 });
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
    expect(stage.asked).toBe(4);
  });
});

describe('getNextArgs', () => {
  it('says with null as well that there is none', async () => {
    await stage.mounted({ getNextArgs: () => null });
    expect(stage.list.hasNext.value).toBe(false);
  });

  it('counts as it is written newest', async () => {
    await stage.mounted({ getNextArgs: () => undefined });
    expect(stage.list.hasNext.value).toBe(false);
    const { renders } = stage;
    await stage.showList();
    expect([stage.list.hasNext.value, stage.renders]).toEqual([true, renders + 1]);
  });

  it.each([5, [() => 1]])('shows a typed error where it says %o, also where a page has changed', async (wrong) => {
    let isWrong = false;
    await stage.mounted({ getNextArgs: ({ next }) => (isWrong ? (wrong as never) : next ? [next, 2] : null) }, 2);
    isWrong = true;
    server.rows[0] = 'new';
    await act(() => client().invalidate('rows'));
    await stage.screen.land(() => stage.list.pages.value[0]?.rows[0] === 'new');
    expect(stage.list.error.value).toMatchObject({ code: 'invalid-argument', method: 'from' });
    expect(stage.list.hasNext.value).toBe(false);
    await stage.next();
    expect(stage.asked).toBe(4);
  });

  it.each([
    ['options', undefined],
    ['getNextArgs', { args: ['', 2] }],
    ['args', { getNextArgs: () => null }],
  ])('and the other options are refused by name: %s', async (name, options) => {
    function Wrong() {
      useInfiniteQuery('rows@1.0.0', 'from', options as never);
      return null;
    }
    const reason = expect.stringContaining(`option ${name} `);
    await expect(stage.screen.show(<Wrong />)).rejects.toMatchObject({ code: 'invalid-argument', reason });
  });
});

describe('refetch', () => {
  it('resolves to pages that lead to each other', async () => {
    await stage.mounted({}, 3);
    server.rows.unshift('top');
    let pages: readonly Rows[] = [];
    await act(async () => {
      pages = await stage.list.refetch();
    });
    expect(pages.map(({ rows }) => rows.join())).toEqual(['top,r0', 'r1,r2', 'r3,r4']);
  });
});

describe('a list', () => {
  it('that goes gives up the page that is on its way, and asks for no other', async () => {
    await stage.mounted();
    server.gate.close('from');
    const given = outcomeOf(stage.list.fetchNext());
    await server.gate.next('from');
    await stage.screen.show(null);
    expect(await given).toMatchObject({ error: { code: 'aborted' } });
    await stage.list.fetchNext();
    expect(stage.asked).toBe(2);
    expect(entriesOf().filter(({ observers, fetching }) => observers > 0 || fetching)).toEqual([]);
  });

  it('that goes gives it up as well while it is not enabled', async () => {
    await stage.mounted();
    await stage.showList({ enabled: false });
    server.gate.close('from');
    let isGiven = false;
    const given = outcomeOf(stage.list.fetchNext().finally(() => (isGiven = true)));
    await server.gate.next('from');
    expect(isGiven).toBe(false);
    await stage.screen.show(null);
    expect(await given).toMatchObject({ error: { code: 'aborted' } });
  });

  it('brings a page though it is not enabled', async () => {
    await stage.mounted();
    await stage.showList({ enabled: false });
    await stage.next();
    expect(stage.screen.text).toBe('r0,r1 | r2,r3');
  });

  it('keeps its pages while it is not enabled', async () => {
    await stage.mounted({ first: 'r4' });
    await stage.previous();
    await stage.showList({ first: 'r4', enabled: false });
    expect(entriesOf().filter(({ observers }) => observers > 0)).toEqual([]);
    await stage.showList({ first: 'r4' });
    await stage.screen.settle();
    expect(stage.screen.text).toBe('r2,r3 | r4,r5');
    expect(stage.asked).toBe(2);
  });
});
