import { STREAM_BUFFER_CHUNKS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import type { StreamBuffer } from './netron-stream.js';

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: NetronError };

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: NetronError): void;
}

/** Where the chunks of one call wait for their reader, bounded. */
export class ChunkQueue<T> {
  readonly #capacity: number;
  readonly #overflow: 'error' | 'dropOldest';
  readonly #overflowed: () => NetronError;
  readonly #onCancel: () => void;
  #waiting: T[] = [];
  #readers: Reader<T>[] = [];
  #state: State = { kind: 'open' };
  #dropped = 0;

  constructor(buffer: StreamBuffer, overflowed: () => NetronError, onCancel: () => void) {
    this.#capacity = buffer.capacity ?? STREAM_BUFFER_CHUNKS;
    this.#overflow = buffer.overflow ?? 'error';
    this.#overflowed = overflowed;
    this.#onCancel = onCancel;
  }

  /** Chunks dropped because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  get done(): boolean {
    return this.#state.kind !== 'open';
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting.length > 0) return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    if (this.#state.kind === 'ended') return Promise.resolve({ done: true, value: undefined });
    if (this.#state.kind === 'failed') return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Stops the stream at the server and ends the iteration. */
  cancel(): void {
    this.#waiting = [];
    if (this.done) return;
    this.end();
    this.#onCancel();
  }

  push(chunk: T): void {
    if (this.done) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: chunk });
    if (this.#waiting.length >= this.#capacity) {
      if (this.#overflow === 'error') {
        this.fail(this.#overflowed());
        return this.#onCancel();
      }
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#waiting.push(chunk);
  }

  /** Chunks that wait are still read. */
  end(): void {
    if (this.done) return;
    this.#state = { kind: 'ended' };
    for (const { resolve } of this.#readers) resolve({ done: true, value: undefined });
    this.#readers = [];
  }

  /** Chunks that wait are still read before the error. */
  fail(error: NetronError): void {
    if (this.done) return;
    this.#state = { kind: 'failed', error };
    const [first, ...others] = this.#readers;
    first?.reject(error);
    for (const { resolve } of others) resolve({ done: true, value: undefined });
    this.#readers = [];
  }
}
