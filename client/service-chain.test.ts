import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture, Public, Service, TitanError } from '../server-fixture/index.js';
import { isNetronError, layer, NetronClient, type NetronError, service } from './index.js';
import { EMPTY_ITEM, type ItemApi, ItemService } from './testing/test-item-service.js';
import { TestRuntime } from './testing/test-runtime.js';
import { until } from './testing/test-watch.js';

interface OddApi {
  cache(ageMs: number): Promise<string>;
  call(): Promise<string>;
  toJSON(): Promise<string>;
  query(): Promise<string>;
}

/** Its methods are named like what a chain has already. */
@Service('odd')
class OddService {
  @Public() cache(ageMs: number): string {
    return `cache ${ageMs}`;
  }
  @Public() call(): string {
    return 'call';
  }
  @Public() toJSON(): string {
    return 'toJSON';
  }
  @Public() query(): string {
    return 'query';
  }
}

const Items = service<ItemApi>('item@1.0.0');
const Odd = service<OddApi>('odd');

let fixture: Fixture;
let backing: ItemService;
let runtime: TestRuntime;
let client: NetronClient;

beforeAll(async () => {
  backing = new ItemService();
  fixture = await createFixture({ services: [backing, new OddService()] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  backing.gate.reset();
  backing.items.clear();
  runtime = new TestRuntime();
  client = new NetronClient({ url: fixture.http, runtime });
});
afterEach(() => client.close());

describe('a chain', () => {
  it('calls the service with the options of all its steps', async () => {
    const chain = client.service(Items).cache(60_000).timeout(500).dedupe(false).priority('high').retry(1);
    await chain.get('a');
    await chain.get('a');
    expect(backing.gate.count('get')).toBe(1);
    backing.gate.close('get');
    const late = chain.get('b');
    await backing.gate.next('get');
    runtime.advance(501);
    await expect(late).rejects.toMatchObject({ code: 'timeout', method: 'get' });
  });

  it('calls a method that nobody has said anything about each time, and once', async () => {
    const own = new NetronClient({
      backends: { main: { url: fixture.http, cache: 60_000, retry: { attempts: 3, initialDelay: 0 } } },
      runtime,
    });
    const item = own.service(Items);
    await Promise.all([item.add('a', 1), item.add('a', 1)]);
    await item.timeout(500).add('a', 1);
    expect(backing.at('a').count).toBe(3);
    backing.gate.close('add');
    const failed = item.add('a', 1);
    (await backing.gate.next('add')).fail(new TitanError(503, 'later'));
    await expect(failed).rejects.toMatchObject({ status: 503 });
    expect(backing.gate.count('add')).toBe(4);
    await Promise.all([item.cache(60_000).get('a'), item.cache(60_000).get('a')]);
    await Promise.all([item.dedupe(true).get('b'), item.dedupe(true).get('b')]);
    expect(backing.gate.count('get')).toBe(2);
    own.close();
  });

  it('is not sent again by itself when the connection is lost, unless it is known to ask', async () => {
    const own = new NetronClient({ url: fixture.ws, runtime });
    const lose = async (method: string): Promise<void> => {
      await backing.gate.next(method);
      runtime.sockets.at(-1)?.close();
    };
    backing.gate.close('add', 'get');
    const plain = own.service(Items).add('a', 1);
    await lose('add');
    await expect(plain).rejects.toMatchObject({ code: 'network', method: 'add' });
    expect(backing.gate.count('add')).toBe(1);
    const asked = own.service(Items).cache(0).get('a');
    await until(() => runtime.timers > 0);
    runtime.advance(1_000);
    await lose('get');
    await until(() => runtime.timers > 0);
    runtime.advance(1_000);
    (await backing.gate.next('get')).answer();
    expect(await asked).toEqual(EMPTY_ITEM);
    own.close();
  });

  it('has no steps for what only hooks and observers do', async () => {
    const chain = client.service('item@1.0.0');
    for (const name of ['select', 'enabled', 'placeholder', 'background', 'refetchInterval', 'invalidateOn']) {
      expect(() => chain[name]?.(1)).toThrow(
        expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining(name) }),
      );
    }
    expect(await chain.call('get', 'a')).toEqual(EMPTY_ITEM);
  });

  it('changes nothing of the chain that it goes on from', async () => {
    const base = client.service(Items);
    const cached = base.cache(60_000);
    const forgetful = cached.cache(0);
    expect(cached).not.toBe(base);
    await cached.get('a');
    await cached.get('a');
    expect(backing.gate.count('get')).toBe(1);
    await forgetful.get('b');
    await forgetful.get('b');
    await base.get('c');
    await base.get('c');
    expect(backing.gate.count('get')).toBe(5);
    expect(() => Object.assign(cached, { get: 1 })).toThrow(TypeError);
    expect(await cached.get('a')).toEqual(EMPTY_ITEM);
  });

  it('is no promise, no text and no JSON: what asks it for that calls nothing', async () => {
    const chain = client.service(Items).cache(5);
    expect(await chain).toBe(chain);
    expect(JSON.stringify({ chain })).toBe('{"chain":{}}');
    expect(() => `${chain}`).toThrow(TypeError);
    expect(Reflect.get(chain, Symbol.iterator)).toBe(undefined);
    expect(Reflect.get(chain, Symbol.toPrimitive)).toBe(undefined);
    expect(Object.keys(chain)).toEqual([]);
    expect(runtime.requests).toEqual([]);
    expect(await chain.ping()).toBe('pong');
  });

  it('reaches methods that are named like its own by call', async () => {
    const chain = client.service(Odd);
    expect(await chain.call('cache', 5)).toBe('cache 5');
    expect(await chain.call('call')).toBe('call');
    expect(await chain.call('toJSON')).toBe('toJSON');
    expect(await chain.cache(60_000).query()).toBe('query');
  });

  it('works by name', async () => {
    const chain = client.service('item@1.0.0').cache(60_000);
    expect(await chain.get?.('a')).toEqual(EMPTY_ITEM);
    expect(await chain.call('get', 'a')).toEqual(EMPTY_ITEM);
    expect(backing.gate.count('get')).toBe(1);
  });

  it('changes something with any option that only a mutation has', async () => {
    const base = client.service(Items).cache(60_000);
    const chains = [
      base.invalidate('items'),
      base.idempotent(true),
      base.scope('items'),
      base.optimistic([]),
      base.onConflict(() => undefined),
      base.target(client.entry(Items, 'get', ['a'])).optimistic((item) => item),
    ];
    for (const chain of chains) expect(await chain.add('a', 1)).toMatchObject({ count: expect.any(Number) });
    expect(backing.at('a').count).toBe(chains.length);
    // Each was sent, though the arguments were equal.
    expect(await base.invalidate('items').retry(1).add('a', 1)).toMatchObject({ count: chains.length + 1 });
  });

  it('takes the layers of a mutation', async () => {
    const one = client.entry(Items, 'get', ['a']);
    await client.query(Items, 'get', ['a'], { cache: 60_000 });
    backing.gate.close('add');
    const sent = client
      .service(Items)
      .optimistic(layer(one, (item, _id: string, amount: number) => ({ ...item, count: item.count + amount })))
      .add('a', 2);
    expect(client.peek(one)).toMatchObject({ count: 2 });
    (await backing.gate.next('add')).fail(new Error('no'));
    await expect(sent).rejects.toSatisfy(isNetronError);
    expect(client.peek(one)).toMatchObject({ count: 0 });
  });

  it('transforms, checks, measures and falls back as its steps say', async () => {
    const chain = client.service(Items);
    const seen: number[] = [];
    const doubled = await chain
      .transform((answer) => ({ ...(answer as typeof EMPTY_ITEM), count: 2 }))
      .metrics(({ attempts }) => seen.push(attempts))
      .get('a');
    expect([doubled.count, seen]).toEqual([2, [1]]);
    await expect(chain.validate(() => false).get('b')).rejects.toMatchObject({ code: 'invalid-result' });
    backing.gate.close('get');
    const failed = chain.fallback(EMPTY_ITEM).get('c');
    (await backing.gate.next('get')).fail(new Error('no'));
    expect(await failed).toBe(EMPTY_ITEM);
    const abort = new AbortController();
    abort.abort();
    await expect(chain.signal(abort.signal).get('d')).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a chain with a wrong value', () => {
  const base = () => client.service('item@1.0.0');
  it.each([
    ['cache', () => base().cache('long' as never)],
    ['cache.tags', () => base().cache({ tags: 'items' } as never)],
    ['timeout', () => base().timeout(-1)],
    ['retry', () => base().retry('twice' as never)],
    ['priority', () => base().priority('urgent' as never)],
    ['metrics', () => base().metrics(5 as never)],
    ['transform', () => base().transform(5 as never)],
    ['validate', () => base().validate(5 as never)],
    [
      'timeout',
      () =>
        base()
          .scope('items')
          .timeout('soon' as never),
    ],
    [
      'idempotent',
      () =>
        base()
          .retry(1)
          .idempotent('yes' as never),
    ],
  ])('rejects, and names %s', async (option, chain) => {
    let thrown: unknown;
    const rejected = chain()
      .call('get', 'a')
      .catch((error: NetronError) => {
        thrown = error;
      });
    await rejected;
    expect(thrown).toMatchObject({ code: 'invalid-argument', service: 'item@1.0.0', method: 'get' });
    expect((thrown as NetronError).reason).toContain(`option ${option}`);
    expect(await base().cache(5).call('ping')).toBe('pong');
  });

  it.each([
    ['no service', () => client.service(5 as never as string).call('get')],
    ['no method', () => client.service('item@1.0.0').call('no method')],
    ['no method at all', () => client.service('item@1.0.0').call(undefined as never)],
    ['a symbol for a method', () => client.service('item@1.0.0').call(Symbol('get') as never)],
    ['what every object has', () => client.service('item@1.0.0').call('__proto__')],
  ])('rejects for %s', async (_name, ask) => {
    await expect(ask()).rejects.toSatisfy(isNetronError);
    expect(await base().call('ping')).toBe('pong');
  });
});
