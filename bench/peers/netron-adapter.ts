import {
  browserRuntime,
  dehydrate,
  type EntryRef,
  hydrate,
  layer,
  NetronClient,
  optimistic,
  type Runtime,
  service,
} from '../../client/index.ts';
import type { ClientAdapter } from './adapter.ts';
import type { Network } from './network.ts';
import { type Row, retitled } from './universe.ts';

interface Page {
  readonly id: number;
  readonly page: number;
}

interface Key {
  readonly method: string;
  readonly args: [page: Page];
}

const Svc = service<Record<string, (page: Page) => unknown>>('svc@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };

/** Our client with its tap on, as it ships: no panel is attached. */
export class NetronAdapter implements ClientAdapter<Key, EntryRef<unknown>> {
  readonly #client: NetronClient;

  constructor(network: Network, maxEntries?: number) {
    const cache = maxEntries === undefined ? {} : { maxEntries };
    this.#client = new NetronClient({
      url: 'http://bench.invalid',
      devtools: true,
      cache,
      runtime: runtimeOf(network),
    });
  }

  key(method: number, id: number): Key {
    return { method: `method_${method}`, args: [{ id, page: 1 }] };
  }

  hold({ method, args }: Key): EntryRef<unknown> {
    return this.#client.entry(Svc, method, args);
  }

  insert(key: Key, value: unknown): void {
    this.#client.setData(this.hold(key), value);
  }

  get(key: Key): unknown {
    return this.#client.peek(this.hold(key));
  }

  peek(entry: EntryRef<unknown>): unknown {
    return this.#client.peek(entry);
  }

  read(method: number, id: number): unknown {
    return this.#client.peek(this.#client.entry(Svc, `method_${method}`, [{ id, page: 1 }]));
  }

  write(entry: EntryRef<unknown>, value: unknown): void {
    this.#client.setData(entry, value);
  }

  fetch({ method, args }: Key): Promise<unknown> {
    return this.#client.query(Svc, method, args, FOREVER);
  }

  observe(entry: EntryRef<unknown>, onChange: () => void): () => void {
    return this.#client.watch(entry, onChange);
  }

  invalidateMethod(method: number): void {
    this.#client.invalidate({ method: `svc.method_${method}` });
  }

  invalidateWhere(method: number): void {
    const name = `method_${method}`;
    this.#client.invalidate((entry) => entry.method === name);
  }

  retitle(entry: EntryRef<unknown>, row: number, title: string): () => void {
    const change = optimistic(this.#client, layer(entry as EntryRef<readonly Row[]>, retitled), row, title);
    return () => change.rollback();
  }

  dehydrate(): string {
    return JSON.stringify(dehydrate(this.#client));
  }

  hydrate(text: string): void {
    hydrate(this.#client, JSON.parse(text));
  }

  close(): void {
    this.#client.close();
  }
}

/** What an answer has to name, where nothing is random. */
const CALL_ID = 'i'.repeat(16);
const HEADERS = new Headers({ 'Content-Type': 'application/json' });
const UTF8 = new TextEncoder();

/**
 * The browser's runtime with a network that answers as Titan does, and costs no more than it must: what is measured is the
 * near end. Node's own `Response` is a stack of streams in JavaScript, which browsers have in native code.
 */
function runtimeOf(network: Network): Runtime {
  return {
    ...browserRuntime(),
    random: () => 0.5,
    fetch: async () => answerOf(JSON.stringify({ id: CALL_ID, success: true, data: await network.load() })),
  };
}

function answerOf(text: string): Response {
  const chunks = [UTF8.encode(text)];
  const read = async () => {
    const value = chunks.pop();
    return value === undefined ? { done: true } : { done: false, value };
  };
  return { status: 200, headers: HEADERS, body: { getReader: () => ({ read }) } } as unknown as Response;
}
