import { WebSocket } from 'ws';
import { browserRuntime, type Runtime, type WebSocketLike } from '../client/index.js';
import { CLOSE_WITHIN_MS } from './limits.js';

/** First byte of the JSON handshake, which is no packet (PROTOCOL §4.1). */
const HANDSHAKE_FIRST_BYTE = 0x7b;

/** What one client has sent and been answered, counted where it leaves the process. */
export interface Traffic {
  /** HTTP requests, or packets over WebSocket; the handshake does not count. */
  readonly sent: number;
  /** Of the HTTP answers, in order of arrival. */
  readonly statuses: readonly number[];
}

/** The client's surroundings in Node 20, which has no WebSocket of its own. One per client. */
export class NodeRuntime implements Traffic {
  sent = 0;
  readonly statuses: number[] = [];
  readonly runtime: Runtime;
  readonly #sockets = new Set<NodeSocket>();

  /** `origin` is what the page's own would be: only to it does the client send validators of the cache. */
  constructor(origin: string | undefined) {
    this.runtime = {
      ...browserRuntime(),
      origin,
      fetch: async (url, init) => {
        this.sent++;
        const response = await fetch(url, init);
        this.statuses.push(response.status);
        return response;
      },
      openWebSocket: (url) => {
        const socket = new NodeSocket(url, () => this.sent++);
        this.#sockets.add(socket);
        return socket;
      },
    };
  }

  /** After the client was closed: a server that does not answer the closing handshake must not keep the process. */
  dispose(): void {
    for (const socket of this.#sockets) socket.dropSoon();
  }
}

class NodeSocket implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onerror: WebSocketLike['onerror'] = null;
  onclose: WebSocketLike['onclose'] = null;
  readonly #socket: WebSocket;
  readonly #onPacket: () => void;
  #failure = '';

  constructor(url: string, onPacket: () => void) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket = socket;
    this.#onPacket = onPacket;
    socket.onopen = (event) => this.onopen?.(event);
    socket.onmessage = ({ data }) => this.onmessage?.({ data });
    socket.onerror = ({ message, error }) => {
      // Node tries several addresses of one name, and says what came of all of them in a code alone.
      this.#failure = message === '' ? String((error as { code?: unknown }).code) : message;
      this.onerror?.(error);
    };
    // A browser must not say why; here the reader of a report wants to know.
    socket.onclose = ({ code, reason }) => this.onclose?.({ code, reason: reason === '' ? this.#failure : reason });
  }

  get binaryType(): string {
    return this.#socket.binaryType;
  }

  set binaryType(type: string) {
    this.#socket.binaryType = type as WebSocket['binaryType'];
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (typeof data !== 'string' && data[0] !== HANDSHAKE_FIRST_BYTE) this.#onPacket();
    this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  dropSoon(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS).unref();
  }
}
