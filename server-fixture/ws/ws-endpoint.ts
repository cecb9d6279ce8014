import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { MAX_PACKET_BYTES } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { Listener } from '../listener.js';
import { admit } from './admission.js';
import { Peer } from './peer.js';

const GOING_AWAY = 1001;

/** Netron over WebSocket, on any path under the prefix. */
export class WsEndpoint {
  readonly #backend: Backend;
  readonly #listener: Listener;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PACKET_BYTES,
    perMessageDeflate: false,
  });
  readonly #peers = new Set<Peer>();

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#listener = new Listener(backend);
    const { server } = this.#listener;
    server.on('request', (_request, response) => {
      response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket' }).end('Upgrade Required');
    });
    server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => this.#connect(accepted, socket, request));
    });
  }

  listen(host: string, port: number): Promise<number> {
    return this.#listener.listen(host, port);
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) peer.close(GOING_AWAY, 'Server closing');
    this.#sockets.close();
    await this.#listener.close();
  }

  #connect(socket: WebSocket, transport: Duplex, request: IncomingMessage): void {
    const { counters } = this.#backend;
    // A broken or oversized frame closes the socket by itself, but is thrown where nobody listens.
    socket.on('error', () => {
      counters.packetsDropped++;
    });
    const admission = admit(this.#backend, request);
    if (!admission.admitted) {
      counters[admission.counter]++;
      socket.close(admission.code, admission.reason);
      return;
    }
    counters.connections++;
    counters.openConnections++;
    const peer = new Peer(this.#backend, socket, transport, admission.caller);
    this.#peers.add(peer);
    socket.on('message', (data, isBinary) => peer.receive(bytesOf(data), !isBinary));
    socket.on('close', () => {
      counters.openConnections--;
      this.#peers.delete(peer);
      peer.release();
    });
  }
}

/** A plain view: decoded bytes should be a `Uint8Array` and not a piece of a `Buffer`. */
function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return bytesOf(Buffer.concat(data));
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
}
