import type { Network } from './network.ts';

/**
 * A store of values by key: what a bare cache can do as well. One instance is one client.
 *
 * @typeParam K what names an entry: a method and its arguments.
 */
export interface CacheAdapter<K> {
  key(method: number, id: number): K;
  insert(key: K, value: unknown): void;
  /** Undefined for what is not there. */
  get(key: K): unknown;
  close(): void;
}

/**
 * A data layer as an app uses it.
 *
 * @typeParam H what a component keeps of an entry between two renders.
 */
export interface ClientAdapter<K, H> extends CacheAdapter<K> {
  hold(key: K): H;
  peek(handle: H): unknown;
  /** As a render does it: the key is built in here. */
  read(method: number, id: number): unknown;
  write(handle: H, value: unknown): void;
  /** Asks the network only for what is stale or not there, and only once for all who ask at the same moment. */
  fetch(key: K): Promise<unknown>;
  /** Calls `onChange` before the write that caused it returns. */
  observe(handle: H, onChange: () => void): () => void;
  /** Marks every entry of a method stale, without any fetch. */
  invalidateMethod(method: number): void;
  /** The same by a predicate over all entries. */
  invalidateWhere(method: number): void;
  /** Changes the title of one row of a list optimistically. Returns its rollback. */
  retitle(handle: H, row: number, title: string): () => void;
  /** Every entry as JSON text. */
  dehydrate(): string;
  hydrate(text: string): void;
}

export type OpenCache<K> = (maxEntries: number) => CacheAdapter<K>;
export type OpenClient<K, H> = (network: Network, maxEntries?: number) => ClientAdapter<K, H>;
