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
import type { AuthContext } from '../auth/authenticator.js';
import type { Backend } from '../backend.js';
import { messageOf } from '../errors/message-of.js';
import { toWireError } from '../errors/wire-error.js';
import type { Fault } from '../faults/decide-fault.js';
import { dispose, isAsyncGenerator } from '../invocation/async-generator.js';
import { type Caller, createCallContext } from '../invocation/invoke.js';
import { MAX_LABEL_LENGTH } from '../limits.js';
import { NestedServices } from './nested-services.js';
import { OutgoingStreams } from './outgoing-streams.js';
import { PeerLink } from './peer-link.js';
import type { PeerScope } from './peer-scope.js';
import type { PeerRequest } from './request.js';
import { answerRequest } from './requests.js';
import { parseStreamEnd } from './stream-end.js';
import { Subscriptions } from './subscriptions.js';
import { Uploads } from './uploads.js';

/** `deaf` is for good: whoever speaks before saying its id is answered nothing but PING (PROTOCOL §4.1). */
type PeerState =
  | { readonly name: 'new' }
  | { readonly name: 'deaf' }
  | { readonly name: 'open'; readonly clientId: string }
  | { readonly name: 'closed' };

/** One connected client. */
export class Peer implements PeerScope {
  readonly backend: Backend;
  readonly subscriptions: Subscriptions;
  readonly nested: NestedServices;
  readonly uploads: Uploads;
  user: AuthContext | undefined;
  readonly #address: string;
  readonly #link: PeerLink;
  readonly #pending = new Set<AbortController>();
  readonly #streams: OutgoingStreams;
  #state: PeerState = { name: 'new' };

  /** `caller` is who the upgrade request was from. */
  constructor(backend: Backend, socket: WebSocket, caller: Caller) {
    this.backend = backend;
    this.user = caller.user;
    this.#address = caller.client;
    this.#link = new PeerLink(socket, backend.counters);
    this.subscriptions = new Subscriptions(backend, this.#link);
    this.nested = new NestedServices(backend);
    this.uploads = new Uploads(backend, this.#link);
    this.#streams = new OutgoingStreams(backend, this.#link);
    this.#link.greet(backend.netronId);
  }

  /** Empty until the peer has said it. */
  get clientId(): string {
    return this.#state.name === 'open' ? this.#state.clientId : '';
  }

  /** One whole WebSocket message, whatever it holds. */
  receive(bytes: Uint8Array, isText: boolean): void {
    this.backend.counters.packetsReceived++;
    const first = this.#state.name === 'new';
    if (first && this.#open(bytes)) return;
    const packet = isText ? undefined : this.#decode(bytes);
    if (packet === undefined || !this.#accept(packet, bytes.length)) this.backend.counters.packetsDropped++;
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
    this.#streams.clear();
    for (const controller of this.#pending) controller.abort();
    this.uploads.clear();
    this.nested.clear();
    this.#link.sendHeld();
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
  #accept(packet: Packet, byteLength: number): boolean {
    if (packet.type === PacketType.ping) {
      return !packet.impulse || this.#echo(packet);
    }
    if (this.#state.name !== 'open') return false;
    if (packet.type === PacketType.stream) return packet.impulse && this.uploads.receive(packet, byteLength);
    if (!packet.impulse) {
      // A response can only be the receipt for an event, whatever its type says (PROTOCOL §4.2).
      this.subscriptions.acknowledge(packet.id);
      return true;
    }
    if (packet.type === PacketType.streamError || packet.type === PacketType.streamClose)
      return this.#endStream(packet);
    void this.#answer(packet);
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

  async #answer(packet: MessagePacket): Promise<void> {
    const { pendingRequests } = this.backend.limits;
    if (this.#pending.size >= pendingRequests) {
      this.backend.counters.refusedRequests++;
      return this.#fail(packet, new TitanError(429, `At most ${pendingRequests} requests at a time`));
    }
    const controller = new AbortController();
    this.#pending.add(controller);
    const context = createCallContext(this.backend, controller.signal, { user: this.user, client: this.#address });
    const request: PeerRequest = { packet, context, controller, uploads: [], fault: undefined };
    let streaming: Promise<void> | undefined;
    try {
      const result = await answerRequest(this, request);
      if (isAsyncGenerator(result)) streaming = this.#stream(request, result);
      else this.#respond(packet, result, request.fault);
    } catch (error) {
      this.#fail(packet, error, request.fault);
    } finally {
      this.#pending.delete(controller);
    }
    // A method may go on reading while its result is a stream.
    await streaming;
    for (const upload of request.uploads) this.uploads.release(upload);
  }

  async #stream(
    { packet, context, controller, fault }: PeerRequest,
    generator: AsyncGenerator<unknown>,
  ): Promise<void> {
    if (this.#state.name === 'closed') return dispose(generator, context);
    const streamId = this.backend.nextStreamId();
    // To double or delay the answer would only repeat what it does to an ordinary call; its chunks are the point.
    const inChunks = fault?.effect.kind === 'duplicate' || fault?.effect.kind === 'reorder';
    const reference = new StreamReference(streamId, 'writable', true, this.clientId);
    this.#respond(packet, reference, inChunks ? undefined : fault);
    await this.#streams.send(streamId, { generator, context, controller, fault: inChunks ? fault : undefined });
  }

  /**
   * Both sides count their stream ids from 1, so one id may name an upload and a result. Titan looks among the uploads
   * first, and so do we; a result is found only where no upload has its id.
   */
  #endStream({ type, data }: MessagePacket): boolean {
    const end = parseStreamEnd(data);
    if (end === undefined) return false;
    const isError = type === PacketType.streamError;
    if (this.uploads.end(end.streamId, isError ? end.message : undefined)) return true;
    if (!isError) this.#streams.stop(end.streamId);
    return !isError;
  }

  /** @throws CodecError for data that cannot be encoded. */
  #respond({ id, type }: MessagePacket, data: unknown, fault?: Fault): void {
    this.#link.send({ id, type, impulse: false, error: false, data }, fault);
  }

  #fail({ id, type }: MessagePacket, thrown: unknown, fault?: Fault): void {
    const head = { id, type, impulse: false, error: true };
    try {
      this.#link.send({ ...head, data: toWireError(thrown) }, fault);
    } catch {
      // The error itself cannot be encoded, for what it carries. Its text always can.
      this.#link.send({ ...head, data: new Error(messageOf(thrown)) }, fault);
    }
  }
}
