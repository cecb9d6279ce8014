import type { Entry } from './entry.js';
import { isSame } from './same-args.js';

/** A hash of the arguments, or the text that stands for them where the app says so. */
export type EntryKey = number | string;

/** The entries of one method by their arguments. Those whose hashes are equal, though their arguments are not, form a chain. */
export class EntryIndex {
  readonly #first = new Map<EntryKey, Entry>();
  size = 0;

  find(key: EntryKey, args: readonly unknown[]): Entry | undefined {
    let entry = this.#first.get(key) ?? null;
    while (entry !== null && typeof key === 'number' && !isSame(entry.args, args)) entry = entry.next;
    return entry ?? undefined;
  }

  add(entry: Entry): void {
    entry.next = this.#first.get(entry.key) ?? null;
    this.#first.set(entry.key, entry);
    this.size++;
  }

  remove(entry: Entry): void {
    const { key, next } = entry;
    this.size--;
    // Where each is the first of its chain, as nearly always.
    if (this.#first.size > this.size) {
      this.#first.delete(key);
      return;
    }
    const first = this.#first.get(key) as Entry;
    if (first !== entry) {
      let before = first;
      while (before.next !== entry) before = before.next as Entry;
      before.next = next;
    } else if (next !== null) this.#first.set(key, next);
    else this.#first.delete(key);
    entry.next = null;
  }

  each(visit: (entry: Entry) => void): void {
    for (const first of this.#first.values()) {
      for (let entry: Entry | null = first; entry !== null; entry = entry.next) visit(entry);
    }
  }
}
