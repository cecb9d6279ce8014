import { WebSocket } from 'ws';
import { NetronClient } from '../client/index.ts';
import type { EchoServerUrls } from './echo-server.ts';
import { nodeRuntime } from './node-runtime.ts';
import { median } from './statistics.ts';

/** Payload in MB (10⁶ bytes) per second, median of the rounds. */
export interface StreamFigures {
  readonly chunkBytes: number;
  readonly megabytesPerSecond: Readonly<Record<string, number>>;
}

const ROUNDS = 7;
const SIZES = [
  { chunkBytes: 64, chunks: 30_000 },
  { chunkBytes: 16 * 1024, chunks: 3_000 },
] as const;

type Reader = (chunkBytes: number, chunks: number) => Promise<void>;

/** A stream from the built fixture to our client, beside bare sockets that carry messages of the same length. */
export async function benchStreams(urls: EchoServerUrls): Promise<readonly StreamFigures[]> {
  const client = new NetronClient({ url: urls.fixture, devtools: false, runtime: nodeRuntime });
  await (await client.backend()).connect();
  const readers: Readonly<Record<string, Reader>> = {
    ours: (chunkBytes, chunks) => readOurs(client, chunkBytes, chunks),
    floor: (chunkBytes, chunks) => readBare(urls.bare, chunkBytes, chunks),
  };
  const figures: StreamFigures[] = [];
  for (const { chunkBytes, chunks } of SIZES) figures.push(await race(readers, chunkBytes, chunks));
  client.close();
  return figures;
}

async function race(readers: Readonly<Record<string, Reader>>, chunkBytes: number, chunks: number) {
  const rates = new Map<string, number[]>(Object.keys(readers).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, read] of Object.entries(readers)) {
      const startedMs = performance.now();
      await read(chunkBytes, chunks);
      const rate = (chunkBytes * chunks) / (performance.now() - startedMs) / 1_000;
      // The first round is warm-up.
      if (round > 0) rates.get(name)?.push(rate);
    }
  }
  return { chunkBytes, megabytesPerSecond: Object.fromEntries([...rates].map(([name, list]) => [name, median(list)])) };
}

async function readOurs(client: NetronClient, chunkBytes: number, chunks: number): Promise<void> {
  let bytes = 0;
  // Roomy: how fast is asked here, and a reader in the same turn is at most one frame behind.
  const options = { buffer: { capacity: chunks } };
  for await (const chunk of client.stream('bench@1.0.0', 'chunks', [chunkBytes, chunks], options)) {
    bytes += (chunk as Uint8Array).length;
  }
  if (bytes !== chunkBytes * chunks) throw new Error(`${bytes} bytes came of ${chunkBytes * chunks}`);
}

function readBare(url: string, chunkBytes: number, chunks: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/chunks?size=${chunkBytes}&count=${chunks}`, { perMessageDeflate: false });
    socket.binaryType = 'arraybuffer';
    let left = chunks;
    socket.onmessage = () => {
      if (--left === 0) resolve();
    };
    socket.onerror = ({ message }) => reject(new Error(message));
  });
}
