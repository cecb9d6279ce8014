import { ServiceReference, StreamReference } from '../../../protocol/codec/references.js';
import * as PacketKind from '../../../protocol/packet-kind.js';
import { isPlainObject } from '../../../protocol/plain-object.js';
import { type CallPlace, callError } from '../../call/call-error.js';
import { messageOf } from '../../call/message-of.js';
import { FIRST_UPLOAD_ID, UPLOAD_ERROR_CHARS, UPLOAD_HIGH_WATER_BYTES } from '../../limits.js';
import { isNetronError, type NetronError } from '../../netron-error.js';
import type { Runtime } from '../../runtime.js';
import type { Exchange } from './exchange.js';
import type { Outbox } from './outbox.js';
import { sendError } from './send-error.js';
import { isSource } from './source.js';

/** A source whose items go to the server as the chunks of a stream. */
export interface Upload {
  readonly streamId: number;
  readonly source: AsyncIterable<unknown>;
  /** While it is read. */
  iterator?: AsyncIterator<unknown> | undefined;
  /** Of its source, or of an item that cannot be sent. */
  onFailure?: (error: NetronError) => void;
}

const PAUSE_MS = 10;

/** What goes to the server besides the arguments themselves. */
export class Uploads {
  readonly #outbox: Outbox;
  readonly #runtime: Runtime;
  /** Those that are still wanted. */
  readonly #open = new Map<number, Upload>();
  #lastId = FIRST_UPLOAD_ID - 1;

  constructor(outbox: Outbox, runtime: Runtime) {
    this.#outbox = outbox;
    this.#runtime = runtime;
  }

  /** Services and streams travel as references, and only as direct arguments (PROTOCOL §6). */
  refer(args: readonly unknown[], exchange: Exchange): readonly unknown[] {
    return args.some(isReferred) ? args.map((arg) => this.#reference(arg, exchange)) : args;
  }

  /** Sends the items of each source and an end, for as long as they are wanted. */
  start(uploads: readonly Upload[], place: CallPlace): void {
    // All of them first: one may end its call, and with it the others, as soon as it is read.
    for (const upload of uploads) this.#open.set(upload.streamId, upload);
    for (const upload of uploads) {
      const { streamId } = upload;
      this.#run(upload, place).catch((error: unknown) => {
        if (!this.#open.delete(streamId)) return;
        this.#tell(streamId, messageOf(error instanceof Error ? error.message : error));
        const reason = `the source of the upload failed: ${messageOf(error)}`;
        upload.onFailure?.(isNetronError(error) ? error : callError('invalid-argument', reason, place, error));
      });
    }
  }

  /**
   * Nobody waits for what becomes of them. `failure`: why, where the server may still be reading, which must not take
   * what it has for all there is.
   */
  end(uploads: readonly Upload[], failure?: string): void {
    for (const { streamId } of uploads) if (this.#stop(streamId)) this.#tell(streamId, failure);
  }

  /** The server wants no more of it. False for a stream that is not ours. */
  refused(streamId: number): boolean {
    this.#stop(streamId);
    return streamId >= FIRST_UPLOAD_ID && streamId <= this.#lastId;
  }

  /** False where it is over already. */
  #stop(streamId: number): boolean {
    const upload = this.#open.get(streamId);
    // It may be waiting for its next item, for ever.
    close(upload).catch(() => undefined);
    return this.#open.delete(streamId);
  }

  #tell(streamId: number, failure: string | undefined): void {
    if (failure === undefined) this.#outbox.post(PacketKind.STREAM_CLOSE, { streamId });
    else this.#outbox.post(PacketKind.STREAM_ERROR, { streamId, message: failure.slice(0, UPLOAD_ERROR_CHARS) });
  }

  #reference(arg: unknown, exchange: Exchange): unknown {
    if (!isReferred(arg)) return arg;
    if (!isSource(arg)) return new ServiceReference(arg.definitionId);
    const streamId = ++this.#lastId;
    exchange.uploads = [...exchange.uploads, { streamId, source: arg }];
    return new StreamReference(streamId, 'writable', false, this.#outbox.link.clientId);
  }

  async #run(upload: Upload, place: CallPlace): Promise<void> {
    const { streamId, source } = upload;
    const isWanted = (): boolean => this.#open.has(streamId);
    if (!isWanted()) return;
    const iterator = source[Symbol.asyncIterator]();
    upload.iterator = iterator;
    for (let index = 0; isWanted(); index++) {
      const { done = false, value } = await iterator.next();
      if (!isWanted()) return;
      const item = `item ${index} of the upload`;
      // A reader takes a nil chunk for the end (PROTOCOL §8).
      if (!done && (value ?? null) === null) {
        throw callError('invalid-argument', `${item} is ${value}, which ends a stream`, place);
      }
      try {
        this.#outbox.send({
          id: this.#outbox.nextId(),
          type: PacketKind.STREAM,
          impulse: true,
          error: false,
          live: false,
          streamId,
          index,
          data: done ? null : value,
          endOfStream: done,
        });
      } catch (error) {
        throw sendError(error, place, item);
      }
      if (done) {
        this.#open.delete(streamId);
        return;
      }
      while (isWanted() && this.#outbox.link.bufferedAmount > UPLOAD_HIGH_WATER_BYTES) {
        await new Promise<void>((resolve) => this.#runtime.setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

function isReferred(arg: unknown): arg is AsyncIterable<unknown> | { readonly definitionId: string } {
  if (typeof arg !== 'object' || arg === null) return false;
  return isSource(arg) || (!isPlainObject(arg) && typeof (arg as { definitionId?: unknown }).definitionId === 'string');
}

async function close(upload: Upload | undefined): Promise<void> {
  await upload?.iterator?.return?.();
}
