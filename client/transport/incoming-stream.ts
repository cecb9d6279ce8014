import type { TapCall } from '../../protocol/index.js';
import { callError } from '../call/call-error.js';
import { STREAM_EARLY_CHUNKS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import type { StreamSink } from './transport.js';

/** Puts the chunks of one stream in order and tells the sink; whatever comes after its end is ignored. */
export class IncomingStream {
  readonly #call: TapCall;
  readonly #sink: StreamSink;
  readonly #early = new Map<number, { readonly value: unknown; readonly sizeBytes: number }>();
  #next = 0;
  #done = false;

  constructor(call: TapCall, sink: StreamSink) {
    this.#call = call;
    this.#sink = sink;
  }

  get done(): boolean {
    return this.#done;
  }

  chunk(index: number, value: unknown, sizeBytes: number): void {
    if (this.#done || index < this.#next) return;
    this.#early.set(index, { value, sizeBytes });
    for (
      let chunk = this.#early.get(this.#next);
      chunk !== undefined && !this.#done;
      chunk = this.#early.get(this.#next)
    ) {
      this.#early.delete(this.#next++);
      this.#sink.chunk(chunk.value, chunk.sizeBytes);
    }
    if (this.#early.size > STREAM_EARLY_CHUNKS) {
      this.fail(this.#missing());
    }
  }

  /**
   * The end packet. It may carry the last item: data that is not nil does (PROTOCOL §8). One socket keeps the order, so
   * a chunk that is missing now was lost.
   */
  end(index: number, value: unknown, sizeBytes: number): void {
    const carries = value !== null && value !== undefined;
    if (carries) this.chunk(index, value, sizeBytes);
    if (this.#done) return;
    if (this.#next < (carries ? index + 1 : index)) return this.fail(this.#missing());
    this.#done = true;
    this.#sink.end();
  }

  fail(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#sink.fail(error);
  }

  #missing(): NetronError {
    return callError('protocol', `chunk ${this.#next} of the stream never came`, this.#call);
  }
}
