import { beforeEach, describe, expect, it, vi } from 'vitest';
import { layer } from './index.js';
import { watchUncaught } from './pipeline/test-answers.js';
import { FOREVER, failure, Items, MutationStage } from './test-mutation-stage.js';
import { EMPTY_ITEM } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TapLog } from './testing/test-tap-log.js';
import { outcomeOf, recordViews, until } from './testing/test-watch.js';

const stage = MutationStage.set();

describe('a mutation', () => {
  beforeEach(() => stage.start('ws'));

  it('shows its layer at once, before anything is sent', () => {
    const { done } = stage.patch({ a: 1 });
    expect(stage.view.a).toBe(1);
    expect(stage.client.peek(stage.ref)).toMatchObject({ a: 1 });
    stage.client.close();
    return done;
  });

  it('keeps the parts that no layer touched', () => {
    const { list } = stage.view;
    const { done } = stage.patch({ a: 1 });
    expect(stage.view.list).toBe(list);
    stage.client.close();
    return done;
  });

  it('does not run an update again when nothing below it has changed', async () => {
    let updates = 0;
    stage.items.gate.close('patch');
    const optimistic = layer(stage.ref, (item) => {
      updates++;
      return { ...item, a: 1 };
    });
    const mutation = stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic });
    const shown = stage.view;
    const above = stage.add(1);
    await stage.fail(above);
    expect(stage.view).toBe(shown);
    (await stage.items.gate.next('patch')).answer();
    await mutation;
    expect(stage.view).toBe(shown);
    expect(updates).toBe(1);
  });

  it('gives back the very same view when it fails', async () => {
    const before = stage.view;
    await stage.fail(stage.patch({ a: 1 }));
    expect(stage.view).toBe(before);
  });

  it('folds its layer in when nothing fetches the entry again', async () => {
    await stage.ok(stage.patch({ a: 1 }));
    expect(stage.view).toMatchObject({ a: 1 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [], invalidated: false });
    expect(stage.requests).toBe(0);
  });

  it('folds the result in where a commit is given', async () => {
    const first = stage.patch({ a: 1 }, { commit: true });
    (await first.held).apply();
    stage.items.set('1', { c: 5 });
    stage.items.gate.closed.clear();
    await stage.ok(first);
    expect(stage.view).toMatchObject({ a: 1, c: 0 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [] });
  });

  it('resolves to the result, and rejects with a typed error, without layers as well', async () => {
    expect(await stage.client.mutate(Items, 'patch', ['1', { a: 2 }])).toMatchObject({ a: 2 });
    await expect(stage.client.mutate('item@1.0.0', 'nope', [])).rejects.toMatchObject({ code: 'remote', status: 404 });
    expect(stage.view.a).toBe(0);
  });

  it('is never shared and never answered from the cache', async () => {
    await Promise.all([stage.client.mutate(Items, 'add', ['1', 1]), stage.client.mutate(Items, 'add', ['1', 1])]);
    expect(stage.items.at('1').count).toBe(2);
  });

  it('does nothing on an entry without data, and shows once the data is there', async () => {
    const empty = stage.client.entry(Items, 'get', ['2']);
    stage.items.gate.close('patch', 'get');
    let updates = 0;
    const optimistic = layer(empty, (item) => {
      updates++;
      return { ...item, a: 1 };
    });
    const mutation = stage.client.mutate(Items, 'patch', ['2', { a: 1 }], { optimistic });
    expect(stage.client.peek(empty)).toBeUndefined();
    expect(updates).toBe(0);
    const query = stage.client.query(Items, 'get', ['2'], FOREVER);
    (await stage.items.gate.next('get')).answer();
    expect(await query).toMatchObject({ a: 1 });
    (await stage.items.gate.next('patch')).fail(failure);
    await outcomeOf(mutation);
    expect(stage.client.peek(empty)).toMatchObject({ a: 0 });
  });

  it('does not invent data when it succeeds on an entry that has none', async () => {
    const other = stage.client.entry(Items, 'get', ['3']);
    await stage.client.mutate(Items, 'patch', ['3', { a: 1 }], {
      optimistic: layer(other, () => ({ ...EMPTY_ITEM, a: 7 })),
    });
    expect(stage.client.peek(other)).toBeUndefined();
    expect(entriesOf().find(({ args }) => args[0] === '3')).toMatchObject({ hasBase: false, layers: [] });
  });

  it('does not invent data either when the first fetch of the entry fails', async () => {
    stage.items.gate.close('get');
    const other = stage.client.entry(Items, 'get', ['4']);
    const watching = observe(stage.client, other, FOREVER);
    (await stage.items.gate.next('get')).fail(failure);
    await until(() => !watching.fetching.value);
    const mutation = stage.client.mutate(Items, 'patch', ['4', { a: 1 }], {
      optimistic: layer(other, (item) => ({ ...item, a: 7 })),
      invalidate: Items,
    });
    (await stage.items.gate.next('get')).fail(failure);
    (await stage.items.gate.next('get')).fail(failure);
    await mutation;
    await until(() => !watching.fetching.value);
    expect(watching.data.value).toBeUndefined();
    expect(watching.error.value).toMatchObject({ code: 'remote' });
    expect(entriesOf().find(({ args }) => args[0] === '4')).toMatchObject({ hasBase: false, layers: [] });
    watching.stop();
  });

  it('whose signal has aborted before is neither shown nor sent', async () => {
    const views = recordViews(() => stage.observer.data.value);
    const optimistic = layer(stage.ref, (item) => ({ ...item, a: 1 }));
    const mutation = stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, signal: AbortSignal.abort() });
    await expect(mutation).rejects.toMatchObject({ code: 'aborted', method: 'patch' });
    expect(views.views).toHaveLength(1);
    expect(stage.items.gate.count('patch')).toBe(0);
    views.stop();
  });

  it('that is aborted takes its layer away', async () => {
    stage.items.gate.close('patch');
    const controller = new AbortController();
    const optimistic = layer(stage.ref, (item) => ({ ...item, a: 1 }));
    const done = outcomeOf(
      stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, signal: controller.signal, timeout: 100 }),
    );
    await stage.items.gate.next('patch');
    expect(stage.view.a).toBe(1);
    controller.abort();
    expect(await done).toMatchObject({ error: { code: 'aborted' } });
    expect(stage.view.a).toBe(0);
    stage.items.gate.closed.clear();
    await until(() => !stage.observer.fetching.value);
    expect(stage.runtime.timers).toBe(0);
    await stage.ok(stage.patch({ b: 1 }));
  });

  it.each([
    ['timed out', 'timeout', true],
    ['timed out', 'timeout', false],
    ['cut off', 'network', true],
    ['aborted after it was sent', 'aborted', true],
    ['aborted after it was sent', 'aborted', false],
  ])('that is %s takes its layer away, and what is seen is asked for again', async (how, code, isDone) => {
    stage.items.gate.close('patch', 'get');
    const unseen = stage.client.entry(Items, 'get', ['2']);
    stage.client.setData(unseen, EMPTY_ITEM);
    const optimistic = [stage.ref, unseen].map((entry) => layer(entry, (item) => ({ ...item, a: 1 })));
    const controller = new AbortController();
    const options = { optimistic, timeout: 100, signal: controller.signal };
    const done = outcomeOf(stage.client.mutate(Items, 'patch', ['1', { a: 1 }], options));
    const held = await stage.items.gate.next('patch');
    if (isDone) held.apply();
    const log = new TapLog();
    if (how === 'timed out') stage.runtime.advance(100);
    else if (how === 'cut off') stage.runtime.sockets[0]?.close();
    else controller.abort();
    expect(await done).toMatchObject({ error: { code } });
    expect([stage.view.a, stage.client.peek(unseen)?.a]).toEqual([0, 0]);
    (await stage.items.gate.next('get')).answer();
    await stage.idle();
    expect(stage.view.a).toBe(isDone ? 1 : 0);
    expect(stage.requests).toBe(1);
    expect(log.one('callStart')).toMatchObject({ reason: 'error' });
    expect(stage.runtime.timers).toBe(0);
    stage.items.gate.closed.clear();
    expect(await stage.client.query(Items, 'get', ['2'], FOREVER)).toBe(EMPTY_ITEM);
    await stage.ok(stage.patch({ b: 1 }));
  });

  it.each([
    ['a tag', 'items'],
    ['a pattern', { method: 'item.*' }],
    ['a predicate', ({ args }: { readonly args: readonly unknown[] }) => args[0] !== 'other'],
  ])(
    'that nobody knows of has what it would invalidate by %s asked for again, where it is seen',
    async (_by, invalidate) => {
      for (const id of ['2', '3']) {
        await stage.client.query(Items, 'get', [id], { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['items'] } });
      }
      const seen = observe(stage.client, stage.client.entry(Items, 'get', ['2']), {
        cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['items'] },
      });
      stage.items.gate.close('patch');
      const done = outcomeOf(
        stage.client.mutate(Items, 'patch', ['2', { a: 1 }], { invalidate, timeout: 100 } as never),
      );
      (await stage.items.gate.next('patch')).apply();
      const asked = stage.items.gate.count('get');
      stage.runtime.advance(100);
      expect(await done).toMatchObject({ error: { code: 'timeout' } });
      await until(() => seen.data.value?.a === 1);
      expect(stage.client.peek(stage.client.entry(Items, 'get', ['3']))).toBe(
        await stage.client.query(Items, 'get', ['3'], FOREVER),
      );
      // By a pattern or a predicate the entry that the stage observes is meant as well.
      expect(stage.items.gate.count('get') - asked).toBe(invalidate === 'items' ? 1 : 2);
      seen.stop();
      await stage.idle();
    },
  );

  it('that nobody knows of fails with what became of it, though a predicate throws', async () => {
    const uncaught = watchUncaught();
    stage.items.gate.close('patch');
    const invalidate = (): never => {
      throw new Error('no predicate');
    };
    const done = outcomeOf(stage.client.mutate(Items, 'patch', ['2', { a: 1 }], { invalidate, timeout: 100 }));
    await stage.items.gate.next('patch');
    stage.runtime.advance(100);
    expect(await done).toMatchObject({ error: { code: 'timeout' } });
    expect(uncaught.map(String)).toEqual([expect.stringContaining('no predicate')]);
    vi.restoreAllMocks();
    stage.items.gate.closed.clear();
    await stage.ok(stage.patch({ b: 1 }));
  });

  it('that the closing of the client ends asks for nothing', async () => {
    stage.items.gate.close('patch');
    const optimistic = layer(stage.ref, (item) => ({ ...item, a: 1 }));
    const done = outcomeOf(stage.client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic }));
    await stage.items.gate.next('patch');
    const log = new TapLog();
    stage.client.close();
    expect(await done).toMatchObject({ error: { code: 'network' } });
    expect(log.all('callStart')).toEqual([]);
  });
});
