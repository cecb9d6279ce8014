import { WebSocket } from 'ws';
import { NetronClient } from '../client/index.ts';
import { PacketCodec, PacketType } from '../protocol/index.ts';
import { nodeRuntime } from './node-runtime.ts';
import { CALL_PAYLOAD } from './payload.ts';

/** Somebody who can make one call after another, and tells when each is done. */
export interface WireCaller {
  call(done: () => void): void;
  close(): void;
}

/** A call by our client. With `devtools`, its tap records as it does with no panel attached. */
export async function ourCaller(url: string, devtools: boolean): Promise<WireCaller> {
  const client = new NetronClient({ url, devtools, runtime: nodeRuntime });
  await (await client.backend()).connect();
  return {
    call: (done) => void client.mutate('bench@1.0.0', 'echo', [CALL_PAYLOAD]).then(done),
    close: () => client.close(),
  };
}

/** The floor: a bare socket to a bare socket, the bytes of the same call made once. Answers come in order. */
export async function bareCaller(url: string): Promise<WireCaller> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.binaryType = 'arraybuffer';
  const data = ['bench@1.0.0', 'echo', CALL_PAYLOAD];
  const bytes = new PacketCodec().encode({ id: 1, type: PacketType.call, impulse: true, error: false, data });
  const waiting: (() => void)[] = [];
  socket.onmessage = () => waiting.shift()?.();
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    call(done) {
      waiting.push(done);
      socket.send(bytes);
    },
    close: () => socket.close(),
  };
}
