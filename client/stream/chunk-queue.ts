import { STREAM_BUFFER_CHUNKS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import type { StreamBuffer } from './netron-stream.js';

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: NetronError): void;
}

const DONE = { done: true, value: undefined } as const;

/** Where the chunks of one call wait for their reader, bounded. */
export class ChunkQueue<T> {
  readonly #capacity: number;
  readonly #overflow: 'error' | 'dropOldest';
  readonly #overflowed: () => NetronError;
  readonly #onCancel: () => void;
  #waiting: T[] = [];
  #readers: Reader<T>[] = [];
  /** Nothing more comes, or nothing but the error. */
  #end: { readonly error: NetronError | undefined } | undefined;
  #dropped = 0;

  constructor(
    { capacity = STREAM_BUFFER_CHUNKS, overflow = 'error' }: StreamBuffer,
    overflowed: () => NetronError,
    onCancel: () => void,
  ) {
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#overflowed = overflowed;
    this.#onCancel = onCancel;
  }

  /** Chunks dropped because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  get done(): boolean {
    return this.#end !== undefined;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length > 0) resolve({ done: false, value: this.#waiting.shift() as T });
      else if (this.#end === undefined) this.#readers.push({ resolve, reject });
      else if (this.#end.error === undefined) resolve(DONE);
      else reject(this.#end.error);
    });
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

  end(): void {
    this.fail(undefined);
  }

  /** Chunks that wait are still read before the error, or before the end where there is none. */
  fail(error: NetronError | undefined): void {
    if (this.done) return;
    this.#end = { error };
    const readers = this.#readers.splice(0);
    if (error !== undefined) readers.shift()?.reject(error);
    for (const { resolve } of readers) resolve(DONE);
  }
}
