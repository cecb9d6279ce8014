import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { StreamReference } from '../../protocol/codec/references.js';
import type { Packet } from '../../protocol/index.js';
import { PacketCodec, PacketType } from '../../protocol/packet.js';
import type { BackendHandle } from '../backend-handle.js';

/** Values that arrive one by one, for whoever waits for the next. */
class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  next(): Promise<T> {
    const [value] = this.#values.splice(0, 1);
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }
}

/** The server's end of one connection, which does only what the test tells it to. */
export class TestConnection {
  /** Every message before the first packet, as text. */
  readonly greetings: string[] = [];
  readonly closed: Promise<number>;
  readonly #packets = new Arrivals<Packet>();
  readonly #codec = new PacketCodec();
  #lastId = 0;

  constructor(readonly socket: WebSocket) {
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.greetings.push(data.toString('utf8'));
      else this.#packets.push(this.#codec.decode(new Uint8Array(data)));
    });
  }

  /** The next packet of the client. */
  next(): Promise<Packet> {
    return this.#packets.next();
  }

  /** The next packet, which must be this task of the server; returns its id and its arguments. */
  async task(name: string): Promise<{ readonly id: number; readonly args: readonly unknown[] }> {
    const packet = await this.next();
    const [task, ...args] = packet.data as readonly unknown[];
    if (packet.type !== PacketType.task || task !== name) {
      throw new Error(`expected the task ${name}, got type ${packet.type}: ${JSON.stringify(packet.data)}`);
    }
    return { id: packet.id, args };
  }

  /** The next packet, which must be a call of this method; returns its id. */
  async call(method: string): Promise<number> {
    const packet = await this.next();
    const data = packet.data as readonly unknown[];
    if (packet.type !== PacketType.call || data[1] !== method) {
      throw new Error(`expected a call of ${method}, got type ${packet.type}: ${JSON.stringify(data)}`);
    }
    return packet.id;
  }

  /** Fails if anything but this ping was sent since the last packet read. */
  async expectSilence(backend: Pick<BackendHandle, 'ping'>): Promise<void> {
    const ping = backend.ping();
    const { id, type } = await this.next();
    if (type !== PacketType.ping) throw new Error(`expected a ping, got type ${type}`);
    this.respond(id, undefined);
    await ping;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.send(bytes);
  }

  respond(id: number, data: unknown): void {
    this.send(this.response(id, data));
  }

  fail(id: number, error: unknown): void {
    this.send(this.#codec.encode({ id, type: PacketType.call, impulse: false, error: true, data: error }));
  }

  response(id: number, data: unknown): Uint8Array {
    return this.#codec.encode({ id, type: PacketType.call, impulse: false, error: false, data });
  }

  respondWithStream(id: number, streamId: number): void {
    this.respond(id, new StreamReference(streamId, 'writable', true, 'test'));
  }

  request(type: Exclude<PacketType, typeof PacketType.stream>, data: unknown): number {
    this.#lastId++;
    this.send(this.#codec.encode({ id: this.#lastId, type, impulse: true, error: false, data }));
    return this.#lastId;
  }

  chunk(streamId: number, index: number, data: unknown, endOfStream = false): void {
    this.#lastId++;
    const packet = { id: this.#lastId, type: PacketType.stream, impulse: true, error: false, live: true } as const;
    this.send(this.#codec.encode({ ...packet, streamId, index, data, endOfStream }));
  }
}

/** A WebSocket server that may misbehave in every way. */
export class TestWsServer {
  readonly #connections = new Arrivals<TestConnection>();

  private constructor(readonly server: WebSocketServer) {
    server.on('connection', (socket) => this.#connections.push(new TestConnection(socket)));
  }

  static async open(): Promise<TestWsServer> {
    const server = new TestWsServer(new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }));
    await once(server.server, 'listening');
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  connection(): Promise<TestConnection> {
    return this.#connections.next();
  }

  close(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
