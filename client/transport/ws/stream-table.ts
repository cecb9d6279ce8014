import { textOr } from '../../../protocol/codec/foreign-value.js';
import type { MessagePacket, StreamPacket, TapCall } from '../../../protocol/index.js';
import * as PacketKind from '../../../protocol/packet-kind.js';
import { callError } from '../../call/call-error.js';
import { DISCARDED_STREAMS, EARLY_STREAMS, STREAM_EARLY_CHUNKS } from '../../limits.js';
import type { NetronError } from '../../netron-error.js';
import { IncomingStream } from '../incoming-stream.js';
import type { StreamSink } from '../transport.js';
import type { LossCode } from './link-state.js';
import type { Outbox } from './outbox.js';
import { fromWireValue } from './wire-error.js';

type StreamTraffic = readonly [packet: StreamPacket | MessagePacket, sizeBytes: number];

/** The streams that a connection brings us, by their ids. */
export class StreamTable {
  readonly #open = new Map<number, IncomingStream>();
  /** Chunks that came before the response which names their stream (PROTOCOL §8). */
  readonly #early = new Map<number, StreamTraffic[]>();
  /** Streams that were closed from here: Titan goes on sending them (PROTOCOL §8). */
  readonly #discarded = new Set<number>();
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  isOpen(streamId: number): boolean {
    return this.#open.has(streamId);
  }

  /** `onDone`: see {@link IncomingStream}. */
  open(streamId: number, call: TapCall, sink: StreamSink, onDone: (failure?: string) => void): void {
    const stream = new IncomingStream(call, sink, onDone);
    this.#open.set(streamId, stream);
    const early = this.#early.get(streamId) ?? [];
    this.#early.delete(streamId);
    for (const traffic of early.slice(0, STREAM_EARLY_CHUNKS)) if (!stream.done) this.take(streamId, ...traffic);
    if (early.length <= STREAM_EARLY_CHUNKS) return;
    const reason = `more than ${STREAM_EARLY_CHUNKS} chunks of the stream came before its response`;
    this.fail(streamId, callError('overflow', reason, call));
  }

  /** What belongs to a stream. */
  take(streamId: number, packet: StreamPacket | MessagePacket, sizeBytes: number): void {
    const stream = this.#open.get(streamId);
    if (stream === undefined) return this.#keepEarly(streamId, [packet, sizeBytes]);
    if (packet.type !== PacketKind.STREAM) {
      // An end without its end packet is a failure, whatever the reason says (PROTOCOL §8).
      this.#open.delete(streamId);
      const { message, reason } = packet.data as { readonly message?: unknown; readonly reason?: unknown };
      const text = textOr(message, textOr(reason, 'closed before its end'));
      return stream.fail(fromWireValue(text, stream.call));
    }
    const { index, data, endOfStream } = packet;
    if (endOfStream) stream.end(index, data, sizeBytes);
    else stream.chunk(index, data, sizeBytes);
    // It failed before its end, so the server goes on.
    if (stream.done && this.#open.delete(streamId) && !endOfStream) this.discard(streamId);
  }

  cancel(streamId: number): void {
    const stream = this.#open.get(streamId);
    if (this.#open.delete(streamId)) this.discard(streamId);
    stream?.cancel();
  }

  /** It cannot go on from here. */
  fail(streamId: number, error: NetronError): void {
    const stream = this.#open.get(streamId);
    if (this.#open.delete(streamId)) this.discard(streamId);
    stream?.fail(error);
  }

  /** Tells the server to stop, unless it is being read, and knows what still comes as nobody's. */
  discard(streamId: number): void {
    if (this.#open.has(streamId)) return;
    this.#early.delete(streamId);
    this.#discarded.add(streamId);
    const [oldest] = this.#discarded;
    if (this.#discarded.size > DISCARDED_STREAMS) this.#discarded.delete(oldest as number);
    this.#outbox.post(PacketKind.STREAM_CLOSE, { streamId, reason: 'cancelled' });
  }

  lost(reason: string, code: LossCode): void {
    const open = [...this.#open.values()];
    for (const table of [this.#open, this.#early, this.#discarded]) table.clear();
    for (const stream of open) stream.fail(callError(code, reason, stream.call));
  }

  #keepEarly(streamId: number, traffic: StreamTraffic): void {
    // A call in flight alone may still name a stream that is not known yet.
    if (this.#outbox.waiting.size === 0) return this.#early.clear();
    const kept = this.#early.get(streamId) ?? [];
    // One too many is kept, for whoever opens it to see.
    const isFull = kept.length === 0 ? this.#early.size >= EARLY_STREAMS : kept.length > STREAM_EARLY_CHUNKS;
    if (isFull || this.#discarded.has(streamId)) return;
    kept.push(traffic);
    this.#early.set(streamId, kept);
  }
}
