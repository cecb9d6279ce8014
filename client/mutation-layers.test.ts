import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Layer, layer } from './index.js';
import type { QueryObserver } from './query-observer.js';
import { FOREVER, failure, Items, MutationStage } from './test-mutation-stage.js';
import { EMPTY_ITEM, type Item } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TapLog } from './testing/test-tap-log.js';
import { outcomeOf, recordViews, until } from './testing/test-watch.js';

const stage = MutationStage.set();

describe('an optimistic layer', () => {
  beforeEach(() => stage.start('ws'));

  it('is held until the refetch has landed, so that no observer sees it flicker', async () => {
    const views = recordViews(() => [stage.observer.data.value?.a, stage.observer.data.value?.c]);
    stage.items.gate.close('get');
    stage.items.items.set('1', { ...EMPTY_ITEM, c: 3 });
    const first = stage.patch({ a: 1 }, { invalidate: 'item' });
    await stage.ok(first);
    expect(entriesOf()[0]).toMatchObject({ layers: [{ state: 'held' }], fetching: true });
    await stage.landRefetch();
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false, base: { a: 1, c: 3 } });
    expect(views.views).toEqual([
      [0, 0],
      [1, 0],
      [1, 3],
    ]);
    expect(stage.requests).toBe(1);
    views.stop();
  });

  it('is held over a refetch that began before the mutation was confirmed', async () => {
    stage.items.gate.close('get');
    const refetch = outcomeOf(stage.observer.refetch());
    const outdated = (await stage.items.gate.next('get')).apply();
    const views = recordViews(() => stage.observer.data.value?.a);
    await stage.ok(stage.patch({ a: 1 }, { invalidate: 'item' }));
    outdated.answer();
    await refetch;
    expect(stage.view.a).toBe(1);
    await stage.landRefetch();
    expect(stage.view.a).toBe(1);
    expect(new Set(views.views)).toEqual(new Set([0, 1]));
    expect(views.views.lastIndexOf(0)).toBe(0);
    expect(stage.requests).toBe(2);
    views.stop();
  });

  it('has the last word over an answer that was on its way, though nothing was invalidated', async () => {
    stage.items.gate.close('get');
    const refetch = outcomeOf(stage.observer.refetch());
    const outdated = (await stage.items.gate.next('get')).apply();
    await stage.ok(stage.add(1));
    outdated.answer();
    await refetch;
    await stage.landRefetch();
    expect(stage.view.count).toBe(1);
  });

  it('is not counted twice when an answer came that contained it already', async () => {
    const first = stage.add(1);
    (await first.held).apply();
    await stage.observer.refetch();
    await stage.ok(first);
    await stage.idle();
    expect(stage.view.count).toBe(1);
    expect(entriesOf()[0]).toMatchObject({ layers: [] });
  });

  it('is folded in when the refetch fails, with its result', async () => {
    stage.items.gate.close('get');
    const refetch = outcomeOf(stage.observer.refetch());
    const outdated = (await stage.items.gate.next('get')).apply();
    const first = stage.patch({ a: 1 }, { invalidate: 'item', commit: true });
    (await first.held).apply();
    await stage.ok(first);
    outdated.answer();
    await refetch;
    (await stage.items.gate.next('get')).fail(failure);
    await until(() => stage.observer.error.value !== undefined);
    expect(stage.view).toEqual({ ...EMPTY_ITEM, a: 1 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [], invalidated: true });
    const again = stage.observer.refetch();
    (await stage.items.gate.next('get')).answer();
    expect(await again).toMatchObject({ a: 1 });
  });

  it('survives the failure of another', async () => {
    stage.items.gate.close('get');
    await stage.ok(stage.patch({ a: 1 }, { invalidate: 'item' }));
    await stage.fail(stage.patch({ b: 1 }));
    expect(stage.view).toMatchObject({ a: 1, b: 0 });
    await stage.landRefetch();
    expect(stage.view).toMatchObject({ a: 1, b: 0 });
  });

  it.each([
    ['an Error', new Error('bad update')],
    ['a falsy value', undefined],
  ])('whose update throws %s fails with a typed error, and nothing is half done', async (_name, thrown) => {
    const other = stage.client.entry(Items, 'get', ['2']);
    const second = observe(stage.client, other, FOREVER);
    await until(() => second.data.value !== undefined);
    const views = recordViews(() => [stage.observer.data.value, second.data.value]);
    const log = new TapLog();
    const optimistic: readonly Layer<[string, Partial<Item>], Item>[] = [
      layer(stage.ref, (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields })),
      layer(other, () => {
        throw thrown;
      }),
    ];
    await expect(stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic })).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'default',
      service: 'item@1.0.0',
      method: 'patch',
      reason: `the optimistic update threw: ${thrown?.message}`,
    });
    expect(views.views).toHaveLength(1);
    expect(stage.items.gate.count('patch')).toBe(0);
    expect(log.one('callEnd')).toMatchObject({ b: 1 });
    for (const entry of entriesOf()) expect(entry.layers).toEqual([]);
    views.stop();
    second.stop();
    await stage.ok(stage.patch({ a: 1 }));
    expect(stage.view.a).toBe(1);
  });

  it('that throws only on what a refetch brought is left out, and no error reaches anybody', async () => {
    stage.items.gate.close('patch');
    const optimistic = layer(stage.ref, (item) => {
      if (item.c === 9) throw new Error('not on this');
      return { ...item, a: 1 };
    });
    const mutation = stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic });
    expect(stage.view).toMatchObject({ a: 1, c: 0 });
    stage.items.set('1', { c: 9 });
    await stage.observer.refetch();
    expect(stage.view).toMatchObject({ a: 0, c: 9 });
    (await stage.items.gate.next('patch')).answer();
    expect(await mutation).toMatchObject({ a: 1, c: 9 });
    await until(() => stage.view.a === 1);
  });

  it('whose commit throws is told so, and the entry is fetched again', async () => {
    const optimistic = layer(
      stage.ref,
      (item) => ({ ...item, a: 1 }),
      () => {
        throw new Error('bad commit');
      },
    );
    await expect(stage.client.mutate(Items, 'patch', ['1', { a: 2 }], { optimistic })).rejects.toMatchObject({
      code: 'invalid-argument',
      service: 'item@1.0.0',
      method: 'patch',
      reason: expect.stringMatching(/confirmed.*bad commit/),
    });
    await until(() => stage.view.a === 2);
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
    await stage.ok(stage.patch({ b: 1 }));
  });

  it('is not left behind by a predicate that throws', async () => {
    const optimistic = layer(stage.ref, (item) => ({ ...item, a: 1 }));
    const invalidate = (): boolean => {
      throw new Error('bad predicate');
    };
    await expect(
      stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, invalidate }),
    ).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringMatching(/confirmed.*bad predicate/),
    });
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { a: 1 } });
  });
});

describe('layers of one mutation on several entries', () => {
  let names: QueryObserver<string[]>;

  beforeEach(async () => {
    await stage.start('ws');
    stage.items.set('1', {});
    names = observe(stage.client, stage.client.entry(Items, 'names', []), FOREVER);
    await until(() => names.data.value !== undefined);
  });
  afterEach(() => names.stop());

  const both = (): readonly Layer<[string, Partial<Item>], Item>[] => [
    layer(stage.ref, (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields })),
    layer(stage.client.entry(Items, 'names', []), (list, id: string) => [...list, `${id}*`]),
    layer(stage.ref, (item) => ({ ...item, c: 5 })),
  ];

  it('appear in one step and go in one step', async () => {
    stage.items.gate.close('patch');
    const views = recordViews(() => [stage.observer.data.value?.a, stage.observer.data.value?.c, names.data.value]);
    const done = outcomeOf(stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic: both() }));
    (await stage.items.gate.next('patch')).fail(failure);
    await done;
    expect(views.views).toEqual([
      [0, 0, ['1']],
      [1, 5, ['1', '1*']],
      [0, 0, ['1']],
    ]);
    views.stop();
  });

  it('are settled each on its own entry', async () => {
    stage.items.gate.close('patch', 'get');
    const mutation = stage.client.mutate(Items, 'patch', ['1', { a: 1 }], {
      optimistic: both(),
      invalidate: { method: 'item.get' },
    });
    (await stage.items.gate.next('patch')).answer();
    await mutation;
    const states = new Map(entriesOf().map(({ method, layers }) => [method, layers.map(({ state }) => state)]));
    expect(states.get('get')).toEqual(['held', 'held']);
    expect(states.get('names')).toEqual([]);
    expect(names.data.value).toEqual(['1', '1*']);
    await stage.landRefetch();
    expect(stage.view).toMatchObject({ a: 1, c: 0 });
  });
});
