import type { Exchange } from './exchange.js';

const INITIAL_SLOTS = 64;

/**
 * Requests that wait for their answers, by packet id. A table of the ids' last bits, at most half full, and not a `Map`:
 * those that a map has outgrown stay linked to the next one, so that once one of them is old for the collector, it keeps
 * every request and answer of a busy connection alive until the next full collection, and makes all others slow.
 */
export class Waiting {
  size = 0;
  #slots: (Exchange | undefined)[] = new Array(INITIAL_SLOTS).fill(undefined);

  /** A request may have this id: no other has its place. */
  hasRoomFor(id: number): boolean {
    return this.#slots[this.#slotOf(id)] === undefined;
  }

  get(id: number): Exchange | undefined {
    const exchange = this.#slots[this.#slotOf(id)];
    return exchange?.id === id ? exchange : undefined;
  }

  all(): readonly Exchange[] {
    return this.#slots.filter((exchange) => exchange !== undefined);
  }

  add(exchange: Exchange): void {
    if (++this.size > this.#slots.length / 2) {
      const all = this.all();
      this.#slots = new Array(this.#slots.length * 2).fill(undefined);
      for (const other of all) this.#slots[this.#slotOf(other.id)] = other;
    }
    this.#slots[this.#slotOf(exchange.id)] = exchange;
  }

  delete(exchange: Exchange): void {
    if (this.get(exchange.id) !== exchange) return;
    this.#slots[this.#slotOf(exchange.id)] = undefined;
    this.size--;
  }

  #slotOf(id: number): number {
    return id & (this.#slots.length - 1);
  }
}
