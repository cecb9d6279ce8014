import type { TapCall, TapLayer } from '../../protocol/index.js';
import type { EntryRef } from './entry.js';

/**
 * One optimistic change: which entry it shows in, and how. `update` must be pure: it runs again whenever what lies below
 * it changes (rebase), and it may be replayed later.
 */
export interface Layer<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly target: EntryRef<unknown>;
  readonly update: (current: unknown, ...args: A) => unknown;
  /** Folds the confirmed result into the base. Without it the layer stays until the refetch has landed. */
  readonly commit?: (current: unknown, result: R, ...args: A) => unknown;
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

/** A layer in its place on an entry, from its mutation's start until it is folded in or taken away. */
export class AppliedLayer implements TapLayer {
  /**
   * `pending` until the mutation settles; `held` from its success until a fetch that began after it has landed, so that
   * nothing flickers in between.
   */
  state: 'pending' | 'held' = 'pending';
  after: unknown;
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
   * Runs `update` only when what lies below has changed, so that an equal fold is the same value to its readers. Without
   * data below there is nothing to update.
   */
  apply(current: unknown, hasData: boolean): unknown {
    if (this.#applied && this.#below === current) return this.after;
    this.#applied = hasData;
    this.#below = current;
    this.failure = undefined;
    this.after = current;
    if (!hasData) return current;
    try {
      this.after = this.spec.update(current, ...(this.call.args as never));
    } catch (error) {
      this.failure = { error };
    }
    return this.after;
  }

  /** The mutation has succeeded: from here on the layer is held, or folded in by {@link commit}. */
  confirm(result: unknown, heldAt: number): void {
    this.result = result;
    this.state = 'held';
    this.heldAt = heldAt;
  }

  /** The base with this layer in it for good. Where `commit` throws, that is the optimistic value. */
  commit(current: unknown): unknown {
    const { commit } = this.spec;
    if (commit === undefined) return this.apply(current, true);
    try {
      this.failure = undefined;
      return commit(current, this.result as never, ...(this.call.args as never));
    } catch (error) {
      const optimistic = this.apply(current, true);
      this.failure = { error };
      return optimistic;
    }
  }
}
