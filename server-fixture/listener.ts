import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Backend } from './backend.js';
import { KEEP_ALIVE_TIMEOUT_MS } from './limits.js';

/** An HTTP server on one port that can be closed whatever its clients do. */
export class Listener {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();

  constructor({ limits, counters }: Backend) {
    this.server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, maxHeaderSize: limits.headerBytes });
    this.server.maxConnections = limits.connections;
    this.server.on('drop', () => {
      counters.refusedConnections++;
    });
    // Node's own list forgets sockets that were upgraded, so keep one of all.
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves to the port; rejects with Node's error when it is taken or forbidden. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
