import type { TapCall } from '../../protocol/index.js';
import { callError } from '../call/call-error.js';
import { STREAM_EARLY_CHUNKS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import type { StreamSink } from './transport.js';

/** Puts the chunks of one stream in order and tells the sink; whatever comes after its end is ignored. */
export class IncomingStream {
  done = false;
  readonly #sink: StreamSink;
  readonly #onDone: (failure?: string) => void;
  readonly #early = new Map<number, { readonly value: unknown; readonly sizeBytes: number }>();
  #next = 0;

  constructor(
    readonly call: TapCall,
    sink: StreamSink,
    /** `failure`: why, where it was not the server that ended it. */
    onDone: (failure?: string) => void,
  ) {
    this.#sink = sink;
    this.#onDone = onDone;
  }

  chunk(index: number, value: unknown, sizeBytes: number): void {
    if (this.done || index < this.#next) return;
    if (index > this.#next) {
      this.#early.set(index, { value, sizeBytes });
      if (this.#early.size > STREAM_EARLY_CHUNKS) this.#missing();
      return;
    }
    this.#next++;
    this.#sink.chunk(value, sizeBytes);
    const next = this.#early.get(this.#next);
    if (next === undefined) return;
    this.#early.delete(this.#next);
    this.chunk(this.#next, next.value, next.sizeBytes);
  }

  /**
   * The end packet. It may carry the last item: data that is not nil does (PROTOCOL §8). One socket keeps the order, so
   * a chunk that is missing now was lost.
   */
  end(index: number, value: unknown, sizeBytes: number): void {
    const carries = value !== null && value !== undefined;
    if (carries) this.chunk(index, value, sizeBytes);
    if (this.done) return;
    if (this.#next < (carries ? index + 1 : index)) return this.#missing();
    this.done = true;
    this.#sink.end();
    this.#onDone();
  }

  fail(error: NetronError): void {
    if (this.done) return;
    this.done = true;
    this.#sink.fail(error);
    this.#onDone(error.code === 'remote' ? undefined : error.reason);
  }

  /** Nobody reads it any more. */
  cancel(): void {
    if (this.done) return;
    this.done = true;
    this.#onDone('cancelled');
  }

  #missing(): void {
    this.fail(callError('protocol', `chunk ${this.#next} of the stream never came`, this.call));
  }
}
