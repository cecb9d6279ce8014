import type { MessagePacket, StreamPacket, TapCall } from '../../../protocol/index.js';
import { PacketType } from '../../../protocol/packet.js';
import { callError } from '../../call/call-error.js';
import { DISCARDED_STREAMS, EARLY_STREAMS, STREAM_EARLY_CHUNKS } from '../../limits.js';
import { IncomingStream } from '../incoming-stream.js';
import type { StreamSink } from '../transport.js';
import { fromWireValue } from './wire-error.js';

type StreamTraffic = { readonly packet: StreamPacket | MessagePacket; readonly sizeBytes: number };

/** The streams that a connection brings us, by their ids. */
export class StreamTable {
  readonly #open = new Map<number, { readonly stream: IncomingStream; readonly call: TapCall }>();
  /** Chunks that came before the response which names their stream (PROTOCOL §8). */
  readonly #early = new Map<number, StreamTraffic[]>();
  /** Streams that were closed from here: Titan goes on sending them (PROTOCOL §8). */
  readonly #discarded = new Set<number>();
  readonly #sendClose: (streamId: number) => void;

  constructor(sendClose: (streamId: number) => void) {
    this.#sendClose = sendClose;
  }

  open(streamId: number, call: TapCall, sink: StreamSink): void {
    const stream = new IncomingStream(call, sink);
    this.#open.set(streamId, { stream, call });
    const early = this.#early.get(streamId) ?? [];
    this.#early.delete(streamId);
    for (const { packet, sizeBytes } of early) if (!stream.done) this.take(packet, sizeBytes, true);
  }

  /** What belongs to a stream. `expected`: a call in flight may still name a stream that is not known yet. */
  take(packet: StreamPacket | MessagePacket, sizeBytes: number, expected: boolean): void {
    const streamId = packet.type === PacketType.stream ? packet.streamId : streamIdOf(packet.data);
    if (streamId === undefined) return;
    const open = this.#open.get(streamId);
    if (open === undefined) return this.#keepEarly(streamId, { packet, sizeBytes }, expected);
    const { stream, call } = open;
    if (packet.type !== PacketType.stream) {
      // An end without its end packet is a failure, whatever the reason says (PROTOCOL §8).
      this.#open.delete(streamId);
      return stream.fail(fromWireValue(reasonOf(packet.data), call));
    }
    if (packet.endOfStream) stream.end(packet.index, packet.data, sizeBytes);
    else stream.chunk(packet.index, packet.data, sizeBytes);
    if (!stream.done || !this.#open.delete(streamId)) return;
    // It failed before its end, so the server goes on.
    if (!packet.endOfStream) this.discard(streamId);
  }

  cancel(streamId: number): void {
    if (this.#open.delete(streamId)) this.discard(streamId);
  }

  /** Tells the server to stop, and knows what still comes as nobody's. */
  discard(streamId: number): void {
    this.#early.delete(streamId);
    this.#discarded.add(streamId);
    const [oldest] = this.#discarded;
    if (this.#discarded.size > DISCARDED_STREAMS && oldest !== undefined) this.#discarded.delete(oldest);
    this.#sendClose(streamId);
  }

  failAll(reason: string, code: 'network' | 'protocol' | 'too-large'): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#early.clear();
    this.#discarded.clear();
    for (const { stream, call } of open) stream.fail(callError(code, reason, call));
  }

  #keepEarly(streamId: number, traffic: StreamTraffic, expected: boolean): void {
    if (!expected) return this.#early.clear();
    if (this.#discarded.has(streamId)) return;
    const kept = this.#early.get(streamId) ?? [];
    if (kept.length >= STREAM_EARLY_CHUNKS || (kept.length === 0 && this.#early.size >= EARLY_STREAMS)) return;
    kept.push(traffic);
    this.#early.set(streamId, kept);
  }
}

/** Of a STREAM_CLOSE or STREAM_ERROR; undefined when it names none. */
export function streamIdOf(data: unknown): number | undefined {
  const id: unknown = (data as { streamId?: unknown } | null | undefined)?.streamId;
  return typeof id === 'number' ? id : undefined;
}

function reasonOf(data: unknown): string {
  const { message, reason } = data as { message?: unknown; reason?: unknown };
  if (typeof message === 'string') return message;
  return typeof reason === 'string' ? reason : 'closed before its end';
}
