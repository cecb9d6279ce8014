import { PacketType } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { dispose } from '../invocation/async-generator.js';
import { OutgoingStream, type StreamSource } from './outgoing-stream.js';
import type { PeerLink } from './peer-link.js';

/** The result streams of one peer. */
export class OutgoingStreams {
  readonly #backend: Backend;
  readonly #link: PeerLink;
  readonly #streams = new Map<number, OutgoingStream>();

  constructor(backend: Backend, link: PeerLink) {
    this.#backend = backend;
    this.#link = link;
  }

  /** Sends the items of a generator. Resolves when that is over, in whatever way. */
  async send(streamId: number, source: StreamSource): Promise<void> {
    const { counters, limits } = this.#backend;
    if (this.#streams.size >= limits.streams) {
      counters.refusedStreams++;
      this.#link.request(PacketType.streamClose, { streamId, reason: 'stream-limit-reached' });
      return dispose(source.generator, source.call);
    }
    const stream = new OutgoingStream(streamId, this.#link, source);
    this.#streams.set(streamId, stream);
    counters.streams++;
    counters.openStreams++;
    await stream.run();
    this.#streams.delete(streamId);
    counters.openStreams--;
  }

  /** One that has just ended by itself is none to stop, and no error of the client. */
  stop(streamId: number): void {
    this.#streams.get(streamId)?.stop();
  }

  clear(): void {
    for (const stream of this.#streams.values()) stream.stop();
  }
}
