import { nextPacketId, type Packet, PacketCodec, type PacketType } from '../../../protocol/packet.js';
import { Waiting } from './waiting.js';
import type { WsLink } from './ws-link.js';

/** What this side sends. Each packet has an id of its own, and none that a waiting request has. */
export class Outbox {
  readonly codec = new PacketCodec();
  readonly waiting = new Waiting();
  #lastId = 0;

  constructor(readonly link: WsLink) {}

  nextId(): number {
    do this.#lastId = nextPacketId(this.#lastId);
    while (!this.waiting.hasRoomFor(this.#lastId));
    return this.#lastId;
  }

  /** @throws CodecError for data that the profile cannot carry. */
  send(packet: Packet): void {
    this.link.send(this.codec.encode(packet));
  }

  /** A one-way packet. */
  post(type: Exclude<PacketType, typeof PacketType.stream>, data: unknown): void {
    this.send({ id: this.nextId(), type, impulse: true, error: false, data });
  }
}
