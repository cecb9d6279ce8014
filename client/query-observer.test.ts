import { effect } from '@preact/signals-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../server-fixture/index.js';
import { NetronClient, observe as observerOf, service } from './index.js';
import type { NetronError } from './netron-error.js';
import { type ItemApi, ItemService } from './testing/test-item-service.js';
import { entriesOf, observe } from './testing/test-observer.js';
import { TestRuntime } from './testing/test-runtime.js';
import { TapLog } from './testing/test-tap-log.js';
import { outcomeOf, until } from './testing/test-watch.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };

let fixture: Fixture;
let items: ItemService;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ url: fixture.ws, runtime });
  items.gate.reset();
  items.items.clear();
});
afterEach(() => client.close());

const requests = (): number => items.gate.count('get');
const get = (id: string, options: { cache?: number; signal?: AbortSignal } = {}) =>
  client.query(Items, 'get', [id], options);
/** After its answer, everything that was sent before has arrived, and everything answered before has landed. */
const barrier = () => client.mutate(Items, 'ping', []);

describe('an observer', () => {
  it('shows loading, then data, and each signal changes only with its own value', async () => {
    const observer = observerOf(client, client.entry(Items, 'get', ['a']));
    const seen: unknown[] = [];
    const renders = { data: 0, loading: 0 };
    const stops = [
      effect(() => {
        seen.push([observer.loading.value, observer.fetching.value, observer.data.value?.count]);
      }),
      effect(() => {
        observer.data.value;
        renders.data++;
      }),
      effect(() => {
        observer.loading.value;
        renders.loading++;
      }),
    ];
    const started = observe(client, client.entry(Items, 'get', ['b']));
    started.stop();
    observer.start(client.entry(Items, 'get', ['a']), {}, 'mount');
    await until(() => observer.data.value !== undefined);
    await observer.refetch();
    expect(seen).toEqual([
      [false, false, undefined],
      [true, false, undefined],
      [true, true, undefined],
      [false, false, 0],
      [false, true, 0],
      [false, false, 0],
    ]);
    // The second answer is equal to the first, and is shown as the same value.
    expect(renders).toEqual({ data: 2, loading: 3 });
    for (const stop of stops) stop();
    observer.stop();
  });

  it('is done loading when the method returns undefined', async () => {
    const observer = observe(client, client.entry(Items, 'nothing', []), FOREVER);
    expect(observer.loading.value).toBe(true);
    await until(() => observer.fetching.value === false);
    expect(observer.loading.value).toBe(false);
    observer.stop();
  });

  it('shows the error of the last request, and keeps the data of an earlier one', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    await until(() => observer.data.value !== undefined);
    items.gate.close('get');
    const refetch = outcomeOf(observer.refetch());
    (await items.gate.next('get')).fail(new Error('no'));
    const { error } = (await refetch) as { error: NetronError };
    expect(observer.error.value).toBe(error);
    expect(observer.data.value).toMatchObject({ count: 0 });
    expect(observer.loading.value).toBe(false);
    items.gate.closed.clear();
    await observer.refetch();
    expect(observer.error.value).toBeUndefined();
    observer.stop();
  });

  it('keeps its error when somebody else’s request is given up', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    (await items.gate.next('get')).fail(new Error('no'));
    await until(() => observer.error.value !== undefined);
    const controller = new AbortController();
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    await items.gate.next('get');
    controller.abort();
    await leaving;
    await barrier();
    expect(observer.loading.value).toBe(false);
    expect(observer.error.value).toMatchObject({ code: 'remote' });
    observer.stop();
  });

  it('gives up a request that nobody else waits for, and no other', async () => {
    const log = new TapLog();
    items.gate.close('get');
    const [one, two] = [
      observe(client, client.entry(Items, 'get', ['a'])),
      observe(client, client.entry(Items, 'get', ['a'])),
    ];
    await items.gate.next('get');
    one.stop();
    await barrier();
    expect(entriesOf()[0]).toMatchObject({ fetching: true, observers: 1 });
    two.stop();
    two.stop();
    await barrier();
    expect(entriesOf()[0]).toMatchObject({ fetching: false, observers: 0 });
    expect(log.all('callEnd').filter(({ b }) => b === 2)).toHaveLength(1);
  });

  it('that leaves and comes back in one turn gets its data', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    await items.gate.next('get');
    observer.start(client.entry(Items, 'get', ['a']), {}, 'args');
    (await items.gate.next('get')).answer();
    await until(() => observer.data.value !== undefined);
    expect(observer.fetching.value).toBe(false);
    observer.stop();
  });

  it('keeps a renewed request alive though a query that joined it gives up', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    items.gate.close('get');
    items.set('a', { count: 1 });
    client.invalidate(Items);
    const held = await items.gate.next('get');
    const controller = new AbortController();
    const leaving = outcomeOf(get('a', { signal: controller.signal }));
    controller.abort();
    await leaving;
    held.answer();
    await until(() => observer.data.value?.count === 1);
    observer.stop();
  });

  it('does not count a request of its past when it moves on', async () => {
    items.gate.close('get');
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    await items.gate.next('get');
    observer.start(client.entry(Items, 'get', ['b']), {}, 'args');
    (await items.gate.next('get')).answer();
    await until(() => observer.data.value !== undefined);
    expect(entriesOf().map(({ args, observers, fetching }) => [args[0], observers, fetching])).toEqual([
      ['a', 0, false],
      ['b', 1, false],
    ]);
    observer.stop();
  });

  it('finds data of the same arguments at once', async () => {
    await get('a', FOREVER);
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    expect([observer.loading.value, observer.fetching.value, observer.data.value?.count]).toEqual([false, false, 0]);
    expect(requests()).toBe(1);
    observer.stop();
  });

  it('asks at the start as it is told to: if not fresh, always, or only where nothing is there', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const observer = observerOf(client, ref);
    const counts: number[] = [];
    for (const when of [false, false, 'stale', 'always'] as const) {
      observer.start(ref, FOREVER, 'mount', when);
      await barrier();
      counts.push(requests());
    }
    expect(counts).toEqual([1, 1, 1, 2]);
    observer.stop();
  });

  it('gives up what it asked for by itself when it leaves, and shares it while it stays', async () => {
    const log = new TapLog();
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    await barrier();
    items.gate.close('get');
    observer.ask('interval');
    observer.ask('focus');
    observer.revalidate('reconnect');
    await items.gate.next('get');
    expect(requests()).toBe(2);
    observer.stop();
    await barrier();
    expect(log.all('callEnd').filter(({ b }) => b === 2)).toHaveLength(1);
    observer.revalidate('reconnect');
    await barrier();
    expect(requests()).toBe(2);
  });

  it.each([
    ['an invalidation', () => client.invalidate(Items)],
    [
      'a reader who was content with what is too old',
      async () => {
        runtime.nowMs += 120;
        await barrier();
        expect(await get('a')).toMatchObject({ count: 0 });
      },
    ],
  ])('gives up what %s has asked for, when it is the last to leave', async (_by, ask) => {
    const log = new TapLog();
    const ref = client.entry(Items, 'get', ['a']);
    const options = { cache: { maxAge: 100, staleWhileRevalidate: 100 } };
    const [one, two] = [observe(client, ref, options), observe(client, ref, options)];
    await until(() => one.data.value !== undefined);
    items.gate.close('get');
    await ask();
    await items.gate.next('get');
    one.stop();
    await barrier();
    expect(entriesOf()[0]).toMatchObject({ fetching: true });
    two.stop();
    await barrier();
    expect(entriesOf()[0]).toMatchObject({ fetching: false, error: null });
    expect(log.all('callEnd').filter(({ b }) => b === 2)).toHaveLength(1);
  });

  it('is asked for with the options that it was given last, by an invalidation as well', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']), FOREVER);
    await until(() => observer.data.value !== undefined);
    observer.configure({ ...FOREVER, transform: () => items.set('x', { count: 42 }) });
    client.invalidate(Items);
    await until(() => observer.data.value?.count === 42);
    observer.stop();
  });

  it('takes other options without asking, and stays as it was where they are wrong', async () => {
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    await barrier();
    expect(() => observer.configure({ cache: -1 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    observer.revalidate('focus');
    await barrier();
    observer.configure(FOREVER);
    observer.revalidate('focus');
    await barrier();
    expect(requests()).toBe(2);
    observer.stop();
  });

  it('tells an answer that is undefined from none', async () => {
    const observer = observerOf(client, client.entry(Items, 'nothing', []));
    expect(observer.hasData.value).toBe(false);
    observer.start(client.entry(Items, 'nothing', []), {}, 'mount');
    await until(() => !observer.fetching.value);
    expect([observer.hasData.value, observer.data.value]).toEqual([true, undefined]);
    observer.stop();
  });
});

describe('read', () => {
  it('shows what readers see, and subscribes an effect to it', async () => {
    const ref = client.entry(Items, 'get', ['a']);
    const seen: unknown[] = [];
    const stop = effect(() => {
      seen.push(client.read(ref)?.count);
    });
    await get('a');
    items.set('a', { count: 1 });
    await get('a');
    stop();
    await get('a');
    expect(seen.filter((count, i) => i === 0 || count !== seen[i - 1])).toEqual([undefined, 0, 1]);
    expect(requests()).toBe(3);
  });
});
