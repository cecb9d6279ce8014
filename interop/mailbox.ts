/** Keeps the events of one subscription until the case asks for them. */
export class Mailbox {
  readonly #arrived: (readonly unknown[])[] = [];
  #wanted: { readonly fits: (args: readonly unknown[]) => boolean; give(args: readonly unknown[]): void } | undefined;
  onLeave: () => void = () => undefined;

  readonly put = (...args: readonly unknown[]): void => {
    if (this.#wanted?.fits(args) !== true) return void this.#arrived.push(args);
    this.#wanted.give(args);
    this.#wanted = undefined;
  };

  /** Events that nobody has taken. */
  get waiting(): number {
    return this.#arrived.length;
  }

  /** The oldest event that fits; waits for it as long as the case lasts. Others on the way are left where they are. */
  take(fits: (args: readonly unknown[]) => boolean = () => true): Promise<readonly unknown[]> {
    const at = this.#arrived.findIndex(fits);
    if (at >= 0) return Promise.resolve(this.#arrived.splice(at, 1)[0] ?? []);
    return new Promise((give) => {
      this.#wanted = { fits, give };
    });
  }

  leave(): void {
    this.onLeave();
  }
}
