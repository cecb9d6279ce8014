import type { TapCall } from '../protocol/index.js';
import { CallOutcome } from '../protocol/tap/tap.js';
import type { Outdated } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { assertNoUpdate, type Layer, layer } from './cache/layer.js';
import type { PlacedLayer } from './cache/layering.js';
import { assertSelectors, type Selector } from './cache/selector.js';
import { transact } from './cache/transaction.js';
import type { ActiveCall } from './call/active-call.js';
import type { Backend } from './call/backend.js';
import { callError } from './call/call-error.js';
import type { CallResult } from './call/caller.js';
import type { Cancellation } from './call/cancellation.js';
import type { ClientParts } from './client-parts.js';
import type { Sent } from './conflict.js';
import { Lazy } from './lazy.js';
import type { MutationOptions } from './mutation-options.js';
import type { NetronError } from './netron-error.js';
import { optionError, shown } from './option-error.js';
import { assertField, assertFields, FUNCTION, ofType, oneOf } from './option-fields.js';
import { report } from './report.js';
import { REQUEST_CHECKS } from './request-options.js';

type AnyLayer = Layer<never, never>;
type AnyOptions = MutationOptions<never, never>;

/** Of HTTP, as the wire has it. */
const CONFLICT = 409;
const CHECKS = { ...REQUEST_CHECKS, scope: ofType('string'), onConflict: FUNCTION, idempotent: oneOf(true, false) };
const NOTHING_BEFORE = Promise.resolve();

/** Writes: optimistic layers first, then the call, then commit or rollback. */
export class Mutations {
  readonly #parts: ClientParts;
  /** Settles when the last mutation of a scope and all before it are done; the next one of the scope waits for it. */
  readonly #scopes = new Map<string, Promise<void>>();
  /** Loaded with the first conflict that somebody wants to solve. */
  readonly #solver = new Lazy(() => import('./conflict.js'));

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async run(first: ActiveCall, options: AnyOptions): Promise<unknown> {
    const backend = this.#parts.backend(first.backend);
    assertOptions(options, first);
    const layers = this.place(layersOf(options, first));
    const entries = entriesOf(layers);
    const cancellation = this.#begin(backend, options);
    const writesBefore = entries.map(({ writes }) => writes);
    this.#parts.caller.start(first, 0, 'user');
    let sending: Promise<Sent>;
    try {
      // Before anybody sees the layers, who may mutate at the sight of them: sent is in the order of the calls.
      sending = transact(() => {
        if (cancellation.cancelled === undefined) this.apply(first, layers, entries);
        return this.#inTurn(options.scope, cancellation, first, () =>
          this.#send(first, backend, cancellation, options, entries),
        );
      });
    } catch (error) {
      this.#parts.deadlines.end(cancellation);
      throw error;
    }
    const { call, result } = await sending;
    if (!result.ok) {
      this.#parts.cache.layers.rollback(call, entries, { cause: result.endSeq, reason: 'error' });
      if (call.doubts > 0 && !backend.isClosed) this.#askAgain(entries, options, result.endSeq);
      throw result.error;
    }
    const overtaken = this.overtaken(entries, writesBefore);
    this.settle(call, entries, overtaken, result.reply.value, result.endSeq, listOf<Selector>(options.invalidate));
    return result.reply.value;
  }

  /** Those that somebody sees: what is shown now may be what was there before. The others stay, for whoever is offline. */
  #askAgain(entries: readonly Entry[], { invalidate }: AnyOptions, cause: number): void {
    const { cache, queries } = this.#parts;
    let changed: readonly Entry[] = [];
    try {
      changed = cache.observed(listOf<Selector>(invalidate));
    } catch (error) {
      // What became of the mutation is told first.
      report(error);
    }
    for (const entry of new Set([...entries, ...changed])) {
      if (queries.isWanted(entry)) queries.outdate(entry, { cause, reason: 'error' });
    }
  }

  /**
   * The entries that the handles mean, in the cache again where they were evicted.
   *
   * @throws NetronError `invalid-argument` for what is no layer, or one on an entry of another client.
   */
  place(layers: readonly AnyLayer[]): PlacedLayer[] {
    const { store } = this.#parts.cache;
    assertNoUpdate();
    for (const [i, spec] of layers.entries()) {
      const { target, update, commit } = Object(spec) as Partial<AnyLayer>;
      const entry = store.live(target as Entry, `optimistic[${i}].target`);
      assertField(`optimistic[${i}].update`, update, FUNCTION, entry);
      if (commit !== undefined) assertField(`optimistic[${i}].commit`, commit, FUNCTION, entry);
    }
    return layers.map((spec) => {
      const entry = store.live(spec.target);
      // Room is made when their layers keep all of them.
      store.touch(entry);
      return { spec, entry };
    });
  }

  #begin(
    backend: Backend,
    { timeout = backend.defaults.timeout, signal }: AnyOptions,
    session = backend.session,
  ): Cancellation {
    return this.#parts.deadlines.start(timeout, signal, session);
  }

  async #send(
    call: ActiveCall,
    backend: Backend,
    cancellation: Cancellation,
    options: AnyOptions,
    entries: readonly Entry[],
  ): Promise<Sent> {
    const send = (call: ActiveCall, cancellation: Cancellation): Promise<CallResult> =>
      this.#parts.caller.run(call, backend, cancellation, { request: options });
    const result = await send(call, cancellation);
    if (!result.ok && result.error.status === CONFLICT && options.onConflict !== undefined) {
      const solver = await this.#solver.load().catch(() => undefined);
      const sendAgain = (again: ActiveCall) => send(again, this.#begin(backend, options, cancellation.session));
      if (solver !== undefined)
        return solver.solveConflict(
          { call, result, options, entries },
          this.#parts.cache,
          this.#parts.caller,
          sendAgain,
        );
    }
    return { call, result };
  }

  /** Mutations of one scope are sent one after another, in the order in which they were called. */
  async #inTurn(
    scope: string | undefined,
    cancellation: Cancellation,
    call: ActiveCall,
    send: () => Promise<Sent>,
  ): Promise<Sent> {
    if (scope === undefined) return send();
    const before = this.#scopes.get(scope) ?? NOTHING_BEFORE;
    let leave = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const turn = before.then(() => done);
    this.#scopes.set(scope, turn);
    turn.then(() => this.#scopes.get(scope) === turn && this.#scopes.delete(scope));
    try {
      // What is given up while it waits is not sent any more, which `send` will see.
      await cancellation.race(before, call).catch(() => undefined);
      return await send();
    } finally {
      leave();
    }
  }

  /** Puts the layers on, and takes them off before anybody has seen them if one cannot be computed. */
  apply(call: ActiveCall, layers: readonly PlacedLayer[], entries: readonly Entry[]): void {
    const failure = transact(() => {
      const failed = this.#parts.cache.layers.apply(call, layers).find(({ failure }) => failure !== undefined);
      if (failed === undefined) return undefined;
      const thrown = failed.failure?.error;
      const error = callError('invalid-argument', `the optimistic update threw: ${shown(thrown)}`, call, thrown);
      const cause = this.#parts.caller.end(call, CallOutcome.error, error);
      this.#parts.cache.layers.rollback(call, entries, { cause, reason: 'error' });
      return error;
    });
    if (failure !== undefined) throw failure;
  }

  /**
   * Those of the entries with an answer that came, or is still to come, while the mutation was on its way. After `clear`
   * others may be in their place, which know nothing of it.
   */
  overtaken(entries: readonly Entry[], writesBefore: readonly number[]): readonly Entry[] {
    return entries
      .map((entry) => this.#parts.cache.store.live(entry))
      .filter((entry, i) => entry !== entries[i] || entry.fetching || entry.writes !== writesBefore[i]);
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
    const { cache, queries } = this.#parts;
    const origin = { cause: endSeq, reason: 'commit' } as const;
    // What anybody asks for from here on contains it, also an effect that sees the invalidation.
    const heldAt = cache.tick;
    const renewals = new Map<Entry, Outdated>();
    const outdate = (entry: Entry): void => {
      const cause = cache.markStale(entry, origin);
      if (entry.observers > 0 && !renewals.has(entry)) renewals.set(entry, { entry, cause, reason: origin.reason });
    };
    let failure: NetronError | undefined;
    try {
      for (const outdated of cache.invalidate(selectors, origin)) renewals.set(outdated.entry, outdated);
    } catch (error) {
      failure = error as NetronError;
    }
    for (const entry of overtaken) {
      // Once is enough: the request in flight is outdated already, or none is.
      if (!entry.invalidated || entry.staleTick <= entry.fetch.startedAt) outdate(entry);
    }
    const willRefetch = (entry: Entry): boolean => queries.isWanted(entry) && renewals.has(entry);
    const failed = cache.layers.confirm(call, entries, { result: value, heldAt, willRefetch }, origin);
    for (const { entry, applied } of failed) {
      outdate(entry);
      if (applied.spec.commit === undefined) continue;
      const cause = applied.failure?.error;
      failure ??= callError('invalid-argument', `the commit of a layer threw: ${shown(cause)}`, call, cause);
    }
    for (const [entry, renewal] of renewals) queries.renew(entry, renewal);
    // Those for which a refetch was to come may have lost their last observer at the sight of it.
    for (const entry of entries) if (!entry.fetching) cache.foldHeld(entry, origin);
    if (failure === undefined) return;
    const { reason, cause } = failure;
    throw callError('invalid-argument', `the server has confirmed it, but ${reason}`, call, cause);
  }
}

/** @throws NetronError `invalid-argument` that names the option; nothing was shown or sent then. */
function assertOptions(options: AnyOptions, call: ActiveCall): void {
  assertFields(options, '', CHECKS, call);
  assertSelectors(listOf(options.invalidate), call);
}

function layersOf({ optimistic, target }: AnyOptions, call: ActiveCall): readonly AnyLayer[] {
  if (typeof optimistic !== 'function') return listOf<AnyLayer>(optimistic);
  if (target === undefined) throw optionError('target', target, 'the entry that the optimistic function is for', call);
  return [layer(target, optimistic as never) as AnyLayer];
}

export function entriesOf(layers: readonly PlacedLayer[]): readonly Entry[] {
  return [...new Set(layers.map(({ entry }) => entry))];
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
