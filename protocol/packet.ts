import { malformed } from './codec/codec-error.js';
import { ValueReader } from './codec/value-reader.js';
import { ValueWriter } from './codec/value-writer.js';
import * as PacketFlag from './packet-flag.js';
import * as PacketKind from './packet-kind.js';

/** By name what minifiers write as numbers when it is taken from `packet-kind.ts`. */
export const PacketType = {
  ping: PacketKind.PING,
  get: PacketKind.GET,
  set: PacketKind.SET,
  call: PacketKind.CALL,
  task: PacketKind.TASK,
  stream: PacketKind.STREAM,
  streamError: PacketKind.STREAM_ERROR,
  streamClose: PacketKind.STREAM_CLOSE,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

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
  readonly #writer = new ValueWriter();
  readonly #reader = new ValueReader();

  /**
   * The bytes may share their memory with those of other packets, but are never written to again.
   * @throws {@link CodecError} for data that the profile cannot carry.
   */
  encode(packet: Packet): Uint8Array<ArrayBuffer> {
    const isStream = packet.type === PacketKind.STREAM;
    return this.#writer.message((out) => {
      let flags = packet.type | (packet.impulse ? PacketFlag.IMPULSE : 0) | (packet.error ? PacketFlag.ERROR : 0);
      if (isStream) flags |= (packet.endOfStream ? PacketFlag.END_OF_STREAM : 0) | (packet.live ? PacketFlag.LIVE : 0);
      out.u32(packet.id);
      out.u8(flags);
      out.value(packet.data);
      if (isStream) {
        out.u32(packet.streamId);
        out.u32(packet.index);
      }
    });
  }

  /**
   * A request with the list `[...names, ...args]`, without making one.
   * @throws {@link CodecError} for an argument that the profile cannot carry; its path begins with the argument's index.
   */
  encodeRequest(
    id: number,
    type: PacketType,
    names: readonly string[],
    args: readonly unknown[],
  ): Uint8Array<ArrayBuffer> {
    return this.#writer.message((out) => {
      out.u32(id);
      out.u8(type | PacketFlag.IMPULSE);
      out.list(0x90, names.length + args.length);
      for (const name of names) out.text(name);
      out.items(args);
    });
  }

  /** @throws {@link CodecError}; the whole message must be one packet, nothing may follow it. */
  decode(bytes: Uint8Array): Packet {
    return this.#reader.read(bytes, readPacket);
  }
}

function readPacket(from: ValueReader): Packet {
  const id = from.u32();
  const flags = from.u8();
  const type = flags & PacketKind.MASK;
  if (type > PacketKind.STREAM_CLOSE) throw malformed(`unassigned packet type ${type}`);
  const data = from.value();
  const impulse = (flags & PacketFlag.IMPULSE) !== 0;
  const error = (flags & PacketFlag.ERROR) !== 0;
  if (type !== PacketKind.STREAM) return { id, type: type as MessagePacket['type'], impulse, error, data };
  const endOfStream = (flags & PacketFlag.END_OF_STREAM) !== 0;
  const live = (flags & PacketFlag.LIVE) !== 0;
  return { id, type, impulse, error, data, streamId: from.u32(), index: from.u32(), endOfStream, live };
}

/** Whom a message that does not decode was for, so that its caller can fail instead of hang. */
export function peekResponseId(bytes: Uint8Array): number | undefined {
  if (bytes.length < 5 || ((bytes[4] as number) & PacketFlag.IMPULSE) !== 0) return undefined;
  return bytes.slice(0, 4).reduce((id, byte) => id * 0x100 + byte, 0);
}

/** A message of a type that means nothing yet, and is to be ignored (PROTOCOL §4.2). */
export function isUnassigned(bytes: Uint8Array): boolean {
  return ((bytes[4] ?? 0) & PacketKind.MASK) > PacketKind.STREAM_CLOSE;
}

/** A request turned into the response that carries the same data. Changes the bytes themselves. */
export function asResponse(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes[4] = (bytes[4] as number) & ~PacketFlag.IMPULSE;
  return bytes;
}

/** Packet ids count up and wrap from 2³²−1 to 1. */
export function nextPacketId(id: number): number {
  return (id % 0xffffffff) + 1;
}
