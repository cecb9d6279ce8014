import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientHandshake, PacketCodec, PacketType } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from './test-peer.js';

/** A field of that name alone makes no promise. */
const NO_PROMISE = Object.fromEntries([['then', 'later']]);

@Service('paces@1.0.0')
class Paces {
  @Public()
  now(value: unknown): unknown {
    return value;
  }
  @Public()
  async soon(value: unknown): Promise<unknown> {
    return value;
  }
  @Public()
  thenable(): unknown {
    const then = (resolve: (value: string) => void): void => resolve('kept');
    return { then };
  }
  @Public()
  noThenable(): unknown {
    return NO_PROMISE;
  }
  @Public()
  throwing(): never {
    throw new TypeError('at once');
  }
}

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ services: [new Paces()] });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const codec = new PacketCodec();

/** A frame of a client, masked with zeros. */
function frameOf(bytes: Uint8Array | string, opcode = 2): Buffer {
  const payload = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const callFrame = (id: number, method: string, ...args: unknown[]): Buffer =>
  frameOf(
    codec.encode({ id, type: PacketType.call, impulse: true, error: false, data: ['paces@1.0.0', method, ...args] }),
  );

const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '\r\n',
].join('\r\n');

/** A client whose frames reach the server in one piece. */
async function dial(): Promise<Socket> {
  const socket = connect(Number(new URL(fixture.ws).port), '127.0.0.1');
  socket.write(UPGRADE);
  await once(socket, 'data');
  return socket;
}

async function allOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  await once(socket, 'close');
  return Buffer.concat(parts).toString('hex');
}

const answer = (id: number, data: unknown): string =>
  Buffer.from(codec.encode({ id, type: PacketType.call, impulse: false, error: false, data })).toString('hex');

describe('an answer', () => {
  it.each([
    ['now', ['a'], 'a'],
    ['soon', ['a'], 'a'],
    ['thenable', [], 'kept'],
    ['noThenable', [], NO_PROMISE],
  ])('of %s is its result', async (method, args, result) => {
    expect(await peer.call('paces@1.0.0', method, ...args)).toEqual(result);
  });

  it('of a method that throws at once is its error, and the next call is served', async () => {
    await expect(peer.call('paces@1.0.0', 'throwing')).rejects.toMatchObject({ name: 'TypeError', message: 'at once' });
    expect(await peer.call('paces@1.0.0', 'now', 1)).toBe(1);
  });

  it('comes in the order of the requests among those that need no wait, and once for each', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => peer.send(PacketType.call, ['paces@1.0.0', 'now', i]));
    const last = ids.at(-1);
    await peer.until(() => peer.received.find(({ id }) => id === last));
    expect(peer.received.filter(({ id }) => ids.includes(id)).map(({ id, data }) => [id, data])).toEqual(
      ids.map((id, i) => [id, i]),
    );
  });

  it.each(['now', 'soon'])(
    'of %s is not lost when a later one cuts the connection in the same turn',
    async (method) => {
      const socket = await dial();
      const received = allOf(socket);
      fixture.setFaults([{ method: 'thenable', effect: { kind: 'close' } }]);
      const handshake = frameOf(clientHandshake('c'), 1);
      socket.write(Buffer.concat([handshake, callFrame(1, method, 'first'), callFrame(2, 'thenable')]));
      const hex = await received;
      fixture.setFaults([]);
      expect(hex).toContain(answer(1, 'first'));
      expect(hex).not.toContain(answer(2, 'kept'));
      expect(await peer.call('paces@1.0.0', 'thenable')).toBe('kept');
    },
  );

  it('is not lost when the client says goodbye behind its request', async () => {
    const socket = await dial();
    const received = allOf(socket);
    socket.write(
      Buffer.concat([frameOf(clientHandshake('c'), 1), callFrame(7, 'now', 'x'), frameOf(Uint8Array.of(3, 232), 8)]),
    );
    expect(await received).toContain(answer(7, 'x'));
  });
});
