import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import {
  type MessagePacket,
  nextPacketId,
  type Packet,
  PacketCodec,
  PacketType,
  serverHandshake,
} from '../../protocol/index.js';
import type { Counters } from '../counters.js';
import { hideStacks } from '../errors/hide-stacks.js';
import type { Fault } from '../faults/decide-fault.js';
import { distort } from '../faults/distort.js';
import { HIGH_WATER_BYTES, MAX_BUFFERED_BYTES, REORDER_HOLD_MS } from '../limits.js';
import { TurnCork } from './turn-cork.js';

/** What goes over one socket, in both directions, as packets. */
export class PeerLink {
  readonly #socket: WebSocket;
  readonly #cork: TurnCork;
  readonly #counters: Counters;
  readonly #codec = new PacketCodec();
  #lastId = 0;
  #written = 0;
  #flushed = 0;
  /** Whoever waits for the message of that number, in order. */
  readonly #waiting: { readonly message: number; readonly resolve: () => void }[] = [];
  /** What the next message shall overtake, and the clock that sends it if there is none. */
  #held: { readonly bytes: Uint8Array; readonly timer: NodeJS.Timeout } | undefined;

  constructor(socket: WebSocket, transport: Duplex, counters: Counters) {
    this.#socket = socket;
    this.#cork = new TurnCork(transport);
    this.#counters = counters;
  }

  greet(netronId: string): void {
    // Titan sends its id as a binary message, so clients must see one.
    this.#socket.send(Buffer.from(serverHandshake(netronId)), { binary: true });
  }

  /** @throws CodecError for bytes that are no packet. */
  decode(bytes: Uint8Array): Packet {
    return this.#codec.decode(bytes);
  }

  /** @throws CodecError for data that cannot be encoded; then nothing was sent. */
  send(packet: Packet, fault?: Fault): void {
    hideStacks(packet.data);
    const bytes = this.#codec.encode(packet);
    const kind = fault?.effect.kind;
    if (kind === 'close') return this.#terminate();
    if (kind === 'reorder' && this.#held === undefined) return this.#hold(bytes);
    for (const part of distort(bytes, fault)) this.#write(part);
    this.sendHeld();
  }

  /** Sends what was held back, where something was. */
  sendHeld(): void {
    if (this.#held === undefined) return;
    const { bytes, timer } = this.#held;
    clearTimeout(timer);
    this.#held = undefined;
    this.#write(bytes);
  }

  /** Returns the id of the packet. Throws CodecError as {@link send} does. */
  request(type: MessagePacket['type'], data: unknown): number {
    const id = this.#nextId();
    this.send({ id, type, impulse: true, error: false, data });
    return id;
  }

  /** @throws CodecError as {@link send} does. */
  chunk(streamId: number, index: number, data: unknown, fault?: Fault): void {
    this.send(this.#streamPacket(streamId, index, data, false), fault);
  }

  endStream(streamId: number, index: number): void {
    this.sendHeld();
    this.send(this.#streamPacket(streamId, index, null, true));
  }

  #streamPacket(streamId: number, index: number, data: unknown, endOfStream: boolean): Packet {
    const head = { id: this.#nextId(), type: PacketType.stream, impulse: true, error: false, live: true };
    return { ...head, data, streamId, index, endOfStream };
  }

  /** True when the client reads more slowly than it is sent to. */
  get congested(): boolean {
    return this.#socket.bufferedAmount > HIGH_WATER_BYTES;
  }

  /** Resolves when the last message was handed to the system or the socket is gone. */
  flushed(): Promise<void> {
    if (this.#flushed === this.#written) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ message: this.#written, resolve }));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    // Do not wait for the client's half of the goodbye: it may never come.
    this.#terminate();
  }

  #hold(bytes: Uint8Array): void {
    this.#held = { bytes, timer: setTimeout(() => this.sendHeld(), REORDER_HOLD_MS) };
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#counters.overflowedConnections++;
      this.#terminate();
      return;
    }
    this.#cork.hold(bytes.length);
    this.#written++;
    this.#socket.send(bytes, this.#sent);
  }

  /** Called with an error when the socket goes first; either way nothing is left to wait for. */
  readonly #sent = (): void => {
    this.#flushed++;
    while (this.#waiting[0] !== undefined && this.#waiting[0].message <= this.#flushed)
      this.#waiting.shift()?.resolve();
  };

  /** Drops the connection, but not what was sent before. */
  #terminate(): void {
    this.#cork.release();
    this.#socket.terminate();
  }

  #nextId(): number {
    this.#lastId = nextPacketId(this.#lastId);
    return this.#lastId;
  }
}
