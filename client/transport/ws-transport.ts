import { CodecError } from '../../protocol/codec/codec-error.js';
import { ServiceDefinition, StreamReference } from '../../protocol/codec/references.js';
import type { MessagePacket, Packet, StreamPacket } from '../../protocol/index.js';
import { asResponse, isUnassigned, peekResponseId } from '../../protocol/packet.js';
import * as PacketKind from '../../protocol/packet-kind.js';
import { callError } from '../call/call-error.js';
import type { Cancellation } from '../call/cancellation.js';
import type { Deadlines } from '../call/deadlines.js';
import { messageOf } from '../call/message-of.js';
import type { BackendConfig } from '../client-config.js';
import type { StreamSink, Transport, TransportReply, TransportRequest, WireLog } from './transport.js';
import { type Accept, type Exchange, NO_UPLOADS } from './ws/exchange.js';
import type { LinkState } from './ws/link-state.js';
import { Outbox } from './ws/outbox.js';
import { Requests } from './ws/requests.js';
import { StreamTable } from './ws/stream-table.js';
import { type EventHandler, type Subscription, Subscriptions } from './ws/subscriptions.js';
import { Uploads } from './ws/uploads.js';
import { WsLink } from './ws/ws-link.js';

/** What of a backend's configuration is for its WebSocket. */
export type WsTransportOptions = Pick<BackendConfig, 'name' | 'url' | 'token'>;

/** Makes a service that came as a result something that can be called. */
type LoadReviver = () => Promise<{ remoteService(definition: ServiceDefinition): unknown }>;

type CallPlace = Pick<TransportRequest, 'call' | 'cancellation'>;

/** Everything that goes over one backend's WebSocket: calls, properties, tasks, streams both ways, events. */
export class WsTransport implements Transport {
  readonly via = 'WS';
  readonly #loadReviver: LoadReviver;
  readonly #deadlines: Deadlines;
  readonly #link: WsLink;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #uploads: Uploads;
  readonly #streams: StreamTable;
  readonly #subscriptions: Subscriptions;

  constructor(
    options: WsTransportOptions,
    loadReviver: LoadReviver,
    deadlines: Deadlines,
    /** Null saves the labels of packets that nobody reads. */
    log: WireLog | null,
    onState: (kind: LinkState['kind']) => void,
  ) {
    this.#loadReviver = loadReviver;
    this.#deadlines = deadlines;
    const link = new WsLink(options, deadlines, {
      onState,
      onOpen: () => this.#subscriptions.renew(),
      onBytes: (bytes) => this.#onBytes(bytes),
      onLost: (reason, code) => {
        this.#requests.lost(reason, code);
        this.#streams.lost(reason, code);
        this.#subscriptions.lost();
      },
      onSilence: () => this.#outbox.post(PacketKind.PING, null),
    });
    const outbox = new Outbox(link);
    this.#link = link;
    this.#outbox = outbox;
    this.#uploads = new Uploads(outbox, deadlines.runtime);
    this.#streams = new StreamTable(outbox);
    this.#requests = new Requests(options.name, outbox, this.#uploads, deadlines, log);
    this.#subscriptions = new Subscriptions(link, this.#requests);
  }

  invoke(request: TransportRequest): Promise<TransportReply> {
    return this.#requests.ask(request, this.#takeResult);
  }

  async stream(request: TransportRequest, sink: StreamSink): Promise<{ readonly streamId: number; cancel(): void }> {
    const { call, cancellation } = request;
    const { value } = await this.#requests.ask(request, (exchange, answer, sizeBytes) => {
      if (!(answer instanceof StreamReference)) return this.#refuse(exchange, answer, 'the method returns no stream');
      const { streamId } = answer;
      if (this.#streams.isOpen(streamId)) {
        return this.#requests.fail(exchange, callError('protocol', `stream ${streamId} is that of another call`, call));
      }
      // First, or a reader that gives up over the early chunks would be taken for a call that was never answered.
      exchange.resolve({ value: answer, sizeBytes });
      const { uploads } = exchange;
      // The method may go on reading them while its result streams.
      exchange.uploads = NO_UPLOADS;
      for (const upload of uploads) upload.onFailure = (error) => this.#streams.fail(streamId, error);
      this.#streams.open(streamId, call, sink, (failure) => this.#uploads.end(uploads, failure));
    });
    const { streamId } = value as StreamReference;
    const cancel = (): void => this.#streams.cancel(streamId);
    if (cancellation.cancelled !== undefined) cancel();
    return { streamId, cancel };
  }

  /** Resolves when the handshake is done, and keeps the connection up until the result is called. */
  async connect(place: CallPlace): Promise<() => void> {
    const release = this.#link.need();
    try {
      await this.#link.ready(place);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** Round trip of a PING in milliseconds. */
  async ping(place: CallPlace): Promise<number> {
    await this.#link.ready(place);
    const sentAtMs = this.#deadlines.clock.read();
    await this.#requests.ask({ ...place, operation: 'ping' });
    return this.#deadlines.clock.read() - sentAtMs;
  }

  subscribe(event: string, handler: EventHandler): Subscription {
    return this.#subscriptions.add(event, handler);
  }

  /** Holds for this connection: after a reconnect, the token of the backend counts, or one authenticates again. */
  authenticate(credentials: unknown, cancellation: Cancellation): Promise<unknown> {
    return this.#requests.task('authenticate', credentials, 'mutation', cancellation);
  }

  /** Gives this connection up: who needs one gets another, with the token of then. */
  drop(reason: string): void {
    this.#link.renew(reason);
  }

  close(): void {
    this.#link.close();
  }

  readonly #takeResult: Accept = (exchange, value, sizeBytes) => {
    if (value instanceof StreamReference) {
      return this.#refuse(exchange, value, 'the method returns a stream: read it with client.stream()');
    }
    if (!(value instanceof ServiceDefinition)) return exchange.resolve({ value, sizeBytes });
    this.#loadReviver().then(
      (reviver) => exchange.resolve({ value: reviver.remoteService(value), sizeBytes }),
      exchange.reject,
    );
  };

  #refuse(exchange: Exchange, value: unknown, reason: string): void {
    this.#drop(value);
    // Also its uploads: the method may go on reading them.
    this.#requests.fail(exchange, callError('invalid-argument', reason, exchange.request.call));
  }

  #onBytes(bytes: Uint8Array<ArrayBuffer>): void {
    let packet: Packet;
    try {
      packet = this.#outbox.codec.decode(bytes);
    } catch (error) {
      return this.#onBadFrame(bytes, error);
    }
    if (packet.type >= PacketKind.STREAM) return this.#onStream(packet, bytes.length);
    if (packet.impulse) return this.#serve(packet as MessagePacket, bytes);
    const exchange = this.#outbox.waiting.get(packet.id);
    // It is late, for a call that was given up.
    if (exchange === undefined) this.#drop(packet.data);
    else this.#requests.settle(exchange, packet as MessagePacket, bytes.length);
  }

  #onStream(packet: StreamPacket | MessagePacket, sizeBytes: number): void {
    const isChunk = packet.type === PacketKind.STREAM;
    const { streamId } = (isChunk ? packet : (packet.data ?? {})) as { readonly streamId?: unknown };
    // The server does not want the rest of an upload; what it has to say about it comes with the answer.
    if (typeof streamId !== 'number' || (!isChunk && this.#uploads.refused(streamId))) return;
    this.#streams.take(streamId, packet, sizeBytes);
  }

  /** A result that nobody takes: its stream must not go on sending, its service must not be kept. */
  #drop(value: unknown): void {
    if (value instanceof StreamReference) this.#streams.discard(value.streamId);
    if (value instanceof ServiceDefinition) this.#requests.tell('unref_service', value.id);
  }

  /** Requests of the server: each wants an answer, or it counts as lost there (PROTOCOL §7). */
  #serve({ id, type, data }: MessagePacket, bytes: Uint8Array<ArrayBuffer>): void {
    // A PING goes back as it came: written our way, what was just small enough may be too large.
    if (type === PacketKind.PING) return this.#link.send(asResponse(bytes));
    this.#outbox.send({ id, type, impulse: false, error: false, data: undefined });
    if (type !== PacketKind.TASK || !Array.isArray(data)) return;
    const [task, event, ...args] = data as readonly unknown[];
    if (task === 'emit' && typeof event === 'string') this.#subscriptions.emit(event, args);
  }

  #onBadFrame(bytes: Uint8Array, cause: unknown): void {
    if (isUnassigned(bytes)) return;
    const { code, reason } = cause instanceof CodecError ? cause : { code: 'malformed', reason: messageOf(cause) };
    const ours = code === 'too-large' ? code : 'protocol';
    const text = `a frame that cannot be read: ${reason}`;
    const exchange = this.#outbox.waiting.get(peekResponseId(bytes) ?? 0);
    if (exchange !== undefined)
      return this.#requests.fail(exchange, callError(ours, text, exchange.request.call, cause));
    // Unless it can be told whom it was for, nobody may go on as if nothing had been lost.
    this.#link.abandon(text, ours);
  }
}
