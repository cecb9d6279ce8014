import { type MessagePacket, StreamReference, TitanError } from '../../protocol/index.js';
import { messageOf } from '../errors/message-of.js';
import { toWireError } from '../errors/wire-error.js';
import { dispose, isAsyncGenerator } from '../invocation/async-generator.js';
import { ServedCall } from '../invocation/served-call.js';
import { OutgoingStreams } from './outgoing-streams.js';
import type { PeerLink } from './peer-link.js';
import type { PeerScope } from './peer-scope.js';
import type { PeerRequest } from './request.js';
import { answerRequest } from './requests.js';

/** Works on the requests of one peer and answers each once, at once where its result is there at once. */
export class Answers {
  readonly #scope: PeerScope;
  readonly #link: PeerLink;
  readonly #streams: OutgoingStreams;
  /** Those whose result is yet to come. */
  readonly #pending = new Set<ServedCall>();
  #closed = false;

  constructor(scope: PeerScope, link: PeerLink) {
    this.#scope = scope;
    this.#link = link;
    this.#streams = new OutgoingStreams(scope.backend, link);
  }

  /** Never throws: what goes wrong is the answer. */
  give(packet: MessagePacket): void {
    const scope = this.#scope;
    const call = new ServedCall(scope.backend, scope);
    const request: PeerRequest = { packet, call, owner: undefined, uploads: undefined, fault: undefined };
    try {
      this.#assertRoom();
      const result = answerRequest(scope, request);
      if (isPromiseLike(result)) void this.#giveLater(request, result);
      else this.#succeed(request, result);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  stopStream(streamId: number): void {
    this.#streams.stop(streamId);
  }

  /** Ends all calls and streams: the peer is gone. */
  clear(): void {
    this.#closed = true;
    this.#streams.clear();
    for (const call of this.#pending) call.abort();
  }

  async #giveLater(request: PeerRequest, result: PromiseLike<unknown>): Promise<void> {
    this.#pending.add(request.call);
    try {
      this.#succeed(request, await result);
    } catch (error) {
      this.#fail(request, error);
    } finally {
      this.#pending.delete(request.call);
    }
  }

  #assertRoom(): void {
    const { counters, limits } = this.#scope.backend;
    if (this.#pending.size < limits.pendingRequests) return;
    counters.refusedRequests++;
    throw new TitanError(429, `At most ${limits.pendingRequests} requests at a time`);
  }

  /** @throws CodecError for a result that cannot be encoded, TitanError 429 for one reference too many. */
  #succeed(request: PeerRequest, result: unknown): void {
    if (isAsyncGenerator(result)) {
      void this.#stream(request, result);
      return;
    }
    const { packet, owner, call, fault } = request;
    // The call may have outlived its peer, which then must not be given anything that nobody would release.
    const data = call.aborted ? undefined : owner === undefined ? result : this.#scope.nested.describe(result, owner);
    this.#link.send({ id: packet.id, type: packet.type, impulse: false, error: false, data }, fault);
    this.#releaseUploads(request);
  }

  async #stream(request: PeerRequest, generator: AsyncGenerator<unknown>): Promise<void> {
    const { packet, call, fault } = request;
    if (this.#closed) {
      dispose(generator, call);
    } else {
      const streamId = this.#scope.backend.nextStreamId();
      // To double or delay the answer would only repeat what it does to an ordinary call; its chunks are the point.
      const inChunks = fault?.effect.kind === 'duplicate' || fault?.effect.kind === 'reorder';
      const data = new StreamReference(streamId, 'writable', true, this.#scope.clientId);
      const answer = { id: packet.id, type: packet.type, impulse: false, error: false, data };
      this.#link.send(answer, inChunks ? undefined : fault);
      const releaseUploads = (failure: Error): void => this.#releaseUploads(request, failure);
      await this.#streams.send(streamId, { generator, call, fault: inChunks ? fault : undefined, releaseUploads });
    }
    // Not before: a method may go on reading while its result is a stream.
    this.#releaseUploads(request);
  }

  #releaseUploads({ uploads }: PeerRequest, failure?: Error): void {
    if (uploads !== undefined) for (const upload of uploads) this.#scope.uploads.release(upload, failure);
  }

  #fail(request: PeerRequest, thrown: unknown): void {
    const { packet, fault } = request;
    const head = { id: packet.id, type: packet.type, impulse: false, error: true };
    try {
      this.#link.send({ ...head, data: toWireError(thrown) }, fault);
    } catch {
      // The error itself cannot be encoded, for what it carries. Its text always can.
      this.#link.send({ ...head, data: new Error(messageOf(thrown)) }, fault);
    }
    this.#releaseUploads(request);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
