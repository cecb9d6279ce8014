/** A call that has reached the server and waits there until the test lets it go on. */
export class HeldCall {
  readonly answered: Promise<unknown>;
  #run: () => unknown;
  #result: { readonly value: unknown } | undefined;
  #answer: (value: unknown) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(
    readonly method: string,
    readonly args: readonly unknown[],
    run: () => unknown,
  ) {
    this.#run = run;
    this.answered = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
    });
    // A test may fail it before the service has begun to wait.
    this.answered.catch(() => undefined);
  }

  /** Does the work at the server; the answer is not sent yet. */
  apply(): this {
    this.#result ??= { value: structuredClone(this.#run()) };
    return this;
  }

  get applied(): boolean {
    return this.#result !== undefined;
  }

  /** Sends the answer, after the work if that was not done yet. */
  answer(): void {
    this.apply();
    this.#answer(this.#result?.value);
  }

  /** Fails the call; what {@link apply} has done stays done. */
  fail(error: unknown): void {
    this.#fail(error);
  }
}

/** Holds the calls of a service, in order of arrival. */
export class Gate {
  /** Names of the methods that wait; others run at once. */
  readonly closed = new Set<string>();
  readonly held: HeldCall[] = [];
  /** Calls in all, by method. */
  readonly counts = new Map<string, number>();
  readonly #waiting: { readonly method: string; readonly resolve: (call: HeldCall) => void }[] = [];

  /** Opens all methods and forgets what was, for the next test. */
  reset(): void {
    this.closed.clear();
    this.counts.clear();
    for (const call of this.held.splice(0)) call.fail(new Error('the test is over'));
    this.#waiting.length = 0;
  }

  close(...methods: string[]): void {
    for (const method of methods) this.closed.add(method);
  }

  /** For the service: runs the work now, or when the test says so. */
  async enter(method: string, args: readonly unknown[], run: () => unknown): Promise<unknown> {
    this.counts.set(method, this.count(method) + 1);
    if (!this.closed.has(method)) return run();
    const call = new HeldCall(method, args, run);
    const at = this.#waiting.findIndex((waiting) => waiting.method === method);
    if (at < 0) this.held.push(call);
    else this.#waiting.splice(at, 1)[0]?.resolve(call);
    return call.answered;
  }

  count(method: string): number {
    return this.counts.get(method) ?? 0;
  }

  /** The oldest held call of the method; waits until there is one. */
  next(method: string): Promise<HeldCall> {
    const at = this.held.findIndex((call) => call.method === method);
    const [found] = at < 0 ? [] : this.held.splice(at, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }
}
