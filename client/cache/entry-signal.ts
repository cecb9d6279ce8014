import { effect, type Signal, signal, untracked } from '@preact/signals-core';
import { report } from '../report.js';
import type { Entry } from './entry.js';

/** One who is told of what becomes of an entry, in a list in the order of coming. */
interface Watcher {
  readonly listener: (view: unknown) => void;
  /** What it was told last, or what was there when it came. */
  seen: unknown;
  isGone: boolean;
  previous: Watcher | null;
  /** Stays when it goes, so that whoever is just there finds the way on. */
  next: Watcher | null;
}

/** What makes an entry known to signals, and to listeners. An entry that nobody ever looked at has none to pay for. */
export class EntrySignal {
  /** An effect or a component reads it. */
  isTracked = false;
  readonly #entry: Entry;
  readonly #version: Signal<number>;
  #first: Watcher | null = null;
  #last: Watcher | null = null;
  #stop: (() => void) | null = null;

  constructor(entry: Entry) {
    this.#entry = entry;
    this.#version = signal(0, {
      watched: () => {
        this.isTracked = true;
      },
      unwatched: () => {
        this.isTracked = false;
        // It was in use until now.
        if (!entry.evicted) entry.node.home.recency.use(entry);
      },
    });
  }

  /** Subscribes the running effect or computed. */
  track(): void {
    this.#version.value;
  }

  changed(): void {
    const version = this.#version;
    try {
      version.value = version.peek() + 1;
    } catch (error) {
      // By an effect of the app. All effects have run, and what changes here must not be left half done.
      report(error);
    }
  }

  /**
   * Tells the listener whenever readers see something else. Returns what takes it off again: false where it was off
   * already. One effect serves all watchers of an entry, since an effect costs more than everything else about them.
   */
  watch(listener: (view: unknown) => void): () => boolean {
    const previous = this.#last;
    const watcher: Watcher = { listener, seen: this.#entry.view, isGone: false, previous, next: null };
    if (previous === null) this.#first = watcher;
    else previous.next = watcher;
    this.#last = watcher;
    this.#stop ??= effect(() => {
      this.track();
      untracked(() => this.#tell());
    });
    // Whoever keeps what ends it must not keep those who came later.
    let own: Watcher | null = watcher;
    return () => {
      const gone = own;
      own = null;
      return gone !== null && this.#remove(gone);
    };
  }

  #tell(): void {
    for (let watcher = this.#first; watcher !== null; watcher = watcher.next) {
      // One of them may have changed it again.
      const { view } = this.#entry;
      if (watcher.isGone || Object.is(view, watcher.seen)) continue;
      watcher.seen = view;
      try {
        watcher.listener(view);
      } catch (error) {
        // The others are told all the same.
        report(error);
      }
    }
  }

  #remove(watcher: Watcher): true {
    const { previous, next } = watcher;
    watcher.isGone = true;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    if (this.#first === null) {
      this.#stop?.();
      this.#stop = null;
    }
    return true;
  }
}
