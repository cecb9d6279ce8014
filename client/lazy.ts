/** What is loaded with its first use. A load that fails is forgotten, so that the next use tries again. */
export class Lazy<T> {
  /** Once it is there: nobody has to wait for it then. */
  value: T | undefined;
  loading: Promise<T> | undefined;
  readonly #load: () => Promise<T>;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  load(): Promise<T> {
    this.loading ??= this.#load().then(
      (value) => {
        this.value = value;
        return value;
      },
      (error) => {
        this.loading = undefined;
        throw error;
      },
    );
    return this.loading;
  }
}
