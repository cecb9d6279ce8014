import { CodecError } from '../../protocol/codec/codec-error.js';
import { StreamReference } from '../../protocol/codec/references.js';
import { clientHandshake, HANDSHAKE_FIRST_BYTE } from '../../protocol/handshake.js';
import type { MessagePacket, Packet, TapCall } from '../../protocol/index.js';
import { isCallableName } from '../../protocol/names.js';
import { nextPacketId, PacketCodec, PacketType, peekResponseId } from '../../protocol/packet.js';
import { DISCARDED_STREAMS, EARLY_STREAMS, STREAM_EARLY_CHUNKS } from '../limits.js';
import type { NetronError } from '../netron-error.js';
import { type Runtime, randomId, type WebSocketLike } from '../runtime.js';
import { IncomingStream } from './incoming-stream.js';
import { callError, fromWireValue } from './remote-error.js';
import type { StreamSink, Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly socket: WebSocketLike; readonly opened: Promise<WebSocketLike> }
  | { readonly kind: 'open'; readonly socket: WebSocketLike }
  | { readonly kind: 'closed' };

interface Pending {
  readonly call: TapCall;
  resolve(reply: TransportReply): void;
  reject(error: unknown): void;
}

/** A browser may close with 1000 or 3000–4999 only; this one says that the peer broke the protocol. */
const CLOSE_PROTOCOL_ERROR = 4_002;
/** What browsers report when there was no closing handshake. */
const CLOSED_ABNORMALLY = 1_006;
const READY_STATE_CLOSED = 3;

/** Calls and streams over one WebSocket, opened at the first call and again at the first call after it was lost. */
export class WsTransport implements Transport {
  readonly via = 'WS';
  readonly #url: string;
  readonly #runtime: Runtime;
  readonly #log: WireLog;
  readonly #onState: (state: State['kind']) => void;
  readonly #codec = new PacketCodec();
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, { readonly stream: IncomingStream; readonly call: TapCall }>();
  /** Chunks that came before the response which names their stream (PROTOCOL §8). */
  readonly #early = new Map<number, { readonly packet: Packet; readonly sizeBytes: number }[]>();
  /** Streams that were closed from here: Titan goes on sending them (PROTOCOL §8). */
  readonly #discarded = new Set<number>();
  #state: State = { kind: 'idle' };
  #lastId = 0;

  constructor(url: string, runtime: Runtime, log: WireLog, onState: (state: State['kind']) => void) {
    this.#url = url;
    this.#runtime = runtime;
    this.#log = log;
    this.#onState = onState;
  }

  async invoke(request: TransportRequest): Promise<TransportReply> {
    const reply = await this.#request(request);
    if (!(reply.value instanceof StreamReference)) return reply;
    this.#sendClose(reply.value.streamId);
    throw callError('invalid-argument', 'the method returns a stream: read it with client.stream()', request.call);
  }

  async stream(request: TransportRequest, sink: StreamSink): Promise<{ readonly streamId: number; cancel(): void }> {
    const { call, signal } = request;
    const { value } = await this.#request(request, (streamId) => {
      const stream = new IncomingStream(call, sink);
      this.#streams.set(streamId, { stream, call });
      const early = this.#early.get(streamId) ?? [];
      this.#early.delete(streamId);
      for (const { packet, sizeBytes } of early) if (!stream.done) this.#onStreamPacket(packet, sizeBytes);
    });
    if (!(value instanceof StreamReference)) throw callError('invalid-argument', 'the method returns no stream', call);
    const { streamId } = value;
    const cancel = (): void => {
      if (this.#streams.delete(streamId)) this.#sendClose(streamId);
    };
    if (signal.aborted) cancel();
    return { streamId, cancel };
  }

  close(): void {
    const { socket } = this.#state as { socket?: WebSocketLike };
    this.#setState({ kind: 'closed' });
    this.#failAll('the client was closed');
    socket?.close(1_000);
  }

  async #request({ call, signal }: TransportRequest, onStream?: (streamId: number) => void): Promise<TransportReply> {
    const name = call.service;
    if (!isCallableName(name))
      throw callError('invalid-argument', `${name} cannot be called by name over WebSocket`, call);
    const socket = await this.#connect(call, signal);
    if (signal.aborted) throw callError('aborted', 'aborted', call);
    this.#lastId = nextPacketId(this.#lastId);
    const id = this.#lastId;
    const bytes = this.#encode(call, {
      id,
      type: PacketType.call,
      impulse: true,
      error: false,
      data: [name, call.method, ...call.args],
    });
    this.#log.sent(call, bytes.length, `CALL #${id}`);
    socket.send(bytes);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#pending.delete(id);
        reject(callError('aborted', 'aborted', call));
      };
      const settle = (): void => {
        this.#pending.delete(id);
        signal.removeEventListener('abort', abort);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#pending.set(id, {
        call,
        resolve: (reply) => {
          settle();
          if (reply.value instanceof StreamReference) onStream?.(reply.value.streamId);
          resolve(reply);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  #encode(call: TapCall, packet: Packet): Uint8Array<ArrayBuffer> {
    try {
      return this.#codec.encode(packet);
    } catch (error) {
      // The caller's own code: a getter or an iterator that throws.
      if (!(error instanceof CodecError))
        throw callError('invalid-argument', `the arguments cannot be read: ${String(error)}`, call, error);
      const code = error.code === 'too-large' ? 'too-large' : 'invalid-argument';
      // The path starts at the packet's data: two elements, then the arguments.
      const path = error.path.replace(/^\$\[(\d+)\]/, (_, index: string) => `args[${Number(index) - 2}]`);
      throw callError(code, `${error.reason}${path === '' ? '' : ` at ${path}`}`, call, error);
    }
  }

  async #connect(call: TapCall, signal: AbortSignal): Promise<WebSocketLike> {
    if (this.#state.kind === 'closed') throw callError('network', 'the client was closed', call);
    if (this.#state.kind === 'open') return this.#state.socket;
    if (this.#state.kind === 'idle') this.#open();
    const { opened } = this.#state as Extract<State, { kind: 'connecting' }>;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(callError('aborted', 'aborted while connecting', call));
      signal.addEventListener('abort', abort, { once: true });
      opened
        .then(resolve, (error: unknown) => reject(callError('network', `cannot reach ${this.#url}`, call, error)))
        .finally(() => signal.removeEventListener('abort', abort));
    });
  }

  #open(): void {
    const socket = this.#runtime.openWebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    const opened = new Promise<WebSocketLike>((resolve, reject) => {
      socket.onopen = () => {
        // Nothing may be sent before it: a server that sees another message first never answers a call (PROTOCOL §4.1).
        socket.send(clientHandshake(randomId(this.#runtime)));
        this.#setState({ kind: 'open', socket });
        resolve(socket);
      };
      const lost = (code: number, reason: string): void => {
        reject(new Error(`closed with ${code}${reason === '' ? '' : `: ${reason}`}`));
        this.#onClose(socket, code, reason);
      };
      socket.onclose = ({ code, reason }) => lost(code, reason);
      // A socket that the page's own policy forbids is closed from the start: Chromium tells by an error alone.
      socket.onerror = () => {
        if (socket.readyState === READY_STATE_CLOSED) lost(CLOSED_ABNORMALLY, 'refused by the browser');
      };
    });
    // Nobody may be waiting for it any more when it fails.
    opened.catch(() => undefined);
    socket.onmessage = ({ data }) => {
      // What a connection that was given up still delivers must not touch the next one.
      if ((this.#state as { socket?: WebSocketLike }).socket === socket) this.#onMessage(data);
    };
    this.#setState({ kind: 'connecting', socket, opened });
  }

  #onClose(socket: WebSocketLike, code: number, reason: string): void {
    const { socket: current } = this.#state as { socket?: WebSocketLike };
    if (current !== socket) return;
    this.#setState({ kind: 'idle' });
    this.#failAll(`the connection was closed with ${code}${reason === '' ? '' : `: ${reason}`}`);
  }

  #onMessage(data: unknown): void {
    // The server's own handshake: text, or bytes that begin with "{", which no packet does.
    if (!(data instanceof ArrayBuffer)) return;
    const bytes = new Uint8Array(data);
    if (bytes[0] === HANDSHAKE_FIRST_BYTE) return;
    let packet: Packet;
    try {
      packet = this.#codec.decode(bytes);
    } catch (error) {
      return this.#onBadFrame(bytes, error);
    }
    if (packet.type === PacketType.stream) this.#onStreamPacket(packet, bytes.length);
    else if (packet.type === PacketType.streamError || packet.type === PacketType.streamClose)
      this.#onStreamEnd(packet);
    else if (packet.impulse) this.#answer(packet);
    else this.#onResponse(packet, bytes.length);
  }

  #onResponse({ id, error, data }: MessagePacket, sizeBytes: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      // Late, for a call that was aborted: a stream it may name must not go on sending.
      if (data instanceof StreamReference) this.#sendClose(data.streamId);
      return;
    }
    this.#log.received(pending.call, sizeBytes, error ? `ERROR #${id}` : `RESPONSE #${id}`);
    if (error) pending.reject(fromWireValue(data, pending.call));
    else pending.resolve({ value: data, sizeBytes });
  }

  #onStreamPacket(packet: Packet, sizeBytes: number): void {
    if (packet.type !== PacketType.stream) return this.#onStreamEnd(packet);
    const open = this.#streams.get(packet.streamId);
    if (open === undefined) return this.#keepEarly(packet.streamId, packet, sizeBytes);
    if (packet.endOfStream) open.stream.end(packet.index, packet.data, sizeBytes);
    else open.stream.chunk(packet.index, packet.data, sizeBytes);
    if (!open.stream.done || !this.#streams.delete(packet.streamId)) return;
    // It failed before its end, so the server goes on.
    if (!packet.endOfStream) this.#sendClose(packet.streamId);
  }

  /** An end without its end packet is a failure, whatever the reason says (PROTOCOL §8). */
  #onStreamEnd(packet: MessagePacket): void {
    const { streamId, reason, message } = (packet.data ?? {}) as {
      streamId?: unknown;
      reason?: unknown;
      message?: unknown;
    };
    if (typeof streamId !== 'number') return;
    const open = this.#streams.get(streamId);
    if (open === undefined) return this.#keepEarly(streamId, packet, 0);
    this.#streams.delete(streamId);
    const why = typeof message === 'string' ? message : typeof reason === 'string' ? reason : 'closed before its end';
    open.stream.fail(fromWireValue(why, open.call));
  }

  /** Only calls in flight can still name a stream, and never one that was cancelled before. */
  #keepEarly(streamId: number, packet: Packet, sizeBytes: number): void {
    if (this.#pending.size === 0) return this.#early.clear();
    if (this.#discarded.has(streamId)) return;
    const packets = this.#early.get(streamId) ?? [];
    if (packets.length >= STREAM_EARLY_CHUNKS || (packets.length === 0 && this.#early.size >= EARLY_STREAMS)) return;
    packets.push({ packet, sizeBytes });
    this.#early.set(streamId, packets);
  }

  /** Requests of the server: each wants an answer, or it counts as lost there (PROTOCOL §7). */
  #answer({ id, type, data }: MessagePacket): void {
    if (this.#state.kind !== 'open') return;
    const reply = type === PacketType.ping ? data : undefined;
    this.#state.socket.send(this.#codec.encode({ id, type, impulse: false, error: false, data: reply }));
  }

  #onBadFrame(bytes: Uint8Array, cause: unknown): void {
    const code = cause instanceof CodecError && cause.code === 'too-large' ? 'too-large' : 'protocol';
    const reason = `a frame that cannot be read: ${cause instanceof CodecError ? cause.reason : String(cause)}`;
    const id = peekResponseId(bytes);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending !== undefined) return pending.reject(callError(code, reason, pending.call, cause));
    // Whom it was for cannot be told, so nobody may go on as if nothing had been lost.
    const { socket } = this.#state as { socket?: WebSocketLike };
    this.#setState({ kind: 'idle' });
    this.#failAll(reason, code);
    socket?.close(CLOSE_PROTOCOL_ERROR, 'malformed frame');
  }

  #failAll(reason: string, code: NetronError['code'] = 'network'): void {
    for (const { call, reject } of [...this.#pending.values()]) reject(callError(code, reason, call));
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#early.clear();
    this.#discarded.clear();
    for (const { stream, call } of streams) stream.fail(callError(code, reason, call));
  }

  #sendClose(streamId: number): void {
    if (this.#state.kind !== 'open') return;
    this.#early.delete(streamId);
    this.#discarded.add(streamId);
    const [oldest] = this.#discarded;
    if (this.#discarded.size > DISCARDED_STREAMS && oldest !== undefined) this.#discarded.delete(oldest);
    this.#lastId = nextPacketId(this.#lastId);
    const packet = { id: this.#lastId, type: PacketType.streamClose, impulse: true, error: false } as const;
    this.#state.socket.send(this.#codec.encode({ ...packet, data: { streamId, reason: 'cancelled' } }));
  }

  #setState(state: State): void {
    this.#state = state;
    this.#onState(state.kind);
  }
}
