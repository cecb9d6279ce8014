import type { TapCall } from '../../../protocol/index.js';
import { PacketType } from '../../../protocol/packet.js';
import { callError } from '../../call/call-error.js';
import { UPLOAD_HIGH_WATER_BYTES } from '../../limits.js';

/** An upload needs to send, to know how much is waiting, and to know that it is still wanted. */
export interface UploadChannel {
  nextId(): number;
  /** @throws CodecError for an item that the profile cannot carry. */
  send(packet: Parameters<import('../../../protocol/packet.js').PacketCodec['encode']>[0]): void;
  bufferedBytes(): number;
  /** Resolves a little later, when the socket may have sent some. */
  pause(): Promise<void>;
  /** Aborted when the connection was lost, the call has settled, or the server wants no more. */
  readonly signal: AbortSignal;
}

/** Sends the items of a source as stream chunks and an end. Closes the source at once when nobody wants it any more. */
export async function sendUpload(
  streamId: number,
  source: AsyncIterable<unknown>,
  call: TapCall,
  channel: UploadChannel,
): Promise<void> {
  const head = { type: PacketType.stream, impulse: true, error: false, live: false } as const;
  let index = 0;
  const { signal } = channel;
  try {
    const iterator = source[Symbol.asyncIterator]();
    // It may be waiting for its next item, for ever.
    const close = async (): Promise<void> => void (await iterator.return?.());
    signal.addEventListener('abort', () => close().catch(() => undefined), { once: true });
    for await (const data of { [Symbol.asyncIterator]: () => iterator }) {
      if (signal.aborted) return;
      // A reader takes a nil chunk for the end (PROTOCOL §8).
      if (data === null || data === undefined) {
        throw callError(
          'invalid-argument',
          `item ${index} of the upload is ${String(data)}, which ends a stream`,
          call,
        );
      }
      channel.send({ ...head, id: channel.nextId(), data, streamId, index: index++, endOfStream: false });
      while (!signal.aborted && channel.bufferedBytes() > UPLOAD_HIGH_WATER_BYTES) await channel.pause();
    }
  } catch (error) {
    if (!signal.aborted) {
      const data = { streamId, message: error instanceof Error ? error.message : String(error) };
      channel.send({ type: PacketType.streamError, impulse: true, error: false, id: channel.nextId(), data });
    }
    throw error;
  }
  if (!signal.aborted) channel.send({ ...head, id: channel.nextId(), data: null, streamId, index, endOfStream: true });
}

export function isUpload(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
