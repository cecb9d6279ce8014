import type { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import type { Layer } from './cache/layer.js';
import type { Selector } from './cache/selector.js';
import type { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import type { Caller } from './call/caller.js';
import { assertTimeout } from './call/deadline.js';
import { NetronError } from './netron-error.js';
import type { Queries } from './queries.js';

export interface MutationOptions<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  /** What readers see until the server has answered, on one entry or several. */
  readonly optimistic?: Layer<A, R> | readonly Layer<A, R>[];
  /** What its success makes stale. Entries that somebody observes are fetched again. */
  readonly invalidate?: Selector | readonly Selector[];
  /** Deadline in milliseconds. Default: the backend's `timeout`. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Writes: optimistic layers first, then the call, then commit or rollback. */
export class Mutations {
  readonly #cache: Cache;
  readonly #caller: Caller;
  readonly #queries: Queries;

  constructor(cache: Cache, caller: Caller, queries: Queries) {
    this.#cache = cache;
    this.#caller = caller;
    this.#queries = queries;
  }

  async run(call: ActiveCall, backend: Backend, options: MutationOptions<never, never>): Promise<unknown> {
    assertTimeout(options.timeout, call);
    const layers = listOf<Layer<never, never>>(options.optimistic);
    const entries = [...new Set(layers.map(({ target }) => target as Entry))];
    this.#caller.start(call, 0, 'user');
    this.#apply(call, layers, entries);
    const result = await this.#caller.run(call, backend, { signal: options.signal, timeoutMs: options.timeout });
    if (!result.ok) {
      this.#cache.rollback(call, entries, { cause: result.endSeq, reason: 'error' });
      throw result.error;
    }
    const { value } = result.reply;
    const origin = { cause: result.endSeq, reason: 'commit' } as const;
    // A request that is in flight now may have been answered before this mutation was: it must not have the last word.
    for (const entry of entries) if (entry.fetching) this.#cache.markStale(entry, origin);
    const stale = this.#cache.invalidate(listOf<Selector>(options.invalidate), origin);
    this.#cache.commit(call, entries, value, origin, (entry) => entry.observers > 0 && entry.invalidated);
    for (const { entry, cause, reason } of stale) this.#queries.renew(entry, { cause, reason });
    return value;
  }

  #apply(call: ActiveCall, layers: readonly Layer<never, never>[], entries: readonly Entry[]): void {
    this.#cache.applyLayers(call, layers, ({ target }) => target as Entry);
    const failed = entries.flatMap((entry) => entry.layers).find((applied) => applied.call === call && applied.failure);
    if (failed === undefined) return;
    const { backend, service, method } = call;
    const error = new NetronError('invalid-argument', `the optimistic update threw: ${String(failed.failure)}`, {
      backend,
      service,
      method,
      cause: failed.failure,
    });
    const cause = this.#caller.end(call, 1, error);
    this.#cache.rollback(call, entries, { cause, reason: 'error' });
    throw error;
  }
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
