import type { ChunkQueue } from './chunk-queue.js';

/** What becomes of chunks that come faster than they are read. */
export interface StreamBuffer {
  /** Chunks that may wait for the reader, 1 and up. Default 1,024. */
  readonly capacity?: number | undefined;
  /** What happens to one too many: the stream fails, or the oldest waiting chunk is dropped and counted. Default `error`. */
  readonly overflow?: 'error' | 'dropOldest' | undefined;
}

const DONE = { done: true, value: undefined } as const;

/**
 * The chunks of one call, to be read once with `for await`. Leaving the loop cancels the stream at the server. What
 * streams need is loaded with the first of them, so this is only the handle.
 */
export class NetronStream<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #opening: Promise<ChunkQueue<T>>;
  #queue: ChunkQueue<T> | undefined;
  #cancelled = false;

  /** @internal */
  constructor(opening: Promise<ChunkQueue<T>>) {
    this.#opening = opening;
    opening.then(
      (queue) => {
        this.#queue = queue;
        if (this.#cancelled) queue.cancel();
      },
      () => undefined,
    );
  }

  /** Chunks dropped because the reader was too slow. */
  get dropped(): number {
    return this.#queue?.dropped ?? 0;
  }

  /** No more chunks will arrive: it has ended, failed or was cancelled. Those that wait are still to be read. */
  get done(): boolean {
    return this.#cancelled || this.#queue?.done === true;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    return this.#cancelled ? DONE : (await this.#opening).next();
  }

  /** Called by `break` and `return` in a `for await`. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.cancel();
    return DONE;
  }

  /** Stops the stream at the server and ends the iteration. */
  cancel(): void {
    this.#cancelled = true;
    this.#queue?.cancel();
  }
}
