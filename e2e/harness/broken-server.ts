import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface BrokenServer {
  readonly url: string;
  close(): Promise<void>;
}

/** One byte more than a client takes. */
const OVERSIZED_BYTES = 16 * 1024 * 1024 + 1;
const CALL_RESPONSE = 0x03;

/** Accepts calls as a Titan does, and answers each with a frame that cannot be read: cut off, or far too large. */
export async function startBrokenServer(): Promise<BrokenServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: OVERSIZED_BYTES });
  server.on('connection', (socket) => {
    socket.once('message', () => {
      socket.on('message', (data: Buffer) => answer(socket, data));
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(socket: WebSocket, request: Buffer): void {
  const head = Buffer.from([...request.subarray(0, 4), CALL_RESPONSE]);
  // An array of two items, of which one is there.
  const cutOff = Buffer.from([0x92, 0x01]);
  const isOversized = request.includes('oversized');
  socket.send(Buffer.concat([head, isOversized ? Buffer.alloc(OVERSIZED_BYTES) : cutOff]));
}
