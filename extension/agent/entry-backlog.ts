import type { Tap, TapEntry } from '../../protocol/index.js';
import { entriesOf } from './page-taps.js';

/** Entries that the panel has to hear of though no record mentions them, each once, with the client that holds it. */
export class EntryBacklog {
  /** Made when it is needed: a page that has broken `Map` is still to be told so. */
  #waiting: Map<TapEntry, string> | undefined;
  /** Sent as invalidated, and not as anything else since. */
  readonly #invalidated = new WeakSet<TapEntry>();

  get size(): number {
    return this.#waiting?.size ?? 0;
  }

  queueAll(tap: Tap): void {
    for (const entry of entriesOf(tap)) this.#queue(entry, tap);
  }

  /** An invalidation has one record, whatever it means: which entries nobody observes it reached, they say themselves. */
  queueInvalidated(tap: Tap): void {
    for (const entry of entriesOf(tap)) {
      if (!this.#invalidated.has(entry) && isInvalidated(entry)) this.#queue(entry, tap);
    }
  }

  /** At most so many, the first first. */
  *take(count: number): Generator<readonly [TapEntry, string], void> {
    let left = Math.floor(count);
    for (const item of this.#waiting ?? []) {
      if (left-- <= 0) return;
      this.#waiting?.delete(item[0]);
      yield item;
    }
  }

  sent(entry: TapEntry, invalidated: boolean): void {
    if (invalidated) this.#invalidated.add(entry);
    else this.#invalidated.delete(entry);
  }

  clear(): void {
    this.#waiting = undefined;
  }

  #queue(entry: TapEntry, { clientId }: Tap): void {
    this.#waiting ??= new Map();
    this.#waiting.set(entry, clientId);
  }
}

/** One entry that cannot be read hides no other. */
function isInvalidated(entry: TapEntry): boolean {
  try {
    return entry.invalidated;
  } catch {
    return false;
  }
}
