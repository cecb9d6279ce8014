import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodecError, PacketType } from '../../protocol/index.js';
import { messageOf } from '../errors/message-of.js';
import { toWireError } from '../errors/wire-error.js';
import { dispose } from '../invocation/async-generator.js';
import { type CallContext, runInCall } from '../invocation/call-context.js';
import { BURST_ITEMS } from '../limits.js';
import type { PeerLink } from './peer-link.js';

/** A generator on its way to one client (PROTOCOL §8). */
export class OutgoingStream {
  readonly #link: PeerLink;
  readonly #generator: AsyncGenerator<unknown>;
  readonly #context: CallContext;
  readonly #controller: AbortController;
  #stopped = false;

  /** `controller` is that of the call which made the generator, whose context goes on while it is drawn from. */
  constructor(
    readonly id: number,
    link: PeerLink,
    generator: AsyncGenerator<unknown>,
    context: CallContext,
    controller: AbortController,
  ) {
    this.#link = link;
    this.#generator = generator;
    this.#context = context;
    this.#controller = controller;
  }

  /** Resolves when the stream has ended, in whatever way. Never rejects. */
  async run(): Promise<void> {
    try {
      const count = await runInCall(this.#context, () => this.#pump());
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
    dispose(this.#generator, this.#context);
    // A generator that is waiting gets its `return` only afterwards; this is what wakes it.
    this.#controller.abort();
  }

  async #pump(): Promise<number> {
    let index = 0;
    for await (const item of this.#generator) {
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
      this.#link.chunk(this.id, index, item);
      return true;
    } catch (error) {
      this.#stopped = true;
      this.#link.request(PacketType.streamError, { streamId: this.id, message: messageOf(toWireError(error)) });
      return false;
    }
  }
}
