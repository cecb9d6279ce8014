/** The far end of every fetch: answers in a later turn, as a network does, and counts. */
export class Network {
  calls = 0;
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  readonly load = (): Promise<unknown> => {
    this.calls++;
    return new Promise((resolve) => setImmediate(() => resolve(this.#value)));
  };
}
