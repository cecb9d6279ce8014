/** A list that drops its oldest items over a bound, and counts them. Dropping happens in blocks, so that it stays cheap. */
export class BoundedList<T> {
  #items: T[] = [];
  #dropped = 0;

  constructor(
    readonly capacity: number,
    readonly onDrop: (item: T) => void = () => undefined,
  ) {}

  get items(): readonly T[] {
    return this.#items;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    this.#items.push(item);
    const slack = Math.max(1, this.capacity >> 4);
    if (this.#items.length < this.capacity + slack) return;
    const gone = this.#items.splice(0, this.#items.length - this.capacity);
    this.#dropped += gone.length;
    for (const old of gone) this.onDrop(old);
  }

  clear(): void {
    this.#items = [];
    this.#dropped = 0;
  }
}
