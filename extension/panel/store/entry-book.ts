import type { EntryRow } from '../../../protocol/index.js';
import { MAX_ENTRIES, MAX_FORMER_NAMES } from './limits.js';

/** What the page's caches hold now, as far as there is room, and the names of what they held before. */
export class EntryBook {
  readonly rows = new Map<number, EntryRow>();
  readonly #leftOut = new Set<number>();
  readonly #formerNames = new Map<number, string>();

  /** Entries that there is no room for. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  keep(entry: EntryRow): void {
    if (this.rows.size >= MAX_ENTRIES && !this.rows.has(entry.id)) this.#leftOut.add(entry.id);
    else this.rows.set(entry.id, entry);
  }

  /** Its name stays, for the rows that speak of it. */
  forget(id: number): void {
    this.#leftOut.delete(id);
    const entry = this.rows.get(id);
    if (entry === undefined) return;
    this.rows.delete(id);
    this.#formerNames.set(id, nameOf(entry));
    const [oldest] = this.#formerNames.keys();
    if (oldest !== undefined && this.#formerNames.size > MAX_FORMER_NAMES) this.#formerNames.delete(oldest);
  }

  /** Of clients that are gone, or of all where nobody knows which entries are left. */
  forgetWhere(gone: (entry: EntryRow) => boolean): void {
    for (const entry of [...this.rows.values()]) if (gone(entry)) this.forget(entry.id);
  }

  name(id: number): string {
    const entry = this.rows.get(id);
    return entry === undefined ? (this.#formerNames.get(id) ?? `entry ${id}`) : nameOf(entry);
  }

  clear(): void {
    this.rows.clear();
    this.#leftOut.clear();
    this.#formerNames.clear();
  }
}

function nameOf({ service, method, args }: EntryRow): string {
  return `${bare(service)}.${method}(${args})`;
}

/** `users` of `users@1.0.0`: the version is shown where there is room for it. */
export function bare(service: string): string {
  const at = service.indexOf('@');
  return at < 0 ? service : service.slice(0, at);
}
