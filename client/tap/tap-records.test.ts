import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TapCall } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { layer, NetronClient, service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { entriesOf, observe } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { type LoggedRecord, newestTap, registry, TapLog } from '../testing/test-tap-log.js';
import { outcomeOf, until } from '../testing/test-watch.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: { maxAge: Number.POSITIVE_INFINITY, tags: ['item'] } };

let fixture: Fixture;
let items: ItemService;
let client: NetronClient;
let log: TapLog;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
});
afterEach(() => client.close());

function open(wire: 'http' | 'ws'): void {
  client = new NetronClient({ backends: { main: fixture[wire] }, runtime: new TestRuntime(), devtools: true });
  log = new TapLog();
}

const callKind = ({ ref }: LoggedRecord): string => (ref as TapCall).kind;

describe.each([
  ['http', ['POST /netron/invoke', '200']],
  ['ws', ['CALL #1', 'RESPONSE #1']],
] as const)('records over %s', (wire, labels) => {
  beforeEach(() => open(wire));

  it('tell a query from its start to what it wrote', async () => {
    const item = await client.query(Items, 'get', ['1'], FOREVER);
    const start = log.one('callStart');
    expect(log.kinds().filter((kind) => kind !== 'backendState')).toEqual([
      'cacheMiss',
      'callStart',
      'frameOut',
      'frameIn',
      'callEnd',
      'cacheWrite',
    ]);
    expect(start).toMatchObject({
      reason: 'user',
      ref: { seq: start.seq, kind: 'query', backend: 'main', service: 'item@1.0.0', method: 'get', args: ['1'] },
    });
    expect(log.chain(start)).toEqual(['callStart', 'cacheMiss']);
    for (const [kind, label] of [
      ['frameOut', labels[0]],
      ['frameIn', labels[1]],
    ] as const) {
      expect(log.one(kind)).toMatchObject({ cause: start.seq, ref: start.ref, a: expect.any(Number), b: label });
    }
    expect(log.one('callEnd')).toMatchObject({ cause: start.seq, a: item, b: 0 });
    const write = log.one('cacheWrite');
    expect(write).toMatchObject({ reason: 'fetch', a: undefined, b: item, ref: { args: ['1'] } });
    expect(log.chain(write)).toEqual(['cacheWrite', 'callEnd', 'callStart', 'cacheMiss']);
  });

  it('tell a failed call', async () => {
    await outcomeOf(client.mutate('item@1.0.0', 'nope', []));
    const start = log.one('callStart');
    expect(start).toMatchObject({ cause: 0, reason: 'user', ref: { kind: 'mutation', entry: null } });
    expect(log.one('callEnd')).toMatchObject({ cause: start.seq, b: 1, a: { code: 'remote', status: 404 } });
    expect(log.all('cacheWrite')).toEqual([]);
  });

  it('name the connection state', async () => {
    await client.query(Items, 'get', ['1']);
    const states = log.all('backendState');
    for (const { ref } of states) expect(ref).toMatchObject({ name: 'main', url: fixture.ws });
    const names = states.map(({ a }) => a);
    expect([names[0], names.at(-1)]).toEqual(wire === 'http' ? [undefined, undefined] : ['connecting', 'open']);
  });
});

describe('records of the cache', () => {
  beforeEach(() => open('ws'));

  it('say why nothing was asked', async () => {
    items.gate.close('get');
    const both = [client.query(Items, 'get', ['1'], FOREVER), client.query(Items, 'get', ['1'], FOREVER)];
    (await items.gate.next('get')).answer();
    await Promise.all(both);
    await client.query(Items, 'get', ['1'], FOREVER);
    expect(log.one('cacheShared')).toMatchObject({ reason: 'user' });
    expect(log.one('cacheHit')).toMatchObject({ reason: 'user' });
    expect(log.all('callStart')).toHaveLength(1);
    expect(entriesOf()[0]).toMatchObject({ hits: 1, writes: 1, lastReason: 'fetch' });
  });

  it('say who watches, and that a mount caused the request', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['1']), FOREVER);
    await until(() => observer.data.value !== undefined);
    observer.stop();
    expect(log.one('signalSubscribe')).toMatchObject({ reason: 'mount', a: 1 });
    expect(log.one('callStart')).toMatchObject({ reason: 'mount', cause: log.one('signalSubscribe').seq });
    expect(log.one('signalDispose')).toMatchObject({ reason: 'unmount', a: 0 });
  });

  it.each([
    ['item', 'tag'],
    [{ method: 'item.*' }, 'pattern'],
    [/get$/, 'pattern'],
    [Items, 'pattern'],
    [(): boolean => true, 'pattern'],
    [
      function mine(): boolean {
        return true;
      },
      'pattern',
    ],
  ] as const)('lead from an invalidation to its refetch: %s', async (selector, reason) => {
    const observer = observe(client, client.entry(Items, 'get', ['1']), FOREVER);
    await until(() => observer.data.value !== undefined);
    log = new TapLog();
    client.invalidate(selector);
    await until(() => !observer.fetching.value);
    observer.stop();
    expect(log.one('cacheInvalidate')).toMatchObject({ reason: 'manual', ref: null, a: selector, b: 1 });
    const write = log.one('cacheWrite');
    expect(log.one('callStart').reason).toBe(reason);
    expect(log.chain(write)).toEqual(['cacheWrite', 'callEnd', 'callStart', 'cacheStale', 'cacheInvalidate']);
  });

  it('lead from an answer that was outdated when it came to the next request', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['1']), FOREVER);
    const outdated = await items.gate.next('get');
    client.invalidate('item');
    outdated.answer();
    (await items.gate.next('get')).answer();
    await until(() => !observer.fetching.value);
    observer.stop();
    const [, second] = log.all('callStart');
    expect(second).toMatchObject({ reason: 'stale' });
    expect(second === undefined ? [] : log.chain(second).slice(0, 3)).toEqual(['callStart', 'callEnd', 'callStart']);
  });
});

describe('records of a mutation', () => {
  beforeEach(() => open('ws'));

  const append = (value: string, invalidate?: string) =>
    outcomeOf(
      client.mutate(Items, 'append', ['1', value], {
        optimistic: layer(client.entry(Items, 'get', ['1']), (item, _id: string, last: string) => ({
          ...item,
          list: [...item.list, last],
        })),
        ...(invalidate === undefined ? {} : { invalidate }),
      }),
    );

  it('lead from a rollback to the call that failed, and from a rebase to the rollback', async () => {
    await client.query(Items, 'get', ['1'], FOREVER);
    items.gate.close('append');
    log = new TapLog();
    const [first, second] = [append('x'), append('y')];
    (await items.gate.next('append')).fail(new Error('no'));
    await first;
    (await items.gate.next('append')).answer();
    await second;
    const [startOfFirst, startOfSecond] = log.all('callStart');
    const applies = log.all('optimisticApply');
    expect(applies).toMatchObject([
      { cause: startOfFirst?.seq, a: { list: [] }, b: { list: ['x'] } },
      { cause: startOfSecond?.seq, a: { list: ['x'] }, b: { list: ['x', 'y'] } },
    ]);
    const rollback = log.one('optimisticRollback');
    expect(rollback).toMatchObject({ reason: 'error', a: { list: ['x', 'y'] }, b: { list: ['y'] } });
    expect(log.chain(rollback)).toEqual(['optimisticRollback', 'callEnd', 'callStart']);
    const rebase = log.one('optimisticRebase');
    expect(rebase).toMatchObject({
      cause: rollback.seq,
      reason: 'rollback',
      a: startOfSecond?.ref,
      b: { list: ['y'] },
    });
    const commit = log.one('optimisticCommit');
    expect(commit).toMatchObject({ reason: 'commit', b: { list: ['y'] } });
    expect(log.chain(commit)).toEqual(['optimisticCommit', 'callEnd', 'callStart']);
    expect(log.all('callStart').map(callKind)).toEqual(['mutation', 'mutation']);
  });

  it('lead from the refetch over the invalidation to the mutation, and from its rebases to its write', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['1']), FOREVER);
    await until(() => observer.data.value !== undefined);
    items.gate.close('get');
    log = new TapLog();
    await append('x', 'item');
    items.gate.close('append');
    const pending = append('y');
    const held = await items.gate.next('append');
    (await items.gate.next('get')).answer();
    await until(() => !observer.fetching.value);
    const write = log.one('cacheWrite');
    expect(log.chain(write)).toEqual([
      'cacheWrite',
      'callEnd',
      'callStart',
      'cacheStale',
      'cacheInvalidate',
      'callEnd',
      'callStart',
    ]);
    expect(log.one('cacheInvalidate')).toMatchObject({ reason: 'commit' });
    expect(log.all('optimisticRebase')).toMatchObject([{ cause: write.seq, b: { list: ['x', 'y'] } }]);
    items.gate.reset();
    held.answer();
    await pending;
    observer.stop();
  });

  it('lead from each rebase to the rollback on its own entry', async () => {
    for (const id of ['1', '2']) await client.query(Items, 'get', [id], FOREVER);
    items.gate.close('patch');
    const refs = ['1', '2'].map((id) => client.entry(Items, 'get', [id]));
    const patch = (fields: Partial<Item>) =>
      outcomeOf(
        client.mutate(Items, 'patch', ['1', fields], {
          optimistic: refs.map((ref) => layer(ref, (item) => ({ ...item, ...fields }))),
        }),
      );
    log = new TapLog();
    const [first, second] = [patch({ a: 1 }), patch({ b: 1 })];
    (await items.gate.next('patch')).fail(new Error('no'));
    await first;
    const rollbacks = log.all('optimisticRollback');
    const rebases = log.all('optimisticRebase');
    expect(rollbacks.map(({ ref }) => ref)).toEqual(rebases.map(({ ref }) => ref));
    expect(rebases.map(({ cause }) => cause)).toEqual(rollbacks.map(({ seq }) => seq));
    (await items.gate.next('patch')).answer();
    await second;
  });
});

describe('the tap of a client', () => {
  it('is in the registry until the client is closed', () => {
    const before = registry()?.length ?? 0;
    open('http');
    expect(registry().length).toBe(before + 1);
    client.close();
    expect(registry().length).toBe(before);
  });

  it('is missing where it is switched off, and everything works without it', async () => {
    const before = registry().length;
    client = new NetronClient({ url: fixture.ws, runtime: new TestRuntime(), devtools: false });
    expect(registry().length).toBe(before);
    const ref = client.entry(Items, 'get', ['1']);
    const observer = observe(client, ref, FOREVER);
    await until(() => observer.data.value !== undefined);
    const optimistic = layer(ref, (item) => ({ ...item, a: 1 }));
    await client.mutate(Items, 'patch', ['1', { a: 1 }], { optimistic, invalidate: 'item' });
    await until(() => !observer.fetching.value);
    expect(observer.data.value).toMatchObject({ a: 1 });
    observer.stop();
  });

  it('lets a panel invalidate and refetch entries, and says why', async () => {
    open('ws');
    const observer = observe(client, client.entry(Items, 'get', ['1']), FOREVER);
    await until(() => observer.data.value !== undefined);
    const [entry] = entriesOf();
    log = new TapLog();
    for (const type of ['invalidate', 'refetch']) {
      expect(newestTap().command({ type, entryId: entry?.id })).toEqual({ ok: true });
      await until(() => !observer.fetching.value);
    }
    observer.stop();
    expect(log.all('callStart').map(({ reason }) => reason)).toEqual(['devtools', 'devtools']);
    const [first] = log.all('callStart');
    expect(first === undefined ? [] : log.chain(first)).toEqual(['callStart', 'cacheStale']);
    expect(newestTap().command({ type: 'describe' })).toMatchObject({
      name: 'netron',
      backends: [{ name: 'main', url: fixture.ws }],
    });
  });

  it('never carries headers: frames are sizes and labels', async () => {
    open('http');
    await client.query(Items, 'get', ['1']);
    for (const kind of ['frameOut', 'frameIn'] as const) {
      expect(log.one(kind)).toMatchObject({ a: expect.any(Number), b: expect.any(String) });
    }
  });
});
