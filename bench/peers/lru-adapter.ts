import { LRUCache } from 'lru-cache';
import type { CacheAdapter } from './adapter.ts';

/** A bare cache: its key is a string that was hashed before, and nobody observes it. */
export class LruAdapter implements CacheAdapter<string> {
  readonly #cache: LRUCache<string, object>;

  constructor(maxEntries: number) {
    this.#cache = new LRUCache({ max: maxEntries, ttl: 300_000 });
  }

  key(method: number, id: number): string {
    return `svc|method_${method}|${id}`;
  }

  insert(key: string, value: object): void {
    this.#cache.set(key, value);
  }

  get(key: string): unknown {
    return this.#cache.get(key);
  }

  close(): void {
    this.#cache.clear();
  }
}
