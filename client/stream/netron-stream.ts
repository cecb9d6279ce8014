import type { CallPlace } from '../call/deadline.js';
import { STREAM_BUFFER_CHUNKS } from '../limits.js';
import { NetronError } from '../netron-error.js';

export interface StreamBuffer {
  /** Chunks that may wait for the reader. Default 1,024. */
  readonly capacity?: number;
  /** What happens to one too many: the stream fails, or the oldest waiting chunk is dropped and counted. Default `error`. */
  readonly overflow?: 'error' | 'dropOldest';
}

/** @throws NetronError `invalid-argument` that names the option. */
export function assertBuffer({ capacity, overflow }: StreamBuffer, { backend, service, method }: CallPlace): void {
  const place = { backend, service, method };
  if (capacity !== undefined && !(Number.isInteger(capacity) && capacity >= 1)) {
    const reason = `option buffer.capacity is ${String(capacity)}, expected a whole number from 1 up`;
    throw new NetronError('invalid-argument', reason, place);
  }
  if (overflow !== undefined && overflow !== 'error' && overflow !== 'dropOldest') {
    const reason = `option buffer.overflow is ${JSON.stringify(overflow)}, expected "error" or "dropOldest"`;
    throw new NetronError('invalid-argument', reason, place);
  }
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: NetronError };

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: NetronError): void;
}

/** The chunks of one call, to be read once with `for await`. Leaving the loop cancels the stream at the server. */
export class NetronStream<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
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

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting.length > 0) return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    if (this.#state.kind === 'ended') return Promise.resolve({ done: true, value: undefined });
    if (this.#state.kind === 'failed') return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Called by `break` and `return` in a `for await`. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Stops the stream at the server and ends the iteration. */
  cancel(): void {
    this.#waiting = [];
    if (this.done) return;
    this.end();
    this.#onCancel();
  }

  /** @internal */
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

  /** @internal Chunks that wait are still read. */
  end(): void {
    if (this.done) return;
    this.#state = { kind: 'ended' };
    for (const { resolve } of this.#readers) resolve({ done: true, value: undefined });
    this.#readers = [];
  }

  /** @internal Chunks that wait are still read before the error. */
  fail(error: NetronError): void {
    if (this.done) return;
    this.#state = { kind: 'failed', error };
    const [first, ...others] = this.#readers;
    first?.reject(error);
    for (const { resolve } of others) resolve({ done: true, value: undefined });
    this.#readers = [];
  }
}
