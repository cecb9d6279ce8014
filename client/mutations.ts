import { batch } from '@preact/signals-core';
import type { TapCall } from '../protocol/index.js';
import { CallOutcome } from '../protocol/tap/tap.js';
import type { Cache, Outdated } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { type Layer, layer } from './cache/layer.js';
import type { Selector } from './cache/selector.js';
import { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { CallResult, Caller } from './call/caller.js';
import { assertTimeout } from './call/deadlines.js';
import type { MutationOptions } from './mutation-options.js';
import type { Queries } from './queries.js';

type AnyLayer = Layer<never, never>;
type Failure = CallResult & { readonly ok: false };
interface Placed {
  readonly spec: AnyLayer;
  readonly entry: Entry;
}

/** Writes: optimistic layers first, then the call, then commit or rollback. */
export class Mutations {
  readonly #cache: Cache;
  readonly #caller: Caller;
  readonly #queries: Queries;
  /** The last mutation of each scope; the next one of the scope waits for it. */
  readonly #scopes = new Map<string, Promise<unknown>>();

  constructor(cache: Cache, caller: Caller, queries: Queries) {
    this.#cache = cache;
    this.#caller = caller;
    this.#queries = queries;
  }

  async run(call: ActiveCall, backend: Backend, options: MutationOptions<never, never>): Promise<unknown> {
    assertTimeout(options.timeout, call);
    const layers = this.place(layersOf(options));
    const entries = entriesOf(layers);
    const writesBefore = entries.map(({ writes }) => writes);
    this.#caller.start(call, 0, 'user');
    if (!options.signal?.aborted) this.apply(call, layers, entries);
    let result = await this.#inTurn(options.scope, () => this.#send(call, backend, options));
    if (!result.ok && result.error.status === 409 && options.onConflict !== undefined) {
      result = await this.#solve(call, backend, options, result);
    }
    if (!result.ok) {
      this.#cache.rollback(call, entries, { cause: result.endSeq, reason: 'error' });
      throw result.error;
    }
    const overtaken = entries.filter((entry, i) => entry.fetching || entry.writes !== writesBefore[i]);
    this.settle(call, entries, overtaken, result.reply.value, result.endSeq, listOf<Selector>(options.invalidate));
    return result.reply.value;
  }

  /** A handle may be of an entry that was evicted and made anew since. */
  place(layers: readonly AnyLayer[]): Placed[] {
    return layers.map((spec) => ({ spec, entry: this.#cache.store.live(spec.target as Entry) }));
  }

  #send(call: ActiveCall, backend: Backend, options: MutationOptions<never, never>) {
    const { timeout = backend.defaults.timeout, signal } = options;
    return this.#caller.run(call, backend, this.#caller.deadlines.start(timeout, signal), { request: options });
  }

  /** Asks the app what to send in place of what was in conflict with what the server has. */
  async #solve(call: ActiveCall, backend: Backend, options: MutationOptions<never, never>, failed: Failure): Promise<CallResult> {
    const { error, endSeq } = failed;
    try {
      const ask = options.onConflict as NonNullable<MutationOptions['onConflict']>;
      const args = await ask(error, ...call.args);
      if (args === undefined) return failed;
      const { kind, backend: name, service, method, via } = call;
      const again = new ActiveCall(kind, name, service, method, args, via, null);
      this.#caller.start(again, endSeq, 'conflict');
      return await this.#send(again, backend, options);
    } catch (thrown) {
      const reason = `option onConflict threw: ${String(thrown)}`;
      return { ok: false, endSeq, error: callError('invalid-argument', reason, call, thrown) };
    }
  }

  /** Mutations of one scope are sent one after another, in the order in which they were called. */
  async #inTurn<T>(scope: string | undefined, send: () => Promise<T>): Promise<T> {
    if (scope === undefined) return send();
    const turn = (this.#scopes.get(scope) ?? Promise.resolve()).then(send);
    this.#scopes.set(scope, turn);
    try {
      return await turn;
    } finally {
      if (this.#scopes.get(scope) === turn) this.#scopes.delete(scope);
    }
  }

  /** Puts the layers on, and takes them off before anybody has seen them if one cannot be computed. */
  apply(call: ActiveCall, layers: readonly Placed[], entries: readonly Entry[]): void {
    batch(() => {
      const failed = this.#cache.applyLayers(call, layers).find(({ failure }) => failure !== undefined);
      if (failed === undefined) return;
      const thrown = failed.failure?.error;
      const error = callError('invalid-argument', `the optimistic update threw: ${String(thrown)}`, call, thrown);
      const cause = this.#caller.end(call, CallOutcome.error, error);
      this.#cache.rollback(call, entries, { cause, reason: 'error' });
      throw error;
    });
  }

  /**
   * The server has confirmed it. `overtaken` are entries with an answer that came or is still to come while the mutation
   * was on its way: whether it contains the mutation cannot be told, so it must not have the last word.
   */
  settle(
    call: TapCall,
    entries: readonly Entry[],
    overtaken: readonly Entry[],
    value: unknown,
    endSeq: number,
    selectors: readonly Selector[],
  ): void {
    const origin = { cause: endSeq, reason: 'commit' } as const;
    const renewals = new Map<Entry, Outdated>();
    const outdate = (entry: Entry): void => {
      const cause = this.#cache.markStale(entry, origin);
      if (entry.observers > 0 && !renewals.has(entry)) renewals.set(entry, { entry, cause, reason: origin.reason });
    };
    let thrown: { readonly error: unknown; readonly what: string } | undefined;
    try {
      for (const outdated of this.#cache.invalidate(selectors, origin)) renewals.set(outdated.entry, outdated);
    } catch (error) {
      thrown = { error, what: 'a predicate of `invalidate`' };
    }
    for (const entry of overtaken) {
      // Once is enough: the request in flight is outdated already, or none is.
      if (!entry.invalidated || (entry.fetch !== null && entry.staleTick <= entry.fetch.startedAt)) outdate(entry);
    }
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

function layersOf({ optimistic, target }: MutationOptions<never, never>): readonly AnyLayer[] {
  if (typeof optimistic !== 'function') return listOf<AnyLayer>(optimistic);
  return target === undefined ? [] : [layer(target, optimistic as never) as AnyLayer];
}

export function entriesOf(layers: readonly Placed[]): readonly Entry[] {
  return [...new Set(layers.map(({ entry }) => entry))];
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
