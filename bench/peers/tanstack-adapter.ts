import {
  dehydrate,
  environmentManager,
  hydrate,
  notifyManager,
  QueryClient,
  type QueryKey,
  QueryObserver,
} from '@tanstack/query-core';
import type { ClientAdapter } from './adapter.ts';
import type { Network } from './network.ts';
import { type Row, retitled } from './universe.ts';

// Its default is a timer of 0 ms. Without it the delivery is part of what is measured, and cheaper for it.
notifyManager.setScheduler((deliver) => deliver());
// As in a browser: with the timers that collect what nobody observes.
environmentManager.setIsServer(() => false);

export class TanstackAdapter implements ClientAdapter<QueryKey, QueryKey> {
  readonly #client = new QueryClient();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    this.#client.mount();
  }

  key(method: number, id: number): QueryKey {
    return ['svc', `method_${method}`, { id, page: 1 }];
  }

  hold(key: QueryKey): QueryKey {
    return key;
  }

  insert(key: QueryKey, value: unknown): void {
    this.#client.setQueryData(key, value);
  }

  get(key: QueryKey): unknown {
    return this.#client.getQueryData(key);
  }

  peek(key: QueryKey): unknown {
    return this.#client.getQueryData(key);
  }

  read(method: number, id: number): unknown {
    return this.#client.getQueryData(['svc', `method_${method}`, { id, page: 1 }]);
  }

  write(key: QueryKey, value: unknown): void {
    this.#client.setQueryData(key, value);
  }

  fetch(queryKey: QueryKey): Promise<unknown> {
    return this.#client.fetchQuery({ queryKey, queryFn: this.#network.load, staleTime: Number.POSITIVE_INFINITY });
  }

  observe(queryKey: QueryKey, onChange: () => void): () => void {
    return new QueryObserver(this.#client, { queryKey, staleTime: Number.POSITIVE_INFINITY }).subscribe(onChange);
  }

  invalidateMethod(method: number): void {
    void this.#client.invalidateQueries({ queryKey: ['svc', `method_${method}`], refetchType: 'none' });
  }

  invalidateWhere(method: number): void {
    const name = `method_${method}`;
    void this.#client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === name, refetchType: 'none' });
  }

  retitle(key: QueryKey, row: number, title: string): () => void {
    const before = this.#client.getQueryData<readonly Row[]>(key);
    this.#client.setQueryData<readonly Row[]>(key, (rows) => rows && retitled(rows, row, title));
    return () => void this.#client.setQueryData(key, before);
  }

  dehydrate(): string {
    return JSON.stringify(dehydrate(this.#client));
  }

  hydrate(text: string): void {
    hydrate(this.#client, JSON.parse(text));
  }

  close(): void {
    this.#client.clear();
    this.#client.unmount();
  }
}
