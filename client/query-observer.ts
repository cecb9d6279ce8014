import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import type { TapReason } from '../protocol/index.js';
import type { Entry, EntryRef } from './cache/entry.js';
import { type EntryFetch, NO_FETCH } from './cache/entry-fetch.js';
import type { ClientParts, NetronClient } from './netron-client.js';
import type { NetronError } from './netron-error.js';
import type { QueryOptions } from './query-options.js';

/**
 * An observer of the entry, for what is no Preact component: what hooks are made of. It asks and watches from its `start`
 * to its `stop`.
 */
export function observe<V>(client: NetronClient, ref: EntryRef<V>): QueryObserver<V> {
  return new QueryObserver<V>(client.parts, ref as Entry);
}

/** Whether to ask when somebody begins to watch: where what is there is not fresh, always, or only where nothing is there. */
export type RefetchOnMount = 'stale' | 'always' | false;

/**
 * Keeps one query alive and shows it as signals, for hooks and for anything else that wants to watch. Each signal changes
 * only when its own value does, so reading `data` does not subscribe to `loading`.
 */
export class QueryObserver<V> {
  /** The entry's view; undefined until the first answer. */
  readonly data: ReadonlySignal<V | undefined>;
  /** Whether there was an answer, which may be undefined. */
  readonly hasData: ReadonlySignal<boolean>;
  /** True while there is neither data nor an error. */
  readonly loading: ReadonlySignal<boolean>;
  /** True while a request is in flight, the first or a later one. */
  readonly fetching: ReadonlySignal<boolean>;
  /** Of the last request; undefined again when one succeeds. Data of an earlier success stays. */
  readonly error: ReadonlySignal<NetronError | undefined>;

  /** @internal */
  readonly parts: ClientParts;
  readonly #entry: Signal<Entry>;
  readonly #wanted = signal(false);
  #started = false;
  #options: QueryOptions = {};
  #fetch = NO_FETCH;
  /** Counts starts and stops. */
  #era = 0;

  constructor(parts: ClientParts, entry: Entry) {
    this.parts = parts;
    this.#entry = signal(entry);
    this.data = computed(() => this.#tracked().view as V | undefined);
    this.hasData = computed(() => this.#tracked().hasBase);
    this.fetching = computed(() => this.#tracked().fetching);
    this.error = computed(() => this.#tracked().error ?? undefined);
    this.loading = computed(() => {
      const { hasBase, error, view } = this.#tracked();
      return this.#wanted.value && !hasBase && error === null && view === undefined;
    });
  }

  /** What it watches. @internal */
  get entry(): Entry {
    return this.#entry.peek();
  }

  /** Says whether {@link start} will follow, so that the render before it shows what it waits for as loading. */
  expect(isWanted: boolean): void {
    this.#wanted.value = isWanted;
  }

  /**
   * Watches the entry from now on, and asks for it where `when` says so.
   *
   * @throws NetronError `invalid-argument` for a wrong option; it watches nothing then.
   */
  start(handle: EntryRef<V>, options: QueryOptions, reason: TapReason, when: RefetchOnMount = 'stale'): void {
    this.#era++;
    this.#leave();
    const { parts } = this;
    const entry = parts.cache.store.live(handle as Entry);
    this.configure(options, entry);
    this.#entry.value = entry;
    this.#wanted.value = true;
    this.#started = true;
    const cause = parts.hold(entry, reason);
    entry.request = options;
    if (when === 'always') this.ask(reason, cause);
    else if (when === 'stale' || !entry.hasBase) {
      this.#begin(() => parts.queries.observe(entry, options, { cause, reason }));
    }
  }

  /**
   * What is asked from now on is asked so.
   *
   * @throws NetronError `invalid-argument` for a wrong option; then all stays as it was.
   */
  configure(options: QueryOptions, entry = this.entry): void {
    this.parts.queries.configure(entry, options);
    this.#options = options;
    // What an invalidation asks for is asked so as well.
    if (this.#started) entry.request = options;
  }

  /** Leaves. A request that only this observer waited for is aborted. */
  stop(): void {
    this.#era++;
    this.#wanted.value = false;
    this.#leave();
    // What was asked without watching, too.
    this.#waitFor(NO_FETCH);
  }

  /** Asks again, fresh or not. Resolves to the data; rejects with the error that {@link error} shows too. */
  refetch(reason: TapReason = 'manual'): Promise<V> {
    return this.parts.queries.refetch(this.entry, this.#options, { cause: 0, reason }) as Promise<V>;
  }

  /** The same, for as long as it watches. */
  ask(reason: TapReason, cause = 0): void {
    this.#begin(() => this.parts.queries.ask(this.entry, this.#options, { cause, reason }));
  }

  /** Asks again if what is there is not fresh any more. */
  revalidate(reason: TapReason): void {
    if (this.#started && !this.parts.queries.isFresh(this.entry)) this.ask(reason);
  }

  #begin(ask: () => EntryFetch): void {
    const era = this.#era;
    const fetch = ask();
    // An effect that saw it begin may have stopped this observer, or sent it on.
    if (this.#era === era) this.#waitFor(fetch);
    else fetch.release();
  }

  /** In place of the request before. */
  #waitFor(fetch: EntryFetch): void {
    const before = this.#fetch;
    this.#fetch = fetch;
    before.release();
  }

  #leave(): void {
    if (!this.#started) return;
    const { entry } = this;
    this.#started = false;
    this.parts.release(entry, 'unmount');
    this.#waitFor(NO_FETCH);
  }

  /** The entry; whatever reads it so runs again with every change of it. */
  #tracked(): Entry {
    const entry = this.#entry.value;
    entry.track();
    return entry;
  }
}
