import { readFileSync } from 'node:fs';
import {
  type Packet,
  PacketCodec,
  PacketType,
  ServiceDefinition,
  StreamReference,
  TitanError,
} from '../protocol/index.js';

export interface RecordedHttp {
  readonly name: string;
  readonly exchanges: readonly {
    readonly request: {
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    };
    readonly response: {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
  }[];
}

export interface RecordedWs {
  readonly name: string;
  /** As the client saw it: `out` is what it sent. */
  readonly frames: readonly { readonly dir: 'in' | 'out'; readonly frame: 'text' | 'binary'; readonly hex: string }[];
}

/** What a real server said, from `recordings/`. */
export function readRecording<T>(file: 'http.json' | 'ws.json'): readonly T[] {
  return JSON.parse(readFileSync(new URL(`./recordings/${file}`, import.meta.url), 'utf8')) as readonly T[];
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function decodePacket(hex: string): Packet {
  return new PacketCodec().decode(bytesOf(hex));
}

/** A packet without what differs from server to server: ids, times, stacks. `names` numbers the ids that link packets. */
export function comparable(packet: Packet, names: Map<unknown, string>): unknown {
  const { id, type, impulse, error } = packet;
  const head = { id: impulse ? 'any' : id, type, impulse, error, data: plain(packet.data, names) };
  if (packet.type !== PacketType.stream) return head;
  const { streamId, index, endOfStream, live } = packet;
  return { ...head, stream: nameOf(streamId, names), index, endOfStream, live };
}

function plain(value: unknown, names: Map<unknown, string>): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, names));
  if (value instanceof ServiceDefinition) {
    return { $definition: value.meta, nested: value.parentId !== '' };
  }
  if (value instanceof StreamReference) {
    return { $stream: nameOf(value.streamId, names), kind: value.kind, live: value.live, peerId: value.peerId };
  }
  if (value instanceof TitanError) {
    const { name, code, message, details, context, requestId, correlationId, spanId, traceId, extras, cause } = value;
    const ids = { requestId, correlationId, spanId, traceId };
    return { $error: name, code, message, details, context, ...ids, extras, cause: plain(cause, names) };
  }
  if (value instanceof Error) return { ...value, $error: value.name, message: value.message };
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(([key, part]) => [
    key,
    key === 'streamId' ? nameOf(part, names) : plain(part, names),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** The n-th id that turns up, so that two conversations with different ids read the same. */
function nameOf(id: unknown, names: Map<unknown, string>): string {
  const name = names.get(id) ?? `#${names.size + 1}`;
  names.set(id, name);
  return name;
}
