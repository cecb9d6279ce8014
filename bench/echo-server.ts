import { createFixture, Public, Service, Stream } from 'netron-client/fixture';
import { type WebSocket, WebSocketServer } from 'ws';
import { PacketCodec, PacketType } from '../protocol/index.ts';
import { CALL_PAYLOAD } from './payload.ts';

/** What the server process tells the bench: where the built fixture and the bare sockets listen. */
export interface EchoServerUrls {
  readonly fixture: string;
  readonly bare: string;
}

/** A sender pauses when so many bytes wait in its socket. */
const HIGH_WATER_BYTES = 1_048_576;

@Service('bench@1.0.0')
class Bench {
  @Public()
  echo(value: unknown): unknown {
    return value;
  }

  @Stream()
  async *chunks(sizeBytes: number, count: number): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(sizeBytes).fill(7);
    for (let i = 0; i < count; i++) yield chunk;
  }
}

/** Runs in a process of its own: see `scripts/bench.mjs --server`. Prints one JSON line, and ends with its parent. */
export async function run(): Promise<void> {
  const fixture = await createFixture({ services: [new Bench()] });
  const bare = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  bare.on('connection', (socket, { url }) => {
    if (url === '/answer') answerCalls(socket);
    else if (url === '/echo') echo(socket);
    else void sendChunks(socket, new URL(url ?? '', 'ws://bare').searchParams);
  });
  await new Promise((resolve) => bare.once('listening', resolve));
  const { port } = bare.address() as { port: number };
  const urls: EchoServerUrls = { fixture: fixture.ws, bare: `ws://127.0.0.1:${port}` };
  process.stdout.write(`${JSON.stringify(urls)}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
}

/** The floor of a call: the same bytes come back. */
function echo(socket: WebSocket): void {
  socket.on('message', (data) => socket.send(data as Buffer, { binary: true }));
}

/** Answers any request with one recorded response that only gets its id: what our client costs without a Netron server. */
function answerCalls(socket: WebSocket): void {
  const data = CALL_PAYLOAD;
  const response = new PacketCodec().encode({ id: 1, type: PacketType.call, impulse: false, error: false, data });
  socket.on('message', (request: Buffer, isBinary) => {
    if (!isBinary || request[0] === 0x7b) return;
    const reply = Buffer.from(response);
    request.copy(reply, 0, 0, 4);
    socket.send(reply);
  });
}

/** The floor of a stream: packets of the same length, as fast as the socket takes them. */
async function sendChunks(socket: WebSocket, params: URLSearchParams): Promise<void> {
  const data = new Uint8Array(Number(params.get('size'))).fill(7);
  const place = { streamId: 1, index: 0, endOfStream: false, live: false };
  const head = { id: 1, type: PacketType.stream, impulse: true, error: false } as const;
  const packet = new PacketCodec().encode({ ...head, ...place, data });
  for (let left = Number(params.get('count')); left > 0; left--) {
    socket.send(packet);
    if (socket.bufferedAmount > HIGH_WATER_BYTES) await new Promise((resolve) => setImmediate(resolve));
  }
  socket.close();
}
