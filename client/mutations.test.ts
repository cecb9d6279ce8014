import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import type { EntryRef } from './cache/entry.js';
import { type Layer, layer, NetronClient, service } from './index.js';
import type { QueryObserver } from './query-observer.js';
import type { HeldCall } from './testing/test-gate.js';
import { EMPTY_ITEM, type Item, type ItemApi, ItemService } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TestRuntime } from './testing/test-runtime.js';
import { TapLog } from './testing/test-tap-log.js';
import { outcomeOf, recordViews, until } from './testing/test-watch.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };
const failure = new Error('refused');

let fixture: Fixture;
let items: ItemService;
let runtime: TestRuntime;
let client: NetronClient;
let ref: EntryRef<Item>;
let observer: QueryObserver<Item>;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());

async function start(url: string): Promise<void> {
  items.gate.reset();
  items.items.clear();
  runtime = new TestRuntime();
  client = new NetronClient({ url, runtime });
  ref = client.entry(Items, 'get', ['1']);
  observer = observe(client, ref, FOREVER);
  await until(() => observer.data.value !== undefined);
  items.gate.counts.clear();
}
afterEach(() => {
  observer.stop();
  client.close();
});

const view = (): Item => observer.data.value ?? EMPTY_ITEM;
const idle = () => until(() => !observer.fetching.value);
const requests = (): number => items.gate.count('get');

type Settle = { readonly done: Promise<{ value: Item } | { error: unknown }>; readonly held: Promise<HeldCall> };

function patch(change: Partial<Item>, options: { invalidate?: string; commit?: boolean } = {}): Settle {
  items.gate.close('patch');
  const optimistic = layer(
    ref,
    (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields }),
    options.commit ? (_item, saved: Item) => saved : undefined,
  );
  const { invalidate } = options;
  const mutation = client.mutate(Items, 'patch', ['1', change], {
    optimistic,
    ...(invalidate === undefined ? {} : { invalidate }),
  });
  return { done: outcomeOf(mutation), held: items.gate.next('patch') };
}

function add(amount: number): Settle {
  items.gate.close('add');
  const optimistic = layer(ref, (item, _id: string, by: number) => ({ ...item, count: item.count + by }));
  const mutation = client.mutate(Items, 'add', ['1', amount], { optimistic });
  return { done: outcomeOf(mutation), held: items.gate.next('add') };
}

function append(value: string): Settle {
  items.gate.close('append');
  const optimistic = layer(ref, (item, _id: string, last: string) => ({ ...item, list: [...item.list, last] }));
  const mutation = client.mutate(Items, 'append', ['1', value], { optimistic });
  return { done: outcomeOf(mutation), held: items.gate.next('append') };
}

async function ok({ held, done }: Settle): Promise<void> {
  (await held).answer();
  expect(await done).toHaveProperty('value');
}

async function fail({ held, done }: Settle): Promise<void> {
  (await held).fail(failure);
  expect(await done).toMatchObject({
    error: { code: 'remote', reason: 'refused', backend: 'default', service: 'item@1.0.0' },
  });
}

/** The next refetch, answered with what the server has now. */
async function landRefetch(): Promise<void> {
  (await items.gate.next('get')).answer();
  await idle();
}

describe.each(['http', 'ws'] as const)('overlapping optimistic mutations over %s (PERFORMANCE §3)', (wire) => {
  beforeEach(() => start(fixture[wire]));

  it('T1, T2: the first fails while the second is pending, then the second succeeds', async () => {
    const [first, second] = [patch({ a: 1 }), patch({ b: 1 })];
    expect(view()).toMatchObject({ a: 1, b: 1 });
    await fail(first);
    expect(view()).toMatchObject({ a: 0, b: 1 });
    await ok(second);
    expect(view()).toMatchObject({ a: 0, b: 1 });
  });

  it('T3: the first succeeds, the second fails', async () => {
    const [first, second] = [patch({ a: 1 }), patch({ b: 1 })];
    await ok(first);
    expect(view()).toMatchObject({ a: 1, b: 1 });
    await fail(second);
    expect(view()).toMatchObject({ a: 1, b: 0 });
  });

  it('T4: of two increments the first fails', async () => {
    const [first, second] = [add(1), add(1)];
    expect(view().count).toBe(2);
    await fail(first);
    expect(view().count).toBe(1);
    await ok(second);
    expect(view().count).toBe(1);
  });

  it('T5: a refetch lands while the mutation is pending, which then fails', async () => {
    const first = patch({ a: 1 });
    items.set('1', { c: 9 });
    await observer.refetch();
    expect(view()).toMatchObject({ a: 1, c: 9 });
    await fail(first);
    expect(view()).toMatchObject({ a: 0, c: 9 });
  });

  it('T6, T7: of two appends the first fails, then the second', async () => {
    const [first, second] = [append('x'), append('y')];
    expect(view().list).toEqual(['x', 'y']);
    await fail(first);
    expect(view().list).toEqual(['y']);
    await fail(second);
    expect(view().list).toEqual([]);
    expect(view()).toEqual(EMPTY_ITEM);
  });
});

describe('a mutation', () => {
  beforeEach(() => start(fixture.ws));

  it('shows its layer at once, before anything is sent', () => {
    const { done } = patch({ a: 1 });
    expect(view().a).toBe(1);
    expect(client.peek(ref)).toMatchObject({ a: 1 });
    client.close();
    return done;
  });

  it('keeps the parts that no layer touched', () => {
    const { list } = view();
    const { done } = patch({ a: 1 });
    expect(view().list).toBe(list);
    client.close();
    return done;
  });

  it('does not run an update again when nothing below it has changed', async () => {
    let updates = 0;
    items.gate.close('patch');
    const optimistic = layer(ref, (item) => {
      updates++;
      return { ...item, a: 1 };
    });
    const mutation = client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic });
    const shown = view();
    const above = add(1);
    await fail(above);
    expect(view()).toBe(shown);
    (await items.gate.next('patch')).answer();
    await mutation;
    expect(view()).toBe(shown);
    expect(updates).toBe(1);
  });

  it('gives back the very same view when it fails', async () => {
    const before = view();
    await fail(patch({ a: 1 }));
    expect(view()).toBe(before);
  });

  it('folds its layer in when nothing fetches the entry again', async () => {
    await ok(patch({ a: 1 }));
    expect(view()).toMatchObject({ a: 1 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [], invalidated: false });
    expect(requests()).toBe(0);
  });

  it('folds the result in where a commit is given', async () => {
    const first = patch({ a: 1 }, { commit: true });
    (await first.held).apply();
    items.set('1', { c: 5 });
    items.gate.closed.clear();
    await ok(first);
    expect(view()).toMatchObject({ a: 1, c: 0 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [] });
  });

  it('resolves to the result, and rejects with a typed error, without layers as well', async () => {
    expect(await client.mutate(Items, 'patch', ['1', { a: 2 }])).toMatchObject({ a: 2 });
    await expect(client.mutate('item@1.0.0', 'nope', [])).rejects.toMatchObject({ code: 'remote', status: 404 });
    expect(view().a).toBe(0);
  });

  it('is never shared and never answered from the cache', async () => {
    await Promise.all([client.mutate(Items, 'add', ['1', 1]), client.mutate(Items, 'add', ['1', 1])]);
    expect(items.at('1').count).toBe(2);
  });

  it('does nothing on an entry without data, and shows once the data is there', async () => {
    const empty = client.entry(Items, 'get', ['2']);
    items.gate.close('patch', 'get');
    let updates = 0;
    const optimistic = layer(empty, (item) => {
      updates++;
      return { ...item, a: 1 };
    });
    const mutation = client.mutate(Items, 'patch', ['2', { a: 1 }], { optimistic });
    expect(client.peek(empty)).toBeUndefined();
    expect(updates).toBe(0);
    const query = client.query(Items, 'get', ['2'], FOREVER);
    (await items.gate.next('get')).answer();
    expect(await query).toMatchObject({ a: 1 });
    (await items.gate.next('patch')).fail(failure);
    await outcomeOf(mutation);
    expect(client.peek(empty)).toMatchObject({ a: 0 });
  });

  it('does not invent data when it succeeds on an entry that has none', async () => {
    const other = client.entry(Items, 'get', ['3']);
    await client.mutate(Items, 'patch', ['3', { a: 1 }], { optimistic: layer(other, () => ({ ...EMPTY_ITEM, a: 7 })) });
    expect(client.peek(other)).toBeUndefined();
    expect(entriesOf().find(({ args }) => args[0] === '3')).toMatchObject({ hasBase: false, layers: [] });
  });

  it('does not invent data either when the first fetch of the entry fails', async () => {
    items.gate.close('get');
    const other = client.entry(Items, 'get', ['4']);
    const watching = observe(client, other, FOREVER);
    (await items.gate.next('get')).fail(failure);
    await until(() => !watching.fetching.value);
    const mutation = client.mutate(Items, 'patch', ['4', { a: 1 }], {
      optimistic: layer(other, (item) => ({ ...item, a: 7 })),
      invalidate: Items,
    });
    (await items.gate.next('get')).fail(failure);
    (await items.gate.next('get')).fail(failure);
    await mutation;
    await until(() => !watching.fetching.value);
    expect(watching.data.value).toBeUndefined();
    expect(watching.error.value).toMatchObject({ code: 'remote' });
    expect(entriesOf().find(({ args }) => args[0] === '4')).toMatchObject({ hasBase: false, layers: [] });
    watching.stop();
  });

  it('whose signal has aborted before is neither shown nor sent', async () => {
    const views = recordViews(() => observer.data.value);
    const optimistic = layer(ref, (item) => ({ ...item, a: 1 }));
    const mutation = client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, signal: AbortSignal.abort() });
    await expect(mutation).rejects.toMatchObject({ code: 'aborted', method: 'patch' });
    expect(views.views).toHaveLength(1);
    expect(items.gate.count('patch')).toBe(0);
    views.stop();
  });

  it('that is aborted takes its layer away', async () => {
    items.gate.close('patch');
    const controller = new AbortController();
    const optimistic = layer(ref, (item) => ({ ...item, a: 1 }));
    const done = outcomeOf(
      client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, signal: controller.signal, timeout: 100 }),
    );
    await items.gate.next('patch');
    expect(view().a).toBe(1);
    controller.abort();
    expect(await done).toMatchObject({ error: { code: 'aborted' } });
    expect(view().a).toBe(0);
    expect(runtime.timers).toBe(0);
    items.gate.closed.clear();
    await ok(patch({ b: 1 }));
  });

  it.each([
    ['timed out', 'timeout', true],
    ['timed out', 'timeout', false],
    ['cut off', 'network', true],
  ])('that is %s takes its layer away, and what is seen is asked for again', async (how, code, isDone) => {
    items.gate.close('patch', 'get');
    const unseen = client.entry(Items, 'get', ['2']);
    client.setData(unseen, EMPTY_ITEM);
    const optimistic = [ref, unseen].map((entry) => layer(entry, (item) => ({ ...item, a: 1 })));
    const done = outcomeOf(client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, timeout: 100 }));
    const held = await items.gate.next('patch');
    if (isDone) held.apply();
    const log = new TapLog();
    if (how === 'timed out') runtime.advance(100);
    else runtime.sockets[0]?.close();
    expect(await done).toMatchObject({ error: { code } });
    expect([view().a, client.peek(unseen)?.a]).toEqual([0, 0]);
    (await items.gate.next('get')).answer();
    await idle();
    expect(view().a).toBe(isDone ? 1 : 0);
    expect(requests()).toBe(1);
    expect(log.one('callStart')).toMatchObject({ reason: 'error' });
    expect(runtime.timers).toBe(0);
    items.gate.closed.clear();
    expect(await client.query(Items, 'get', ['2'], FOREVER)).toBe(EMPTY_ITEM);
    await ok(patch({ b: 1 }));
  });

  it('that the closing of the client ends asks for nothing', async () => {
    items.gate.close('patch');
    const optimistic = layer(ref, (item) => ({ ...item, a: 1 }));
    const done = outcomeOf(client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic }));
    await items.gate.next('patch');
    const log = new TapLog();
    client.close();
    expect(await done).toMatchObject({ error: { code: 'network' } });
    expect(log.all('callStart')).toEqual([]);
  });
});

describe('an optimistic layer', () => {
  beforeEach(() => start(fixture.ws));

  it('is held until the refetch has landed, so that no observer sees it flicker', async () => {
    const views = recordViews(() => [observer.data.value?.a, observer.data.value?.c]);
    items.gate.close('get');
    items.items.set('1', { ...EMPTY_ITEM, c: 3 });
    const first = patch({ a: 1 }, { invalidate: 'item' });
    await ok(first);
    expect(entriesOf()[0]).toMatchObject({ layers: [{ state: 'held' }], fetching: true });
    await landRefetch();
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false, base: { a: 1, c: 3 } });
    expect(views.views).toEqual([
      [0, 0],
      [1, 0],
      [1, 3],
    ]);
    expect(requests()).toBe(1);
    views.stop();
  });

  it('is held over a refetch that began before the mutation was confirmed', async () => {
    items.gate.close('get');
    const refetch = outcomeOf(observer.refetch());
    const outdated = (await items.gate.next('get')).apply();
    const views = recordViews(() => observer.data.value?.a);
    await ok(patch({ a: 1 }, { invalidate: 'item' }));
    outdated.answer();
    await refetch;
    expect(view().a).toBe(1);
    await landRefetch();
    expect(view().a).toBe(1);
    expect(new Set(views.views)).toEqual(new Set([0, 1]));
    expect(views.views.lastIndexOf(0)).toBe(0);
    expect(requests()).toBe(2);
    views.stop();
  });

  it('has the last word over an answer that was on its way, though nothing was invalidated', async () => {
    items.gate.close('get');
    const refetch = outcomeOf(observer.refetch());
    const outdated = (await items.gate.next('get')).apply();
    await ok(add(1));
    outdated.answer();
    await refetch;
    await landRefetch();
    expect(view().count).toBe(1);
  });

  it('is not counted twice when an answer came that contained it already', async () => {
    const first = add(1);
    (await first.held).apply();
    await observer.refetch();
    await ok(first);
    await idle();
    expect(view().count).toBe(1);
    expect(entriesOf()[0]).toMatchObject({ layers: [] });
  });

  it('is folded in when the refetch fails, with its result', async () => {
    items.gate.close('get');
    const refetch = outcomeOf(observer.refetch());
    const outdated = (await items.gate.next('get')).apply();
    const first = patch({ a: 1 }, { invalidate: 'item', commit: true });
    (await first.held).apply();
    await ok(first);
    outdated.answer();
    await refetch;
    (await items.gate.next('get')).fail(failure);
    await until(() => observer.error.value !== undefined);
    expect(view()).toEqual({ ...EMPTY_ITEM, a: 1 });
    expect(entriesOf()[0]).toMatchObject({ base: { a: 1 }, layers: [], invalidated: true });
    const again = observer.refetch();
    (await items.gate.next('get')).answer();
    expect(await again).toMatchObject({ a: 1 });
  });

  it('survives the failure of another', async () => {
    items.gate.close('get');
    await ok(patch({ a: 1 }, { invalidate: 'item' }));
    await fail(patch({ b: 1 }));
    expect(view()).toMatchObject({ a: 1, b: 0 });
    await landRefetch();
    expect(view()).toMatchObject({ a: 1, b: 0 });
  });

  it.each([
    ['an Error', new Error('bad update')],
    ['a falsy value', undefined],
  ])('whose update throws %s fails with a typed error, and nothing is half done', async (_name, thrown) => {
    const other = client.entry(Items, 'get', ['2']);
    const second = observe(client, other, FOREVER);
    await until(() => second.data.value !== undefined);
    const views = recordViews(() => [observer.data.value, second.data.value]);
    const log = new TapLog();
    const optimistic: readonly Layer<[string, Partial<Item>], Item>[] = [
      layer(ref, (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields })),
      layer(other, () => {
        throw thrown;
      }),
    ];
    await expect(client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic })).rejects.toMatchObject({
      code: 'invalid-argument',
      backend: 'default',
      service: 'item@1.0.0',
      method: 'patch',
      reason: `the optimistic update threw: ${thrown?.message}`,
    });
    expect(views.views).toHaveLength(1);
    expect(items.gate.count('patch')).toBe(0);
    expect(log.one('callEnd')).toMatchObject({ b: 1 });
    for (const entry of entriesOf()) expect(entry.layers).toEqual([]);
    views.stop();
    second.stop();
    await ok(patch({ a: 1 }));
    expect(view().a).toBe(1);
  });

  it('that throws only on what a refetch brought is left out, and no error reaches anybody', async () => {
    items.gate.close('patch');
    const optimistic = layer(ref, (item) => {
      if (item.c === 9) throw new Error('not on this');
      return { ...item, a: 1 };
    });
    const mutation = client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic });
    expect(view()).toMatchObject({ a: 1, c: 0 });
    items.set('1', { c: 9 });
    await observer.refetch();
    expect(view()).toMatchObject({ a: 0, c: 9 });
    (await items.gate.next('patch')).answer();
    expect(await mutation).toMatchObject({ a: 1, c: 9 });
    await until(() => view().a === 1);
  });

  it('whose commit throws is told so, and the entry is fetched again', async () => {
    const optimistic = layer(
      ref,
      (item) => ({ ...item, a: 1 }),
      () => {
        throw new Error('bad commit');
      },
    );
    await expect(client.mutate(Items, 'patch', ['1', { a: 2 }], { optimistic })).rejects.toMatchObject({
      code: 'invalid-argument',
      service: 'item@1.0.0',
      method: 'patch',
      reason: expect.stringMatching(/confirmed.*bad commit/),
    });
    await until(() => view().a === 2);
    expect(entriesOf()[0]).toMatchObject({ layers: [], invalidated: false });
    await ok(patch({ b: 1 }));
  });

  it('is not left behind by a predicate that throws', async () => {
    const optimistic = layer(ref, (item) => ({ ...item, a: 1 }));
    const invalidate = (): boolean => {
      throw new Error('bad predicate');
    };
    await expect(client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, invalidate })).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringMatching(/confirmed.*bad predicate/),
    });
    expect(entriesOf()[0]).toMatchObject({ layers: [], base: { a: 1 } });
  });
});

describe('layers of one mutation on several entries', () => {
  let names: QueryObserver<string[]>;

  beforeEach(async () => {
    await start(fixture.ws);
    items.set('1', {});
    names = observe(client, client.entry(Items, 'names', []), FOREVER);
    await until(() => names.data.value !== undefined);
  });
  afterEach(() => names.stop());

  const both = (): readonly Layer<[string, Partial<Item>], Item>[] => [
    layer(ref, (item, _id: string, fields: Partial<Item>) => ({ ...item, ...fields })),
    layer(client.entry(Items, 'names', []), (list, id: string) => [...list, `${id}*`]),
    layer(ref, (item) => ({ ...item, c: 5 })),
  ];

  it('appear in one step and go in one step', async () => {
    items.gate.close('patch');
    const views = recordViews(() => [observer.data.value?.a, observer.data.value?.c, names.data.value]);
    const done = outcomeOf(client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic: both() }));
    (await items.gate.next('patch')).fail(failure);
    await done;
    expect(views.views).toEqual([
      [0, 0, ['1']],
      [1, 5, ['1', '1*']],
      [0, 0, ['1']],
    ]);
    views.stop();
  });

  it('are settled each on its own entry', async () => {
    items.gate.close('patch', 'get');
    const mutation = client.mutate(Items, 'patch', ['1', { a: 1 }], {
      optimistic: both(),
      invalidate: { method: 'item.get' },
    });
    (await items.gate.next('patch')).answer();
    await mutation;
    const states = new Map(entriesOf().map(({ method, layers }) => [method, layers.map(({ state }) => state)]));
    expect(states.get('get')).toEqual(['held', 'held']);
    expect(states.get('names')).toEqual([]);
    expect(names.data.value).toEqual(['1', '1*']);
    await landRefetch();
    expect(view()).toMatchObject({ a: 1, c: 0 });
  });
});
