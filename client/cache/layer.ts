import { untracked } from '@preact/signals-core';
import type { TapCall, TapLayer } from '../../protocol/index.js';
import { NetronError } from '../netron-error.js';
import type { EntryRef } from './entry.js';
import { shareStructure } from './share-structure.js';

/**
 * One optimistic change: which entry it shows in, and how. `update` must be pure: it runs again whenever what lies below
 * it changes (rebase), and it may be replayed later.
 */
export interface Layer<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly target: EntryRef<unknown>;
  readonly update: (current: unknown, ...args: A) => unknown;
  /** Folds the confirmed result into the base. Without it the layer stays until the refetch has landed. */
  readonly commit?: ((current: unknown, result: R, ...args: A) => unknown) | undefined;
}

/**
 * A typed layer on one entry: `layer(client.entry(Users, 'get', ['42']), (user, id, patch) => ({ ...user, ...patch }))`.
 * It does nothing while the entry holds no data yet.
 */
export function layer<V, A extends readonly unknown[], R>(
  target: EntryRef<V>,
  update: (current: V, ...args: A) => V,
  commit?: (current: V, result: R, ...args: A) => V,
): Layer<A, R> {
  return {
    target,
    update: update as Layer<A, R>['update'],
    ...(commit === undefined ? {} : { commit: commit as NonNullable<Layer<A, R>['commit']> }),
  };
}

/** How many functions of layers run right now. */
let running = 0;

/** @throws NetronError `invalid-argument` where a function of a layer runs: it runs again and again, and must be pure. */
export function assertNoUpdate(): void {
  if (running > 0) throw new NetronError('invalid-argument', 'an optimistic update must not change anything itself');
}

/** A layer in its place on an entry, from its mutation's start until it is folded in or taken away. */
export class AppliedLayer implements TapLayer {
  /**
   * `pending` until the mutation settles; `held` from its success until it can become part of the base, so that nothing
   * flickers in between.
   */
  state: 'pending' | 'held' = 'pending';
  /** A fetch that began after its success is to land first; else only the layers below it are waited for. */
  awaitsFetch = false;
  after: unknown;
  /** The last fold ran it again, over something else than before. */
  isRebased = false;
  /** The cache's tick at which it became `held`. */
  heldAt = 0;
  /** Of the mutation, once it has succeeded. */
  result: unknown;
  /** Why the last fold left this layer out: what its `update` or `commit` threw on what lay below. */
  failure: { readonly error: unknown } | undefined;

  #applied = false;
  #below: unknown;

  constructor(
    readonly call: TapCall,
    readonly spec: Layer<never, never>,
  ) {}

  /**
   * Runs `update`, once the mutation has succeeded `commit`, only when what lies below has changed, so that an equal fold
   * is the same value to its readers. Without data below there is nothing to update.
   */
  apply(current: unknown, hasData: boolean): unknown {
    this.isRebased = this.#applied && this.#below !== current;
    if (this.#applied && !this.isRebased) return this.after;
    this.#applied = hasData;
    this.#below = current;
    this.failure = undefined;
    if (!hasData) this.after = current;
    else {
      running++;
      try {
        // What the app's functions read is no business of an effect that mutates.
        this.after = untracked(() => this.#run(current));
      } finally {
        running--;
      }
    }
    return this.after;
  }

  /** The mutation has succeeded. */
  confirm(result: unknown, heldAt: number, awaitsFetch: boolean): void {
    this.result = result;
    this.state = 'held';
    this.heldAt = heldAt;
    this.awaitsFetch = awaitsFetch;
    // It says more now than before.
    if (this.spec.commit !== undefined) this.#applied = false;
  }

  /** Where `commit` throws it is the optimistic value, where `update` does it is what lies below. */
  #run(current: unknown): unknown {
    const { update, commit } = this.spec;
    const args = this.call.args as never;
    const shown = this.after;
    try {
      if (commit !== undefined && this.state === 'held') {
        return shareStructure(shown, commit(current, this.result as never, ...args));
      }
    } catch (error) {
      this.failure = { error };
    }
    try {
      return update(current, ...args);
    } catch (error) {
      this.failure ??= { error };
      return current;
    }
  }
}
