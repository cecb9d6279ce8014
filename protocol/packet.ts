import { CodecError } from './codec/codec-error.js';
import { Decoder } from './codec/decoder.js';
import { Encoder } from './codec/encoder.js';

/** Low four bits of the flags byte (PROTOCOL §4.2). */
export const PacketType = {
  ping: 0,
  get: 1,
  set: 2,
  call: 3,
  task: 4,
  stream: 5,
  streamError: 6,
  streamClose: 7,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

const FLAG_END_OF_STREAM = 0x10;
const FLAG_LIVE = 0x20;
const FLAG_IMPULSE = 0x40;
const FLAG_ERROR = 0x80;
const HEADER_BYTES = 5;

interface PacketHead {
  /** 1 … 2³²−1, counted per sender. */
  readonly id: number;
  /** True for a request or a one-way packet, false for a response. */
  readonly impulse: boolean;
  /** The data is an error value. */
  readonly error: boolean;
}

export interface MessagePacket extends PacketHead {
  readonly type: Exclude<PacketType, typeof PacketType.stream>;
  readonly data: unknown;
}

export interface StreamPacket extends PacketHead {
  readonly type: typeof PacketType.stream;
  readonly data: unknown;
  readonly streamId: number;
  /** From 0; chunks are put in order by it. */
  readonly index: number;
  readonly endOfStream: boolean;
  readonly live: boolean;
}

export type Packet = MessagePacket | StreamPacket;

/** Packs and unpacks whole WebSocket messages. Holds buffers, so one per connection. */
export class PacketCodec {
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder();

  /** @throws {@link CodecError} for data that the profile cannot carry. */
  encode(packet: Packet): Uint8Array<ArrayBuffer> {
    return this.#encoder.encodeMessage((out) => {
      out.u32(packet.id);
      out.u8(flagsOf(packet));
      this.#encoder.value(out, packet.data);
      if (packet.type === PacketType.stream) {
        out.u32(packet.streamId);
        out.u32(packet.index);
      }
    });
  }

  /** @throws {@link CodecError}; the whole message must be one packet, nothing may follow it. */
  decode(bytes: Uint8Array): Packet {
    const reader = this.#decoder.open(bytes);
    const id = reader.u32();
    const flags = reader.u8();
    const type = flags & 0x0f;
    if (!isPacketType(type)) throw new CodecError('malformed', `unassigned packet type ${type}`);
    const data = this.#decoder.value(reader);
    const head = { id, impulse: (flags & FLAG_IMPULSE) !== 0, error: (flags & FLAG_ERROR) !== 0 };
    if (type !== PacketType.stream) {
      this.#decoder.close(reader);
      return { ...head, type, data };
    }
    const packet: StreamPacket = {
      ...head,
      type,
      data,
      streamId: reader.u32(),
      index: reader.u32(),
      endOfStream: (flags & FLAG_END_OF_STREAM) !== 0,
      live: (flags & FLAG_LIVE) !== 0,
    };
    this.#decoder.close(reader);
    return packet;
  }
}

/** Whom a message that does not decode was for, so that its caller can fail instead of hang. */
export function peekResponseId(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES || ((bytes[4] as number) & FLAG_IMPULSE) !== 0) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}

/** Packet ids count up and wrap from 2³²−1 to 1. */
export function nextPacketId(id: number): number {
  return id >= 0xffffffff ? 1 : id + 1;
}

function flagsOf(packet: Packet): number {
  let flags: number = packet.type;
  if (packet.impulse) flags |= FLAG_IMPULSE;
  if (packet.error) flags |= FLAG_ERROR;
  if (packet.type === PacketType.stream) {
    if (packet.endOfStream) flags |= FLAG_END_OF_STREAM;
    if (packet.live) flags |= FLAG_LIVE;
  }
  return flags;
}

function isPacketType(type: number): type is PacketType {
  return type <= PacketType.streamClose;
}
