import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import {
  HANDSHAKE_FIRST_BYTE,
  type MessagePacket,
  type Packet,
  PacketType,
  parseHandshake,
} from '../../protocol/index.js';
import type { AuthContext } from '../auth/authenticator.js';
import type { Backend } from '../backend.js';
import type { Caller } from '../invocation/served-call.js';
import { MAX_LABEL_LENGTH } from '../limits.js';
import { Answers } from './answers.js';
import { NestedServices } from './nested-services.js';
import { PeerLink } from './peer-link.js';
import type { PeerScope } from './peer-scope.js';
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
  readonly client: string;
  readonly cookies: string | undefined;
  readonly #link: PeerLink;
  readonly #answers: Answers;
  #state: PeerState = { name: 'new' };

  /** `transport` is what the socket writes to, `caller` who the upgrade request was from. */
  constructor(backend: Backend, socket: WebSocket, transport: Duplex, caller: Caller) {
    this.backend = backend;
    this.user = caller.user;
    this.client = caller.client;
    this.cookies = caller.cookies;
    this.#link = new PeerLink(socket, transport, backend.counters);
    this.subscriptions = new Subscriptions(backend, this.#link);
    this.nested = new NestedServices(backend);
    this.uploads = new Uploads(backend, this.#link);
    this.#answers = new Answers(this, this.#link);
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
    this.#answers.clear();
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
    this.#answers.give(packet);
    return true;
  }

  #echo(ping: MessagePacket): boolean {
    try {
      this.#link.send({ id: ping.id, type: ping.type, impulse: false, error: false, data: ping.data });
      return true;
    } catch {
      // What arrived just small enough, as 32-bit floats for one, may be too large when written our way.
      return false;
    }
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
    if (!isError) this.#answers.stopStream(end.streamId);
    return !isError;
  }
}
