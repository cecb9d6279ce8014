import { PacketType, type StreamPacket, type StreamReference, TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { MAX_GIVEN_UP_UPLOADS, MAX_MESSAGE_LENGTH, MAX_UNREAD_UPLOAD_BYTES } from '../limits.js';
import { ByteBudget } from './byte-budget.js';
import type { PeerLink } from './peer-link.js';
import { streamError, UploadStream } from './upload-stream.js';

interface Entry {
  readonly stream: UploadStream;
  /** Ends a stream that has gone silent. Undefined for live ones, which may be silent for as long as they like. */
  silence: NodeJS.Timeout | undefined;
}

/** The uploads of one peer: those that a call is reading, and those whose call has yet to come (PROTOCOL §8). */
export class Uploads {
  readonly #backend: Backend;
  readonly #link: PeerLink;
  readonly #entries = new Map<number, Entry>();
  readonly #budget = new ByteBudget(MAX_UNREAD_UPLOAD_BYTES);
  /** Streams that the server gave up while their first chunk may still have been on its way. */
  readonly #givenUp = new Set<number>();

  constructor(backend: Backend, link: PeerLink) {
    this.#backend = backend;
    this.#link = link;
  }

  /** False for a chunk of no stream. */
  receive(packet: StreamPacket, bytes: number): boolean {
    const { streamId, index } = packet;
    // One socket keeps the order, so a chunk in the middle of nothing is of a stream that is over, not of a new one.
    const entry =
      this.#entries.get(streamId) ?? (index === 0 && !this.#givenUp.has(streamId) ? this.#open(streamId) : undefined);
    if (entry === undefined) return false;
    const refusal = entry.stream.push(packet, bytes);
    if (refusal !== undefined) this.#refuse(entry, refusal);
    entry.silence?.refresh();
    this.#forgetIfDone(entry);
    return true;
  }

  /**
   * The stream that an argument names.
   *
   * @throws TitanError 400 for a reference to anything but an upload of this client, 429 `StreamError` above the limit.
   */
  claim({ streamId, kind, live, peerId }: StreamReference, clientId: string): UploadStream {
    if (kind !== 'writable' || peerId !== clientId) {
      throw new TitanError(400, `Invalid stream reference: expected a writable one of the peer ${clientId}`);
    }
    this.#givenUp.delete(streamId);
    const entry = this.#entries.get(streamId) ?? this.#open(streamId);
    if (entry === undefined) throw streamError(429, 'stream-limit-reached', streamId);
    if (entry.stream.claimed) throw new TitanError(400, `Stream ${streamId} is already in use`);
    entry.stream.claim();
    if (live) {
      clearTimeout(entry.silence);
      entry.silence = undefined;
    }
    this.#forgetIfDone(entry);
    return entry.stream;
  }

  /** STREAM_ERROR and STREAM_CLOSE of the client. False when there is no such upload. */
  end(streamId: number, failure: string | undefined): boolean {
    const entry = this.#entries.get(streamId);
    if (entry === undefined) return false;
    if (failure === undefined) entry.stream.close();
    else entry.stream.fail(streamError(500, failure.slice(0, MAX_MESSAGE_LENGTH), streamId));
    this.#forgetIfDone(entry);
    return true;
  }

  /** The call is over: a client that is still sending is told to stop. `failure`: for a reader that goes on nevertheless. */
  release(stream: UploadStream, failure?: Error): void {
    if (failure !== undefined) stream.fail(failure);
    const entry = this.#entries.get(stream.id);
    if (entry?.stream === stream) {
      this.#close(stream.id, 'no-longer-read');
      this.#forget(entry);
      this.#giveUp(stream.id);
    }
    stream.discard();
  }

  clear(): void {
    for (const entry of [...this.#entries.values()]) {
      entry.stream.fail(streamError(410, 'The client is gone', entry.stream.id));
      this.#forget(entry);
    }
  }

  #open(streamId: number): Entry | undefined {
    const { counters, limits } = this.#backend;
    if (this.#entries.size >= limits.streams) {
      counters.refusedStreams++;
      this.#close(streamId, 'stream-limit-reached');
      return undefined;
    }
    const stream = new UploadStream(streamId, this.#budget);
    const entry: Entry = { stream, silence: setTimeout(() => this.#timeOut(entry), limits.uploadSilenceMs) };
    this.#entries.set(streamId, entry);
    counters.uploads++;
    counters.openUploads++;
    return entry;
  }

  #giveUp(streamId: number): void {
    const [oldest] = this.#givenUp.add(streamId);
    if (this.#givenUp.size > MAX_GIVEN_UP_UPLOADS && oldest !== undefined) this.#givenUp.delete(oldest);
  }

  #refuse({ stream }: Entry, reason: string): void {
    this.#backend.counters.refusedStreams++;
    stream.fail(streamError(429, reason, stream.id));
    this.#close(stream.id, reason);
  }

  #timeOut(entry: Entry): void {
    const { id } = entry.stream;
    const silenceMs = this.#backend.limits.uploadSilenceMs;
    entry.stream.fail(streamError(500, `Stream ${id} timed out after ${silenceMs}ms of silence`, id));
    this.#close(id, 'timeout');
    if (!entry.stream.claimed) entry.stream.discard();
    this.#forget(entry);
  }

  /** One that nobody has claimed is kept with what it has, until its call or the silence. */
  #forgetIfDone(entry: Entry): void {
    if (entry.stream.claimed && !entry.stream.open) this.#forget(entry);
  }

  #forget({ stream, silence }: Entry): void {
    clearTimeout(silence);
    if (this.#entries.delete(stream.id)) this.#backend.counters.openUploads--;
  }

  #close(streamId: number, reason: string): void {
    this.#link.request(PacketType.streamClose, { streamId, reason });
  }
}
