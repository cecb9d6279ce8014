import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import {
  Backend,
  Mutation,
  NetronClient,
  NetronService,
  observe,
  Query,
  Service,
  type ServiceRef,
  service,
} from '../index.js';
import { EMPTY_ITEM, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { until } from '../testing/test-watch.js';

@Service('item@1.0.0')
@Backend('main')
class Items extends NetronService<ItemApi> {
  @Query({ cache: { maxAge: 60_000, tags: ['items'] } }) accessor get = this.method('get');
  @Query({ cache: 60_000, fallback: ['nobody'], timeout: 500 }) accessor names!: ItemApi['names'];
  @Mutation({ invalidate: 'items', scope: 'items' }) accessor add = this.method('add');
  ping = this.method('ping');

  async countOf(id: string): Promise<number> {
    return (await this.get(id)).count;
  }
}

let fixture: Fixture;
let backing: ItemService;
let runtime: TestRuntime;
let client: NetronClient;
let items: Items;

beforeAll(async () => {
  backing = new ItemService();
  fixture = await createFixture({ services: [backing] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  backing.gate.reset();
  backing.items.clear();
  runtime = new TestRuntime();
  client = new NetronClient({ backends: { other: 'http://localhost:1', main: fixture.http }, runtime });
  items = new Items(client);
});
afterEach(() => client.close());

describe('a class of a service', () => {
  it('calls its methods through the client, at its backend', async () => {
    backing.set('a', { count: 3 });
    expect(await items.get('a')).toEqual({ ...EMPTY_ITEM, count: 3 });
    expect(await items.names()).toEqual(['a']);
    expect(await items.ping()).toBe('pong');
    expect(await items.countOf('a')).toBe(3);
  });

  it('asks again when the default of the method says so, and not before', async () => {
    await items.get('a');
    await items.get('a');
    expect(backing.gate.count('get')).toBe(1);
    runtime.advance(60_001);
    await items.get('a');
    expect(backing.gate.count('get')).toBe(2);
  });

  it('changes something where the method is a mutation, with its options', async () => {
    await items.get('a');
    expect(await items.add('a', 2)).toMatchObject({ count: 2 });
    expect(await items.add('a', 2)).toMatchObject({ count: 4 });
    expect(await items.get('a')).toMatchObject({ count: 4 });
    expect(backing.gate.count('add')).toBe(2);
    expect(backing.gate.count('get')).toBe(2);
  });

  it('goes on with the decorators of the class that it extends, and with its own', async () => {
    class MoreItems extends Items {
      @Query({ cache: 5 }) override accessor get = this.method('get');
    }
    const more = new MoreItems(client);
    await more.get('a');
    await more.names();
    await more.names();
    runtime.advance(6);
    await more.get('a');
    expect([backing.gate.count('get'), backing.gate.count('names')]).toEqual([2, 1]);
  });

  it.each([undefined, null, {}, 'client'])('is not made with %o for a client', async (wrong) => {
    expect(() => new Items(wrong as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => new Items(wrong as never)).toThrow('the client of Items');
    expect(await new Items(client).ping()).toBe('pong');
  });
});

describe('the default options of a method', () => {
  it('hold for client.query by the class', async () => {
    await client.query(Items, 'get', ['a']);
    await client.query(Items, 'get', ['a']);
    await items.get('a');
    expect(backing.gate.count('get')).toBe(1);
    client.invalidate('items');
    await client.query(Items, 'get', ['a']);
    expect(backing.gate.count('get')).toBe(2);
  });

  it('hold for chains, prefetches and whoever observes an entry', async () => {
    client.prefetch(Items, 'get', ['a']);
    await client.service(Items).get('a');
    const observer = observe(client, client.entry(Items, 'get', ['a']));
    observer.start(client.entry(Items, 'get', ['a']), {}, 'user');
    expect(observer.data.value).toEqual(EMPTY_ITEM);
    expect(backing.gate.count('get')).toBe(1);
    await client.service(Items).add('a', 1);
    await until(() => observer.data.value?.count === 1);
    expect(backing.gate.count('get')).toBe(2);
    observer.stop();
  });

  it('hold for an entry before it was ever asked for', async () => {
    const entry = client.entry(Items, 'get', ['a']);
    client.setData(entry, { ...EMPTY_ITEM, count: 9 });
    expect(await items.get('a')).toMatchObject({ count: 9 });
    client.invalidate('items');
    expect(await items.get('a')).toMatchObject({ count: 0 });
  });

  it('hold for entries that were there before them', async () => {
    await client.query(service<ItemApi>('item@1.0.0', { backend: 'main' }), 'get', ['a']);
    await items.get('a');
    expect(backing.gate.count('get')).toBe(1);
  });

  it('give way to what a call says, option by option', async () => {
    backing.gate.close('names');
    const own = client.query(Items, 'names', [], { fallback: ['me'] });
    await backing.gate.next('names');
    runtime.advance(501);
    expect(await own).toEqual(['me']);
    const theirs = items.names();
    await backing.gate.next('names');
    runtime.advance(501);
    expect(await theirs).toEqual(['nobody']);
  });

  it('give way to a call, but not to an option that it leaves open', async () => {
    backing.gate.close('names');
    const asked = client.query(Items, 'names', [], { timeout: undefined, fallback: undefined } as never);
    await backing.gate.next('names');
    runtime.advance(501);
    expect(await asked).toEqual(['nobody']);
  });

  it('hold in every partition, and through other defaults of the client', async () => {
    client.setGlobalOptions({ cache: 1 });
    client.setPartition('somebody');
    await items.get('a');
    runtime.advance(10);
    await items.get('a');
    client.setGlobalOptions({ cache: 2 });
    await items.get('b');
    runtime.advance(10);
    await items.get('b');
    expect(backing.gate.count('get')).toBe(2);
  });

  it('are those of queries for queries, and of mutations for mutations', async () => {
    backing.gate.close('add', 'names');
    const asked = client.query(Items, 'add', ['a', 1]);
    const sent = client.mutate(Items, 'names', []);
    (await backing.gate.next('add')).answer();
    await backing.gate.next('names').then((call) => {
      runtime.advance(501);
      call.answer();
    });
    expect(await asked).toMatchObject({ count: 1 });
    expect(await sent).toEqual(['a']);
  });

  it('are what a reference says, without any decorator', async () => {
    const Plain = service<ItemApi>('item@1.0.0', {
      backend: 'main',
      queries: { get: { cache: { maxAge: 60_000, tags: ['items'] } } },
      mutations: { add: { invalidate: 'items' } },
    });
    await client.query(Plain, 'get', ['a']);
    await client.query(Plain, 'get', ['a']);
    expect(backing.gate.count('get')).toBe(1);
    await client.service(Plain).add('a', 1);
    expect(await client.query(Plain, 'get', ['a'])).toMatchObject({ count: 1 });
  });

  it('that are wrong fail each call with the name of the option, and harm no other method', async () => {
    // Written by hand, so that nothing has checked it.
    const Wrong: ServiceRef<ItemApi> = {
      name: 'item',
      version: '1.0.0',
      backend: 'main',
      queries: { get: { cache: { maxAge: 1, tags: 'items' } } },
    };
    for (let i = 0; i < 2; i++) {
      await expect(client.query(Wrong, 'get', ['a'])).rejects.toMatchObject({
        code: 'invalid-argument',
        method: 'get',
        reason: expect.stringContaining('option cache.tags is "items"'),
      });
    }
    expect(await client.query(Wrong, 'ping', [])).toBe('pong');
    expect(await items.get('a')).toEqual(EMPTY_ITEM);
    client.setGlobalOptions({ cache: 1 });
  });
});

type Target = { get(): unknown };
const TARGET: Target = { get: () => undefined };
const ON_GET = { kind: 'accessor', name: 'get', static: false, private: false };

describe('@Query and @Mutation', () => {
  /** What the compiler lets nobody write. */
  const put = (decorator: unknown, context: unknown): unknown =>
    (decorator as (target: Target, context: unknown) => unknown)(TARGET, context);
  const expectAGoodUse = async (): Promise<void> => {
    expect(put(Query({ cache: 1 }), ON_GET)).toMatchObject({ get: expect.any(Function), init: expect.any(Function) });
    expect(await items.ping()).toBe('pong');
  };

  it.each([
    ['static accessor get', { ...ON_GET, static: true }],
    ['private accessor #get', { ...ON_GET, name: '#get', private: true }],
    ['field get', { ...ON_GET, kind: 'field' }],
    ['method get', { ...ON_GET, kind: 'method' }],
    ['class Items', { kind: 'class', name: 'Items' }],
    ['accessor Symbol(get)', { ...ON_GET, name: Symbol('get') }],
    ['experimental decorators', 'get'],
  ])('refuse to be on a %s', async (place, context) => {
    for (const [name, decorator] of [
      ['Query', Query()],
      ['Mutation', Mutation()],
    ] as const) {
      const attempt = () => put(decorator, context);
      expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      expect(attempt).toThrow(`@${name} is on ${place}, expected on a member like`);
    }
    await expectAGoodUse();
  });

  it.each([
    ['@Query(get)', Query(5 as never)],
    ['@Query(get)', Query(null as never)],
    ['@Query(get).cache', Query({ cache: 'long' as never })],
    ['@Query(get).cache.maxAge', Query({ cache: { maxAge: -1 } })],
    ['@Query(get).timeout', Query({ timeout: 0 })],
    ['@Query(get).retry', Query({ retry: 'twice' as never })],
    ['@Query(get).transform', Query({ transform: {} as never })],
    ['@Query(get).dedupe', Query({ dedupe: 'all' as never })],
    ['@Query(get).signal', Query({ signal: new AbortController().signal } as never)],
    ['@Query(get).maxAge', Query({ maxAge: 5 } as never)],
    ['@Query(get).invalidate', Query({ invalidate: 'items' } as never)],
    ['@Mutation(get).cache', Mutation({ cache: 5 } as never)],
    ['@Mutation(get).scope', Mutation({ scope: 5 as never })],
    ['@Mutation(get).idempotent', Mutation({ idempotent: 'yes' as never })],
    ['@Mutation(get).onConflict', Mutation({ onConflict: 5 as never })],
    ['@Mutation(get).invalidate', Mutation({ invalidate: 5 as never })],
  ])('refuse a wrong %s', async (option, decorator) => {
    const attempt = () => put(decorator, ON_GET);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-config' }));
    expect(attempt).toThrow(`option ${option} is `);
    await expectAGoodUse();
  });
});
