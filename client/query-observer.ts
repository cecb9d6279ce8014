import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import type { TapReason } from '../protocol/index.js';
import * as TapKind from '../protocol/tap/tap-kind.js';
import type { Entry } from './cache/entry.js';
import type { EntryFetch } from './cache/entry-fetch.js';
import type { NetronError } from './netron-error.js';
import type { Queries } from './queries.js';
import type { QueryOptions } from './query-options.js';
import type { ClientTap } from './tap/client-tap.js';

/**
 * Keeps one query alive and shows it as signals, for hooks and for anything else that wants to watch. Each signal changes
 * only when its own value does, so reading `data` does not subscribe to `loading`.
 */
export class QueryObserver<V> {
  /** The entry's view; undefined until the first answer. */
  readonly data: ReadonlySignal<V | undefined>;
  /** True while there is neither data nor an error. */
  readonly loading: ReadonlySignal<boolean>;
  /** True while a request is in flight, the first or a later one. */
  readonly fetching: ReadonlySignal<boolean>;
  /** Of the last request; undefined again when one succeeds. Data of an earlier success stays. */
  readonly error: ReadonlySignal<NetronError | undefined>;

  readonly #queries: Queries;
  readonly #tap: ClientTap | null;
  readonly #entry: Signal<Entry>;
  readonly #wanted = signal(false);
  #started = false;
  #options: QueryOptions = {};
  #fetch: EntryFetch | null = null;

  constructor(entry: Entry, queries: Queries, tap: ClientTap | null) {
    this.#queries = queries;
    this.#tap = tap;
    this.#entry = signal(entry);
    this.data = this.#reads((current) => current.view as V | undefined);
    this.fetching = this.#reads((current) => current.fetching);
    this.error = this.#reads((current) => current.error ?? undefined);
    this.loading = computed(
      () => this.#wanted.value && this.data.value === undefined && this.error.value === undefined && !this.#settled(),
    );
  }

  /** Says that {@link start} will follow, so that the render before it shows what it waits for as loading. */
  expect(): void {
    this.#wanted.value = true;
  }

  /** Watches the entry from now on, and asks for it if it is not fresh. */
  start(handle: Entry, options: QueryOptions, reason: TapReason): void {
    this.#leave();
    const entry = this.#queries.live(handle);
    this.#queries.configure(entry, options);
    this.#options = options;
    this.#entry.value = entry;
    this.#wanted.value = true;
    this.#started = true;
    entry.observers++;
    const cause = this.#note(TapKind.signalSubscribe, entry, reason);
    this.#fetch = this.#queries.observe(entry, options, { cause, reason });
  }

  /** Leaves. A request that only this observer waited for is aborted. */
  stop(): void {
    this.#wanted.value = false;
    this.#leave();
  }

  /** Asks again, fresh or not. Resolves to the data; rejects with the error that {@link error} shows too. */
  refetch(): Promise<V> {
    const asked = this.#queries.refetch(this.#entry.peek(), this.#options, { cause: 0, reason: 'manual' });
    return asked as Promise<V>;
  }

  #leave(): void {
    if (!this.#started) return;
    const entry = this.#entry.peek();
    this.#started = false;
    entry.observers--;
    this.#note(TapKind.signalDispose, entry, 'unmount');
    this.#fetch?.release();
    this.#fetch = null;
  }

  #reads<T>(read: (entry: Entry) => T): ReadonlySignal<T> {
    return computed(() => {
      const entry = this.#entry.value;
      entry.track();
      return read(entry);
    });
  }

  /** A method may well return undefined: then there is no data, and still nothing to wait for. */
  #settled(): boolean {
    const entry = this.#entry.value;
    entry.track();
    return entry.hasBase;
  }

  #note(kind: number, entry: Entry, reason: TapReason): number {
    return this.#tap === null ? 0 : this.#tap.emit(kind, 0, reason, entry, entry.observers, null);
  }
}
