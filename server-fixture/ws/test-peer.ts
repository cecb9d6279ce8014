import { once } from 'node:events';
import { WebSocket } from 'ws';
import { clientHandshake, nextPacketId, type Packet, PacketCodec, PacketType } from '../../protocol/index.js';

type RequestType = Exclude<PacketType, typeof PacketType.stream>;

/** A client for tests that can also do what no client should. */
export class TestPeer {
  readonly received: Packet[] = [];
  /** The server's handshake, and whether it came as text. */
  greeting: { text: string; isBinary: boolean } | undefined;
  readonly #codec = new PacketCodec();
  readonly #responses = new Map<number, Packet>();
  readonly #waiting = new Set<() => void>();
  #lastId = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      if (this.greeting === undefined) this.greeting = { text: data.toString('utf8'), isBinary };
      else this.#keep(this.#codec.decode(new Uint8Array(data)));
      for (const look of this.#waiting) look();
    });
    socket.on('error', () => undefined);
  }

  #keep(packet: Packet): void {
    this.received.push(packet);
    if (!packet.impulse) this.#responses.set(packet.id, packet);
  }

  /** Connects without a word, after the server's greeting. */
  static async connectSilently(url: string, headers: Record<string, string> = {}): Promise<TestPeer> {
    const peer = new TestPeer(new WebSocket(url, { headers }));
    await peer.until(() => peer.greeting);
    return peer;
  }

  static async connect(url: string, clientId = 'test-client', headers: Record<string, string> = {}): Promise<TestPeer> {
    const peer = await TestPeer.connectSilently(url, headers);
    peer.socket.send(clientHandshake(clientId));
    return peer;
  }

  /** Resolves as soon as `find`, asked again after every message, finds something. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.socket.send(bytes);
  }

  /** Sends a request or one-way packet; returns its id. */
  send(type: RequestType, data: unknown): number {
    this.#lastId = nextPacketId(this.#lastId);
    this.socket.send(this.#codec.encode({ id: this.#lastId, type, impulse: true, error: false, data }));
    return this.#lastId;
  }

  /** Sends one chunk of an upload. */
  sendChunk(streamId: number, index: number, data: unknown, { endOfStream = false, live = false } = {}): void {
    this.#lastId = nextPacketId(this.#lastId);
    const head = { id: this.#lastId, type: PacketType.stream, impulse: true, error: false };
    this.socket.send(this.#codec.encode({ ...head, data, streamId, index, endOfStream, live }));
  }

  async request(type: RequestType, data: unknown): Promise<Packet> {
    const id = this.send(type, data);
    return this.until(() => this.#responses.get(id));
  }

  /** Resolves to the result, or rejects with the error value. */
  async call(service: string, method: string, ...args: unknown[]): Promise<unknown> {
    const { error, data } = await this.request(PacketType.call, [service, method, ...args]);
    if (error) throw data;
    return data;
  }

  chunks(streamId: number): Packet[] {
    return this.received.filter((packet) => packet.type === PacketType.stream && packet.streamId === streamId);
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
