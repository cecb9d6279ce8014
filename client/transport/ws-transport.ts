import { CodecError } from '../../protocol/codec/codec-error.js';
import { ServiceDefinition, ServiceReference, StreamReference } from '../../protocol/codec/references.js';
import { HANDSHAKE_FIRST_BYTE } from '../../protocol/handshake.js';
import type { MessagePacket, Packet, TapCall } from '../../protocol/index.js';
import { PacketCodec, PacketType, peekResponseId } from '../../protocol/packet.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { ActiveCall } from '../call/active-call.js';
import { callError } from '../call/call-error.js';
import { startDeadline } from '../call/deadline.js';
import type { BackendConfig } from '../client-options.js';
import { FIRST_UPLOAD_ID, TASK_TIMEOUT_MS } from '../limits.js';
import { isNetronError, type NetronError, type NetronErrorCode } from '../netron-error.js';
import type { Runtime } from '../runtime.js';
import type { Operation, StreamSink, Transport, TransportReply, TransportRequest, WireLog } from './transport.js';
import { Definitions } from './ws/definitions.js';
import { PendingRequests } from './ws/pending-requests.js';
import { StreamTable, streamIdOf } from './ws/stream-table.js';
import { type EventHandler, Subscriptions } from './ws/subscriptions.js';
import { isUpload, sendUpload } from './ws/upload.js';
import { fromWireValue } from './ws/wire-error.js';
import { type LinkState, WsLink } from './ws/ws-link.js';

/** What of a backend's configuration is for its WebSocket. */
export type WsTransportOptions = Pick<BackendConfig, 'name' | 'url' | 'token'>;

/** Makes a service that came as a result something that can be called. */
type LoadReviver = () => Promise<{ remoteService(definition: ServiceDefinition): unknown }>;

const TYPES: Readonly<Record<Operation, MessagePacket['type']>> = {
  call: PacketType.call,
  get: PacketType.get,
  set: PacketType.set,
  task: PacketType.task,
};

/** A task may carry what must not be seen in its call. */
type WsRequest = TransportRequest & { readonly args?: readonly unknown[] };

const UPLOAD_PAUSE_MS = 10;

/** Stands in for the error of a request whose connection was lost, until it is known whether it is asked again. */
class ConnectionLost {
  constructor(
    readonly reason: string,
    readonly code: 'network' | 'protocol' | 'too-large',
  ) {}
}

/** Everything that goes over one backend's WebSocket: calls, properties, tasks, streams both ways, events. */
export class WsTransport implements Transport {
  readonly via = 'WS';
  readonly #options: WsTransportOptions;
  readonly #loadReviver: LoadReviver;
  readonly #runtime: Runtime;
  readonly #log: WireLog;
  readonly #codec = new PacketCodec();
  readonly #link: WsLink;
  readonly #pending = new PendingRequests<TransportReply & { readonly failed: boolean }>();
  /** Runs at the moment a response arrives, before anything that follows it on the wire. */
  readonly #onReply = new Map<number, { readonly call: TapCall; accept(value: unknown): void }>();
  readonly #streams = new StreamTable((streamId) =>
    this.#send(PacketType.streamClose, { streamId, reason: 'cancelled' }),
  );
  readonly #subscriptions = new Subscriptions();
  readonly #definitions = new Definitions((name) => this.#task('query_interface', [name]));
  #releaseSubscriptions: (() => void) | undefined;
  /** Uploads that are being sent; aborting one ends it. */
  readonly #uploads = new Map<number, AbortController>();
  #lastUploadId = FIRST_UPLOAD_ID - 1;
  #lossCode: ConnectionLost['code'] = 'network';

  constructor(
    options: WsTransportOptions,
    loadReviver: LoadReviver,
    runtime: Runtime,
    log: WireLog,
    onState: (kind: LinkState['kind']) => void,
  ) {
    this.#options = options;
    this.#loadReviver = loadReviver;
    this.#runtime = runtime;
    this.#log = log;
    this.#link = new WsLink((refresh) => this.#urlWithToken(refresh), runtime, {
      onState,
      onOpen: () => this.#subscribeAgain(),
      onBytes: (bytes) => this.#onBytes(bytes),
      onLost: (reason) => this.#onLost(reason),
      onSilence: () => this.#send(PacketType.ping, this.#runtime.now()),
    });
  }

  async invoke(request: TransportRequest): Promise<TransportReply> {
    const reply = await this.#exchange(request);
    if (reply.value instanceof ServiceDefinition) {
      return { ...reply, value: (await this.#loadReviver()).remoteService(reply.value) };
    }
    if (!(reply.value instanceof StreamReference)) return reply;
    this.#drop(reply.value);
    throw callError('invalid-argument', 'the method returns a stream: read it with client.stream()', request.call);
  }

  async stream(request: TransportRequest, sink: StreamSink): Promise<{ readonly streamId: number; cancel(): void }> {
    const { call, signal } = request;
    const { value } = await this.#exchange(request, (answer) => {
      if (answer instanceof StreamReference) this.#streams.open(answer.streamId, call, sink);
    });
    if (!(value instanceof StreamReference)) {
      this.#drop(value);
      throw callError('invalid-argument', 'the method returns no stream', call);
    }
    const { streamId } = value;
    if (signal.aborted) this.#streams.cancel(streamId);
    return { streamId, cancel: () => this.#streams.cancel(streamId) };
  }

  /** Resolves when the handshake is done, and keeps the connection up until the result is called. */
  async connect(request: Pick<TransportRequest, 'call' | 'signal'>): Promise<() => void> {
    const release = this.#link.need();
    try {
      await this.#ready(request);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** Round trip of a PING in milliseconds. */
  async ping(request: Pick<TransportRequest, 'call' | 'signal'>): Promise<number> {
    await this.#ready(request);
    const sentAtMs = this.#runtime.now();
    const id = this.#pending.nextId();
    const answer = this.#pending.wait(id, request.signal, () => callError('aborted', 'aborted', request.call));
    this.#link.send(this.#codec.encode({ id, type: PacketType.ping, impulse: true, error: false, data: sentAtMs }));
    try {
      await answer;
    } catch (error) {
      throw error instanceof ConnectionLost ? callError(error.code, error.reason, request.call) : error;
    }
    return this.#runtime.now() - sentAtMs;
  }

  /** Handlers of one event share one subscription; it is made again after every reconnect. */
  subscribe(event: string, handler: EventHandler): { readonly ready: Promise<void>; unsubscribe(): void } {
    // One of its own for each subscription: the same function may be subscribed twice.
    const own: EventHandler = (...args) => handler(...args);
    const isFirst = this.#subscriptions.add(event, own);
    this.#releaseSubscriptions ??= this.#link.need();
    const ready = isFirst || this.#link.state.kind !== 'open' ? this.#task('subscribe', [event]) : Promise.resolve();
    const unsubscribe = (): void => {
      if (!this.#subscriptions.remove(event, own)) return;
      this.#unsubscribe(event);
      if (this.#subscriptions.events.length > 0) return;
      this.#releaseSubscriptions?.();
      this.#releaseSubscriptions = undefined;
    };
    // Whoever left while it was on its way has had nothing to take back yet.
    return { ready: ready.then(() => this.#unsubscribe(event)), unsubscribe };
  }

  #unsubscribe(event: string): void {
    if (this.#subscriptions.has(event) || this.#link.state.kind !== 'open') return;
    this.#task('unsubscribe', [event]).catch(() => undefined);
  }

  /** Holds for this connection: after a reconnect, the token of the backend counts, or one authenticates again. */
  authenticate(credentials: unknown): Promise<unknown> {
    return this.#task('authenticate', [credentials]);
  }

  /** One of the server's own tasks, such as `authenticate`. */
  async #task(name: string, args: readonly unknown[]): Promise<unknown> {
    // The call is what the tap keeps: credentials never enter it.
    const call = this.#placeOf(name, name === 'authenticate' ? [] : args);
    const deadline = startDeadline(this.#runtime, TASK_TIMEOUT_MS, undefined);
    try {
      const request = { call, args, signal: deadline.signal, timeoutMs: TASK_TIMEOUT_MS, operation: 'task' } as const;
      return (await this.#exchange(request)).value;
    } catch (error) {
      throw deadline.expired() ? callError('timeout', `no answer within ${TASK_TIMEOUT_MS} ms`, call) : error;
    } finally {
      deadline.cleanup();
    }
  }

  close(): void {
    this.#link.close();
  }

  /** A query whose connection is lost on the way is asked once more: it changes nothing. Anything else fails. */
  async #exchange(request: WsRequest, onReply?: (value: unknown) => void): Promise<TransportReply> {
    const { call, signal } = request;
    const mayRepeat = call.kind === 'query' && request.operation !== 'set' && !call.args.some(isUpload);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(request, onReply);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        if (
          !mayRepeat ||
          attempt > 0 ||
          error.code !== 'network' ||
          this.#link.state.kind === 'closed' ||
          signal.aborted
        ) {
          throw callError(error.code, error.reason, call);
        }
      }
    }
  }

  async #once(request: WsRequest, onReply?: (value: unknown) => void): Promise<TransportReply> {
    const { call, signal, definitionId } = request;
    await this.#ready(request);
    if (definitionId !== undefined || request.operation === 'task' || !Definitions.needed(call.service)) {
      return this.#request(request, definitionId ?? call.service, onReply);
    }
    const id = await this.#resolve(call, signal);
    try {
      return await this.#request(request, id, onReply);
    } catch (error) {
      if (!isStaleDefinition(error)) throw error;
      this.#definitions.forget(call.service);
      // What a source has given already cannot be had from it again.
      if (call.args.some(isUpload)) throw error;
      return this.#request(request, await this.#resolve(call, signal), onReply);
    }
  }

  async #resolve(call: TapCall, signal: AbortSignal): Promise<string> {
    try {
      return await orAborted(() => this.#definitions.idOf(call.service), signal, call);
    } catch (error) {
      if (signal.aborted) throw error;
      const { status, reason, code } = error as NetronError;
      if (status === undefined) throw callError(code ?? 'protocol', reason ?? String(error), call, error);
      throw fromWireValue((error as NetronError).cause, call);
    }
  }

  async #ready({ call, signal }: Pick<TransportRequest, 'call' | 'signal'>): Promise<void> {
    if (this.#link.state.kind === 'open') return;
    const ready = (): Promise<void> =>
      this.#link.ready().catch((reason: unknown) => {
        const { kind } = this.#link.state;
        throw callError(
          'network',
          kind === 'closed' ? String(reason) : `cannot reach ${this.#options.url}: ${reason}`,
          call,
        );
      });
    await orAborted(ready, signal, call);
  }

  async #request(request: WsRequest, target: string, onReply?: (value: unknown) => void): Promise<TransportReply> {
    const { call, signal, operation = 'call' } = request;
    if (signal.aborted) throw callError('aborted', 'aborted', call);
    const uploads: { readonly streamId: number; readonly source: AsyncIterable<unknown> }[] = [];
    const { args: own = call.args } = request;
    const args = operation === 'call' ? own.map((arg) => this.#argument(arg, uploads)) : own;
    const id = this.#pending.nextId();
    const data = operation === 'task' ? [call.method, ...args] : [target, call.method, ...args];
    const bytes = this.#encode(call, { id, type: TYPES[operation], impulse: true, error: false, data });
    const { state } = this.#link;
    if (state.kind !== 'open') throw new ConnectionLost('the connection was lost before the call was sent', 'network');
    this.#log.sent(call, bytes.length, `${operation.toUpperCase()} #${id}`);
    this.#link.send(bytes);
    const answer = this.#pending.wait(id, signal, () => callError('aborted', 'aborted', call));
    this.#onReply.set(id, { call, accept: (value) => onReply?.(value) });
    for (const { streamId, source } of uploads) {
      const upload = new AbortController();
      this.#uploads.set(streamId, upload);
      this.#upload(streamId, source, call, upload.signal).catch((error: unknown) => {
        const reason = `the source of the upload failed: ${String(error)}`;
        this.#pending.reject(id, isNetronError(error) ? error : callError('invalid-argument', reason, call, error));
      });
    }
    try {
      return await this.#settle(answer, call);
    } finally {
      this.#onReply.delete(id);
      for (const { streamId } of uploads) this.#endUpload(streamId);
    }
  }

  async #settle(
    answer: Promise<TransportReply & { readonly failed: boolean }>,
    call: TapCall,
  ): Promise<TransportReply> {
    const { failed, ...reply } = await answer;
    if (failed) throw fromWireValue(reply.value, call);
    return reply;
  }

  /** Services and streams travel as references, and only as direct arguments (PROTOCOL §6). */
  #argument(arg: unknown, uploads: { streamId: number; source: AsyncIterable<unknown> }[]): unknown {
    const definitionId: unknown = (arg as { definitionId?: unknown } | null)?.definitionId;
    if (typeof arg === 'object' && arg !== null && typeof definitionId === 'string' && !isPlainObject(arg)) {
      return new ServiceReference(definitionId);
    }
    if (!isUpload(arg)) return arg;
    const { state } = this.#link;
    const streamId = ++this.#lastUploadId;
    uploads.push({ streamId, source: arg });
    return new StreamReference(streamId, 'writable', false, state.kind === 'open' ? state.clientId : '');
  }

  #upload(streamId: number, source: AsyncIterable<unknown>, call: TapCall, signal: AbortSignal): Promise<void> {
    return sendUpload(streamId, source, call, {
      signal,
      nextId: () => this.#pending.nextId(),
      send: (packet) => this.#link.send(this.#encode(call, packet)),
      bufferedBytes: () => this.#link.bufferedBytes,
      pause: () => new Promise((resolve) => this.#runtime.setTimeout(resolve, UPLOAD_PAUSE_MS)),
    });
  }

  #endUpload(streamId: number): void {
    this.#uploads.get(streamId)?.abort();
    this.#uploads.delete(streamId);
  }

  #encode(call: TapCall, packet: Packet): Uint8Array<ArrayBuffer> {
    try {
      return this.#codec.encode(packet);
    } catch (error) {
      // The caller's own code: a getter or an iterator that throws.
      if (!(error instanceof CodecError)) {
        throw callError('invalid-argument', `the arguments cannot be read: ${String(error)}`, call, error);
      }
      const code = error.code === 'too-large' ? 'too-large' : 'invalid-argument';
      // The path starts at the packet's data: an item of an upload, or one element (of a task) or two, then the arguments.
      const before = packet.type === PacketType.task ? 1 : 2;
      const path =
        packet.type === PacketType.stream
          ? error.path.replace(/^\$/, `item ${packet.index} of the upload`)
          : error.path.replace(/^\$\[(\d+)\]/, (_, index: string) => `args[${Number(index) - before}]`);
      throw callError(code, `${error.reason}${path === '' ? '' : ` at ${path}`}`, call, error);
    }
  }

  /** A one-way packet of our own. */
  #send(type: MessagePacket['type'], data: unknown): void {
    if (this.#link.state.kind !== 'open') return;
    this.#link.send(this.#codec.encode({ id: this.#pending.nextId(), type, impulse: true, error: false, data }));
  }

  #onBytes(bytes: Uint8Array): void {
    // The server's own handshake: bytes that begin with "{", which no packet does.
    if (bytes[0] === HANDSHAKE_FIRST_BYTE) return;
    let packet: Packet;
    try {
      packet = this.#codec.decode(bytes);
    } catch (error) {
      return this.#onBadFrame(bytes, error);
    }
    if (packet.type >= PacketType.stream) {
      const ended = packet.type === PacketType.stream ? undefined : streamIdOf(packet.data);
      // The server does not want the rest of an upload; what it has to say about it comes with the answer.
      if (ended !== undefined && ended >= FIRST_UPLOAD_ID && ended <= this.#lastUploadId) return this.#endUpload(ended);
      this.#streams.take(packet, bytes.length, this.#pending.size > 0);
    } else if (packet.impulse) this.#answer(packet as MessagePacket);
    else this.#onResponse(packet as MessagePacket, bytes.length);
  }

  #onResponse({ id, error, data }: MessagePacket, sizeBytes: number): void {
    const waiting = this.#onReply.get(id);
    if (waiting !== undefined) {
      this.#log.received(waiting.call, sizeBytes, error ? `ERROR #${id}` : `RESPONSE #${id}`);
      if (!error) waiting.accept(data);
      this.#onReply.delete(id);
    }
    // Late, for a call that was given up.
    if (!this.#pending.resolve(id, { value: data, sizeBytes, failed: error })) this.#drop(data);
  }

  /** A result that nobody takes: its stream must not go on sending, its service must not be kept. */
  #drop(value: unknown): void {
    if (value instanceof StreamReference) this.#streams.discard(value.streamId);
    if (value instanceof ServiceDefinition) this.#task('unref_service', [value.id]).catch(() => undefined);
  }

  /** Requests of the server: each wants an answer, or it counts as lost there (PROTOCOL §7). */
  #answer({ id, type, data }: MessagePacket): void {
    const reply = type === PacketType.ping ? data : undefined;
    this.#link.send(this.#codec.encode({ id, type, impulse: false, error: false, data: reply }));
    if (type !== PacketType.task || !Array.isArray(data) || data[0] !== 'emit') return;
    const [, event, ...args] = data as readonly unknown[];
    if (typeof event === 'string') this.#subscriptions.emit(event, args);
  }

  #onBadFrame(bytes: Uint8Array, cause: unknown): void {
    const code = cause instanceof CodecError && cause.code === 'too-large' ? 'too-large' : 'protocol';
    const reason = `a frame that cannot be read: ${cause instanceof CodecError ? cause.reason : String(cause)}`;
    const id = peekResponseId(bytes);
    const waiting = id === undefined ? undefined : this.#onReply.get(id);
    if (id !== undefined && waiting !== undefined) {
      this.#pending.reject(id, callError(code, reason, waiting.call, cause));
      return;
    }
    // Whom it was for cannot be told, so nobody may go on as if nothing had been lost.
    this.#lossCode = code;
    this.#link.abandon(reason);
    this.#lossCode = 'network';
  }

  #onLost(reason: string): void {
    const code = this.#lossCode;
    this.#definitions.clear();
    this.#onReply.clear();
    this.#pending.rejectAll(() => new ConnectionLost(reason, code));
    this.#streams.failAll(reason, code);
  }

  #subscribeAgain(): void {
    for (const event of this.#subscriptions.events) this.#task('subscribe', [event]).catch(() => undefined);
  }

  async #urlWithToken(refresh: boolean): Promise<string> {
    const { url, token } = this.#options;
    const value = await token?.(refresh);
    if (value === undefined) return url;
    const withToken = new URL(url);
    withToken.searchParams.set('token', value);
    return withToken.href;
  }

  /** A task belongs to no service; errors name it all the same. */
  #placeOf(task: string, args: readonly unknown[]): ActiveCall {
    return new ActiveCall('query', this.#options.name, '$server', task, args, 'WS', null);
  }
}

/** Gives up waiting, not the work. */
function orAborted<T>(work: () => Promise<T>, signal: AbortSignal, call: TapCall): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(callError('aborted', 'aborted', call));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function isStaleDefinition(error: unknown): boolean {
  const { code, status, reason } = error as { code?: NetronErrorCode; status?: number; reason?: string };
  return code === 'remote' && status === 404 && /^Definition with id/.test(reason ?? '');
}
