import { describe, expect, it } from 'vitest';
import { counted, HttpItems, Items, World } from './cache/test-world.js';
import type { BackendOptions, CallOptions, ClientOptions } from './client-options.js';
import { logging, NetronClient, service, timing } from './index.js';
import type { MutationOptions } from './mutation-options.js';
import type { QueryOptions } from './query-options.js';
import type { StreamOptions } from './stream/stream-options.js';
import type { ItemApi } from './testing/test-item-service.js';

/** Every option of a kind, none of them given. */
type Nothing<O> = { readonly [K in keyof O]-?: undefined };

const CALLS: Nothing<CallOptions> = {
  timeout: undefined,
  retry: undefined,
  priority: undefined,
  metrics: undefined,
  cache: undefined,
};
const REQUEST = {
  timeout: undefined,
  retry: undefined,
  priority: undefined,
  metrics: undefined,
  transform: undefined,
  validate: undefined,
  fallback: undefined,
  signal: undefined,
};
const QUERY: Nothing<QueryOptions> = { ...REQUEST, cache: undefined, dedupe: undefined };
const MUTATION: Nothing<MutationOptions> = {
  ...REQUEST,
  optimistic: undefined,
  target: undefined,
  invalidate: undefined,
  idempotent: undefined,
  scope: undefined,
  onConflict: undefined,
};
const STREAM: Nothing<Omit<StreamOptions, 'reason'>> = {
  buffer: undefined,
  timeout: undefined,
  signal: undefined,
  reconnect: undefined,
};
const BACKEND: Nothing<Omit<BackendOptions, 'url'>> = {
  ...CALLS,
  socketUrl: undefined,
  headers: undefined,
  token: undefined,
  auth: undefined,
  lossy: undefined,
  batch: undefined,
  circuitBreaker: undefined,
  maxConcurrent: undefined,
  middleware: undefined,
};
const CLIENT: Nothing<Omit<ClientOptions, 'backends'>> = {
  url: undefined,
  baseUrl: undefined,
  default: undefined,
  defaults: undefined,
  cache: undefined,
  devtools: undefined,
  runtime: undefined,
};

const world = World.set();

describe('an option that is undefined is not given', () => {
  it('to a client, nor to a backend', async () => {
    const backends = { main: { url: world.fixture.ws, ...BACKEND }, http: { url: world.fixture.http, ...BACKEND } };
    const client = new NetronClient({ backends, ...CLIENT, runtime: world.runtime });
    client.setGlobalOptions(CALLS);
    expect(await client.query(Items, 'ping', [])).toBe('pong');
    expect(await client.query(HttpItems, 'ping', [])).toBe('pong');
    client.close();
  });

  it('to what has fields of its own', async () => {
    const retry = { attempts: undefined, backoff: undefined, jitter: undefined, shouldRetry: undefined };
    const client = world.client({
      cache: { maxEntries: undefined, maxSizeBytes: undefined, gcTime: undefined },
      devtools: { name: undefined, ringCapacity: undefined },
      backend: {
        retry,
        batch: { window: undefined, maxBatchSize: 2 },
        circuitBreaker: { threshold: undefined, windowTime: undefined, ratio: undefined, perService: undefined },
        auth: { mode: undefined, storage: undefined, storageKey: undefined, refresh: undefined, tokenOf: undefined },
      } satisfies Omit<BackendOptions, 'url'>,
    });
    client.use(logging({ log: () => undefined, level: undefined, args: undefined, now: undefined }));
    client.use(timing({ onTiming: () => undefined, now: undefined }), { priority: undefined, stage: undefined });
    const cache = { maxAge: undefined, tags: undefined, staleWhileRevalidate: undefined, cacheOnError: undefined };
    expect(await client.query(Items, 'ping', [], { retry, cache })).toBe('pong');
    const [item] = await Promise.all([client.query(HttpItems, 'get', ['a']), client.query(HttpItems, 'get', ['b'])]);
    expect(item.count).toBe(0);
  });

  it('to a query, a mutation or a stream', async () => {
    const client = world.client();
    expect(await client.query(Items, 'ping', [], QUERY)).toBe('pong');
    expect(await client.mutate(Items, 'add', ['a', 1], MUTATION)).toEqual(counted(1));
    const numbers: number[] = [];
    const buffer = { capacity: undefined, overflow: undefined };
    for await (const n of client.stream(Items, 'numbers', [2], STREAM)) numbers.push(n);
    for await (const n of client.stream(Items, 'numbers', [2], { buffer, reconnect: { attempts: undefined } }))
      numbers.push(n);
    expect(numbers).toEqual([0, 1, 0, 1]);
  });

  it('where a reference says something else', async () => {
    const backend = undefined;
    const Cached = service<ItemApi>('item@1.0.0', { backend, queries: { get: { cache: 60_000 } } });
    const client = world.client();
    await client.query(Cached, 'get', ['a'], QUERY);
    await client.query(Cached, 'get', ['a'], { cache: undefined });
    expect(world.gets).toBe(1);
  });
});
