import type { WebSocket } from 'ws';
import {
  HANDSHAKE_FIRST_BYTE,
  type MessagePacket,
  type Packet,
  PacketType,
  parseHandshake,
  StreamReference,
  TitanError,
} from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { messageOf } from '../errors/message-of.js';
import { toWireError } from '../errors/wire-error.js';
import { dispose, isAsyncGenerator } from '../invocation/async-generator.js';
import type { CallContext } from '../invocation/call-context.js';
import { createCallContext } from '../invocation/invoke.js';
import { MAX_LABEL_LENGTH, MAX_PENDING_REQUESTS, MAX_STREAMS_PER_PEER } from '../limits.js';
import { OutgoingStream } from './outgoing-stream.js';
import { PeerLink } from './peer-link.js';
import { answerRequest } from './requests.js';
import { Subscriptions } from './subscriptions.js';

/** `deaf` is for good: whoever speaks before saying its id is answered nothing but PING (PROTOCOL §4.1). */
type PeerState =
  | { readonly name: 'new' }
  | { readonly name: 'deaf' }
  | { readonly name: 'open'; readonly clientId: string }
  | { readonly name: 'closed' };

/** One connected client. */
export class Peer {
  readonly backend: Backend;
  readonly subscriptions: Subscriptions;
  readonly #link: PeerLink;
  readonly #pending = new Set<AbortController>();
  readonly #streams = new Map<number, OutgoingStream>();
  #state: PeerState = { name: 'new' };

  constructor(backend: Backend, socket: WebSocket) {
    this.backend = backend;
    this.#link = new PeerLink(socket, backend.counters);
    this.subscriptions = new Subscriptions(backend, this.#link);
    this.#link.greet(backend.netronId);
  }

  /** One whole WebSocket message, whatever it holds. */
  receive(bytes: Uint8Array, isText: boolean): void {
    this.backend.counters.packetsReceived++;
    const first = this.#state.name === 'new';
    if (first && this.#open(bytes)) return;
    const packet = isText ? undefined : this.#decode(bytes);
    if (packet === undefined || !this.#accept(packet)) this.backend.counters.packetsDropped++;
  }

  /** Says goodbye, where the socket still can, and ends all that this client has asked for. */
  close(code: number, reason: string): void {
    this.#link.close(code, reason);
    this.release();
  }

  /** Ends all that this client has asked for. */
  release(): void {
    this.#state = { name: 'closed' };
    this.subscriptions.clear();
    for (const stream of this.#streams.values()) stream.stop();
    for (const controller of this.#pending) controller.abort();
  }

  #open(bytes: Uint8Array): boolean {
    const text = bytes[0] === HANDSHAKE_FIRST_BYTE ? Buffer.from(bytes).toString('utf8') : '';
    const clientId = parseHandshake(text, 'client-id');
    if (clientId !== undefined && clientId.length <= MAX_LABEL_LENGTH) {
      this.#state = { name: 'open', clientId };
      return true;
    }
    this.#state = { name: 'deaf' };
    this.backend.counters.deafConnections++;
    return false;
  }

  #decode(bytes: Uint8Array): Packet | undefined {
    try {
      return this.#link.decode(bytes);
    } catch {
      return undefined;
    }
  }

  /** False for a packet that a server has no use for, or that this client may not send. */
  #accept(packet: Packet): boolean {
    if (packet.type === PacketType.ping) {
      return !packet.impulse || this.#echo(packet);
    }
    if (this.#state.name !== 'open') return false;
    // A response can only be the receipt for an event, which nothing waits for.
    if (!packet.impulse) return true;
    if (packet.type === PacketType.streamClose) return this.#stopStream(packet.data);
    if (packet.type === PacketType.stream || packet.type === PacketType.streamError) return false;
    void this.#answer(packet, this.#state.clientId);
    return true;
  }

  #echo(ping: MessagePacket): boolean {
    try {
      this.#respond(ping, ping.data);
      return true;
    } catch {
      // What arrived just small enough, as 32-bit floats for one, may be too large when written our way.
      return false;
    }
  }

  async #answer(packet: MessagePacket, clientId: string): Promise<void> {
    if (this.#pending.size >= MAX_PENDING_REQUESTS) {
      return this.#fail(packet, new TitanError(429, `At most ${MAX_PENDING_REQUESTS} requests at a time`));
    }
    const controller = new AbortController();
    this.#pending.add(controller);
    const context = createCallContext(this.backend, controller.signal);
    try {
      const result = await answerRequest(this, packet, context);
      if (isAsyncGenerator(result)) this.#stream(packet, clientId, result, context, controller);
      else this.#respond(packet, result);
    } catch (error) {
      this.#fail(packet, error);
    } finally {
      this.#pending.delete(controller);
    }
  }

  #stream(
    request: MessagePacket,
    clientId: string,
    generator: AsyncGenerator<unknown>,
    context: CallContext,
    controller: AbortController,
  ): void {
    if (this.#state.name === 'closed') return dispose(generator, context);
    const streamId = this.backend.nextStreamId();
    this.#respond(request, new StreamReference(streamId, 'writable', true, clientId));
    if (this.#streams.size >= MAX_STREAMS_PER_PEER) {
      this.#link.request(PacketType.streamClose, { streamId, reason: 'stream-limit-reached' });
      return dispose(generator, context);
    }
    const { counters } = this.backend;
    const stream = new OutgoingStream(streamId, this.#link, generator, context, controller);
    this.#streams.set(streamId, stream);
    counters.streams++;
    counters.openStreams++;
    void stream.run().then(() => {
      this.#streams.delete(streamId);
      counters.openStreams--;
    });
  }

  #stopStream(data: unknown): boolean {
    if (typeof data !== 'object' || data === null || !('streamId' in data)) return false;
    // A stream that has just ended by itself is not an error of the client.
    if (typeof data.streamId === 'number') this.#streams.get(data.streamId)?.stop();
    return typeof data.streamId === 'number';
  }

  /** @throws CodecError for data that cannot be encoded. */
  #respond({ id, type }: MessagePacket, data: unknown): void {
    this.#link.send({ id, type, impulse: false, error: false, data });
  }

  #fail({ id, type }: MessagePacket, thrown: unknown): void {
    const head = { id, type, impulse: false, error: true };
    try {
      this.#link.send({ ...head, data: toWireError(thrown) });
    } catch {
      // The error itself cannot be encoded, for what it carries. Its text always can.
      this.#link.send({ ...head, data: new Error(messageOf(thrown)) });
    }
  }
}
