import { batch } from '@preact/signals-core';
import type { TapReason } from '../protocol/index.js';
import { CallOutcome } from '../protocol/tap/tap.js';
import type { Cache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import type { Layer } from './cache/layer.js';
import type { Selector } from './cache/selector.js';
import type { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { Caller } from './call/caller.js';
import { assertTimeout } from './call/deadline.js';
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
    // A handle may be of an entry that was evicted and made anew since.
    const layers = listOf<Layer<never, never>>(options.optimistic).map((spec) => ({
      spec,
      entry: this.#cache.live(spec.target as Entry),
    }));
    const entries = [...new Set(layers.map(({ entry }) => entry))];
    const writesBefore = entries.map(({ writes }) => writes);
    this.#caller.start(call, 0, 'user');
    if (!options.signal?.aborted) this.#apply(call, layers, entries);
    const result = await this.#caller.run(call, backend, { signal: options.signal, timeoutMs: options.timeout });
    if (!result.ok) {
      this.#cache.rollback(call, entries, { cause: result.endSeq, reason: 'error' });
      throw result.error;
    }
    const overtaken = entries.filter((entry, i) => entry.fetching || entry.writes !== writesBefore[i]);
    this.#settle(call, entries, overtaken, result.reply.value, result.endSeq, listOf<Selector>(options.invalidate));
    return result.reply.value;
  }

  /** Puts the layers on, and takes them off before anybody has seen them if one cannot be computed. */
  #apply(
    call: ActiveCall,
    layers: readonly { readonly spec: Layer<never, never>; readonly entry: Entry }[],
    entries: readonly Entry[],
  ): void {
    batch(() => {
      this.#cache.applyLayers(call, layers);
      const applied = entries.flatMap((entry) => entry.layers).filter((layer) => layer.call === call);
      const failure = applied.find((layer) => layer.failure !== undefined)?.failure;
      if (failure === undefined) return;
      const error = callError(
        'invalid-argument',
        `the optimistic update threw: ${String(failure.error)}`,
        call,
        failure.error,
      );
      const cause = this.#caller.end(call, CallOutcome.error, error);
      this.#cache.rollback(call, entries, { cause, reason: 'error' });
      throw error;
    });
  }

  /**
   * The server has confirmed it. `overtaken` are entries with an answer that came or is still to come while the mutation
   * was on its way: whether it contains the mutation cannot be told, so it must not have the last word.
   */
  #settle(
    call: ActiveCall,
    entries: readonly Entry[],
    overtaken: readonly Entry[],
    value: unknown,
    endSeq: number,
    selectors: readonly Selector[],
  ): void {
    const origin = { cause: endSeq, reason: 'commit' } as const;
    const renewals = new Map<Entry, { readonly cause: number; readonly reason: TapReason }>();
    const outdate = (entry: Entry): void => {
      const cause = this.#cache.markStale(entry, origin);
      if (entry.observers > 0 && !renewals.has(entry)) renewals.set(entry, { cause, reason: origin.reason });
    };
    let thrown: { readonly error: unknown; readonly what: string } | undefined;
    try {
      for (const { entry, ...renewal } of this.#cache.invalidate(selectors, origin)) renewals.set(entry, renewal);
    } catch (error) {
      thrown = { error, what: 'a predicate of `invalidate`' };
    }
    for (const entry of overtaken) if (!entry.invalidated || entry.fetch?.epoch === entry.epoch) outdate(entry);
    const willRefetch = (entry: Entry): boolean => entry.observers > 0 && (renewals.has(entry) || entry.fetching);
    for (const { entry, applied } of this.#cache.commit(call, entries, value, origin, willRefetch)) {
      if (applied.spec.commit !== undefined) thrown ??= { error: applied.failure?.error, what: 'a layer’s commit' };
      outdate(entry);
    }
    for (const [entry, renewal] of renewals) this.#queries.renew(entry, renewal);
    if (thrown === undefined) return;
    const reason = `the server has confirmed it, but ${thrown.what} threw: ${String(thrown.error)}`;
    throw callError('invalid-argument', reason, call, thrown.error);
  }
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
