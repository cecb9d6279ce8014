import { type StreamPacket, TitanError } from '../../protocol/index.js';
import { MAX_EARLY_CHUNKS, MAX_UNORDERED_CHUNKS } from '../limits.js';
import type { ByteBudget } from './byte-budget.js';

interface Chunk {
  readonly value: unknown;
  readonly bytes: number;
}

type UploadState =
  | { readonly name: 'open' }
  /** The items that are left are still given out. */
  | { readonly name: 'ended' }
  | { readonly name: 'failed'; readonly error: Error };

/**
 * What one client sends item by item, in the order of its indexes (PROTOCOL §8). For one reader.
 *
 *     received: 0 1 2 . 4 5 .      queue: [0 1 2], unread    ahead: {4, 5}, waiting for 3
 */
export class UploadStream implements AsyncIterable<unknown> {
  readonly #budget: ByteBudget;
  #queue: Chunk[] = [];
  readonly #ahead = new Map<number, Chunk>();
  #nextIndex = 0;
  #endIndex = Number.POSITIVE_INFINITY;
  #state: UploadState = { name: 'open' };
  #claimed = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly id: number,
    budget: ByteBudget,
  ) {
    this.#budget = budget;
  }

  /** Whether a call has taken it as its argument. */
  get claimed(): boolean {
    return this.#claimed;
  }

  get open(): boolean {
    return this.#state.name === 'open';
  }

  claim(): void {
    this.#claimed = true;
  }

  /** Takes one chunk. Returns why the stream must be refused, where it breaks a bound. */
  push({ index, data, endOfStream }: StreamPacket, bytes: number): string | undefined {
    // What comes twice, or after the end, says nothing new.
    if (!this.open || index < this.#nextIndex || this.#ahead.has(index) || index >= this.#endIndex) return undefined;
    if (endOfStream) this.#endIndex = data === null ? index : index + 1;
    // A bare nil ends a stream for Titan's reader even without the flag.
    else if (data === null) this.#endIndex = index;
    if (data !== null) {
      if (!this.#budget.take(bytes)) return 'unread-bytes-limit-reached';
      this.#ahead.set(index, { value: data, bytes });
      if (this.#ahead.size > MAX_UNORDERED_CHUNKS) return 'reorder-limit-reached';
    }
    this.#advance();
    return !this.#claimed && this.#queue.length > MAX_EARLY_CHUNKS ? 'early-chunk-limit-reached' : undefined;
  }

  /** The end without a failure: items in order are still given out, those behind a gap are not. */
  close(): void {
    this.#settle({ name: 'ended' });
  }

  /** The reader gets what is in order, then the error. */
  fail(error: Error): void {
    this.#settle({ name: 'failed', error });
  }

  /** Forgets what was not read. */
  discard(): void {
    this.#settle({ name: 'ended' });
    for (const { bytes } of this.#queue) this.#budget.give(bytes);
    this.#queue = [];
  }

  /** @throws TitanError `StreamError` when the client or the server gave the stream up. */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (;;) {
      const batch = this.#queue;
      this.#queue = [];
      for (const { bytes } of batch) this.#budget.give(bytes);
      for (const { value } of batch) yield value;
      if (this.#queue.length > 0) continue;
      if (this.#state.name === 'failed') throw this.#state.error;
      if (this.#state.name === 'ended') return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #advance(): void {
    for (let chunk = this.#ahead.get(this.#nextIndex); chunk !== undefined; chunk = this.#ahead.get(this.#nextIndex)) {
      this.#ahead.delete(this.#nextIndex);
      this.#nextIndex++;
      this.#queue.push(chunk);
    }
    if (this.#nextIndex >= this.#endIndex) this.#settle({ name: 'ended' });
    else this.#wake();
  }

  #settle(state: UploadState): void {
    if (!this.open) return;
    this.#state = state;
    for (const { bytes } of this.#ahead.values()) this.#budget.give(bytes);
    this.#ahead.clear();
    this.#wake();
  }
}

/** Titan's error for streams: 500 for a failure, 410 for one that is gone, 429 for too much. */
export function streamError(code: 410 | 429 | 500, message: string, streamId: number): TitanError {
  return new TitanError(code, message, { name: 'StreamError', details: { streamId }, extras: { streamId } });
}
