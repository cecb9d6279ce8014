import type { Entry } from './entry.js';

/**
 * Entries in the order of their last use, as a ring of links in the entries themselves:
 *
 * ```
 *   ┌──────────────────────────────────────────────┐
 *   └─▶ end ──newer──▶ oldest ──newer──▶ … newest ─┘      entries up to `mark` were not used since the last sweep
 *         ◀──older───        ◀──older──
 * ```
 */
export class Recency {
  /** Stands between the newest and the oldest; holds no value. */
  readonly #end: Entry;
  #mark: Entry;
  size = 0;

  constructor(end: Entry) {
    end.newer = end;
    end.older = end;
    this.#end = end;
    this.#mark = end;
  }

  /** Makes it the newest. */
  use(entry: Entry): void {
    const end = this.#end;
    if (this.#mark === entry) this.#mark = entry.older as Entry;
    if (end.older === entry) return;
    if (entry.newer === null) this.size++;
    else this.#unlink(entry);
    const newest = end.older as Entry;
    entry.older = newest;
    entry.newer = end;
    newest.newer = entry;
    end.older = entry;
  }

  remove(entry: Entry): void {
    if (this.#mark === entry) this.#mark = entry.older as Entry;
    this.#unlink(entry);
    entry.newer = null;
    entry.older = null;
    this.size--;
  }

  get oldest(): Entry | undefined {
    return this.size === 0 ? undefined : (this.#end.newer as Entry);
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<Entry, void> {
    for (let entry = this.#end.newer as Entry; entry !== this.#end; entry = entry.newer as Entry) yield entry;
  }

  /** Those that were not used since it was asked for the last time. */
  sweep(): Entry[] {
    const unused: Entry[] = [];
    if (this.#mark !== this.#end) {
      for (const entry of this) {
        unused.push(entry);
        if (entry === this.#mark) break;
      }
    }
    this.#mark = this.#end.older as Entry;
    return unused;
  }

  #unlink(entry: Entry): void {
    (entry.older as Entry).newer = entry.newer;
    (entry.newer as Entry).older = entry.older;
  }
}
