import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodecError, PacketType } from '../../protocol/index.js';
import { messageOf } from '../errors/message-of.js';
import { toWireError } from '../errors/wire-error.js';
import type { Fault } from '../faults/decide-fault.js';
import { dispose } from '../invocation/async-generator.js';
import { runInCall } from '../invocation/call-context.js';
import type { ServedCall } from '../invocation/served-call.js';
import { BURST_ITEMS } from '../limits.js';
import type { PeerLink } from './peer-link.js';
import { streamError } from './upload-stream.js';

export interface StreamSource {
  readonly generator: AsyncGenerator<unknown>;
  /** The one that made the generator; it goes on while it is drawn from. */
  readonly call: ServedCall;
  /** For `duplicate` and `reorder`, which befall each chunk. */
  readonly fault: Fault | undefined;
  /** Ends what the generator may be reading. */
  releaseUploads(failure: Error): void;
}

/** A generator on its way to one client (PROTOCOL §8). */
export class OutgoingStream {
  readonly #link: PeerLink;
  readonly #source: StreamSource;
  #stopped = false;

  constructor(
    readonly id: number,
    link: PeerLink,
    source: StreamSource,
  ) {
    this.#link = link;
    this.#source = source;
  }

  /** Resolves when the stream has ended, in whatever way. Never rejects. */
  async run(): Promise<void> {
    try {
      const count = await runInCall(this.#source.call, () => this.#pump());
      if (!this.#stopped) this.#link.endStream(this.id, count);
    } catch (error) {
      if (!this.#stopped) this.#link.request(PacketType.streamClose, { streamId: this.id, reason: messageOf(error) });
    }
    this.#stopped = true;
  }

  /** Gives the stream up. Nothing more is sent, and the generator's `finally` runs. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    dispose(this.#source.generator, this.#source.call);
    // A generator that is waiting gets its `return` only afterwards; these are what wakes it.
    this.#source.call.abort();
    this.#source.releaseUploads(streamError(410, 'The result that was made of it is not wanted any more', this.id));
  }

  async #pump(): Promise<number> {
    let index = 0;
    for await (const item of this.#source.generator) {
      if (this.#stopped || !this.#send(index, item)) return index;
      index++;
      if (this.#link.congested) await this.#link.flushed();
      else if (index % BURST_ITEMS === 0) await nextTurn();
    }
    return index;
  }

  #send(index: number, item: unknown): boolean {
    try {
      // On the wire a bare nil ends a stream, so it cannot be an item.
      if (item === null) throw new CodecError('unsupported', 'Not supported: null as a stream item');
      this.#link.chunk(this.id, index, item, this.#source.fault);
      return true;
    } catch (error) {
      this.#stopped = true;
      this.#link.request(PacketType.streamError, { streamId: this.id, message: messageOf(toWireError(error)) });
      return false;
    }
  }
}
