import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacketType } from '../../protocol/index.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from './test-peer.js';

let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture();
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('the handshake', () => {
  it('begins with the id of the server as a binary message', () => {
    const text = JSON.stringify({ type: 'id', id: fixture.netronId });
    expect(peer.greeting).toEqual({ text, isBinary: true });
  });

  it('accepts the id of the client as a binary message as well', async () => {
    const binary = await TestPeer.connectSilently(`${fixture.ws}/any/path`);
    binary.sendBytes(Buffer.from('{"type":"client-id","id":"b"}'));
    expect(await binary.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    await binary.close();
  });

  it.each([
    ['a call', '000000014394b063616c63756c61746f7240312e302e30a36164640203'],
    ['a ping', '0000000140cb4278bcfe56800000'],
    ['an id without text', Buffer.from('{"type":"client-id"}').toString('hex')],
    ['nothing', ''],
  ])('leaves a connection that begins with %s deaf to all but ping', async (_name, hex) => {
    const deaf = await TestPeer.connectSilently(fixture.ws);
    const { deafConnections } = fixture.counters;
    deaf.sendBytes(fromHex(hex));
    deaf.sendBytes('{"type":"client-id","id":"late"}');
    deaf.send(PacketType.call, ['calculator@1.0.0', 'add', 1, 1]);
    deaf.send(PacketType.call, ['calculator@1.0.0', 'add', 1, 1]);
    const pong = await deaf.request(PacketType.ping, 'still here');
    expect(pong.data).toBe('still here');
    expect(deaf.received.filter((packet) => packet.type === PacketType.call)).toEqual([]);
    expect(fixture.counters.deafConnections).toBe(deafConnections + 1);
    await deaf.close();
  });
});

describe('broken input', () => {
  const good = '000000014394b063616c63756c61746f7240312e302e30a36164640203';

  it.each([
    ['a map as the body', '000000014381a16101'],
    ['nil as the body', '0000000143c0'],
    ['an empty list', '000000014390'],
    ['a number as the service', '00000001439101'],
  ])('is answered when the packet is readable: %s', async (_name, hex) => {
    const rude = await TestPeer.connect(fixture.ws);
    rude.sendBytes(fromHex(hex));
    const answer = await rude.until(() => rude.received[0]);
    expect(answer).toMatchObject({ id: 1, error: true, impulse: false, data: { code: 400 } });
    rude.received.length = 0;
    rude.sendBytes(fromHex(good));
    expect((await rude.until(() => rude.received[0])).data).toBe(5);
    await rude.close();
  });

  it.each([
    ['half a frame', good.slice(0, 30)],
    ['bytes after the packet', `${good}00`],
    ['an unassigned type', '000000014990'],
    ['four bytes', '00000001'],
    ['an array of four billion', '0000000143ddffffffff'],
    ['nested lists without end', `0000000143${'91'.repeat(5000)}`],
    ['a chunk for no stream', '000000156581a169010000000500000001'],
    ['a stream close without an id', '0000000147c0'],
  ])('is dropped and counted: %s', async (_name, hex) => {
    const rude = await TestPeer.connect(fixture.ws);
    const { packetsDropped } = fixture.counters;
    rude.sendBytes(fromHex(hex));
    expect(await rude.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    expect(rude.received).toHaveLength(1);
    expect(fixture.counters.packetsDropped).toBe(packetsDropped + 1);
    await rude.close();
  });

  it('of any other kind leaves the server alive', async () => {
    const rude = await TestPeer.connect(fixture.ws);
    for (let i = 0; i < 500; i++) rude.sendBytes(randomBytes(i % 64));
    for (let i = 0; i < 500; i++) {
      const bytes = fromHex(good);
      bytes[i % bytes.length] = randomBytes(1)[0] ?? 0;
      rude.sendBytes(bytes);
    }
    rude.sendBytes('text');
    rude.sendBytes(JSON.stringify([1, 2]));
    await rude.request(PacketType.ping, 'done');
    expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    await rude.close();
  });

  it('that grows when it is echoed is dropped', async () => {
    const rude = await TestPeer.connect(fixture.ws);
    const count = 2_000_000;
    const bytes = Buffer.alloc(10 + count * 5);
    bytes.set(fromHex('0000000140dd001e8480'));
    for (let i = 0; i < count; i++) bytes.writeUInt32BE(0x3dcccccd, bytes.writeUInt8(0xca, 10 + i * 5));
    const { packetsDropped } = fixture.counters;
    rude.sendBytes(bytes);
    expect(await rude.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
    expect(fixture.counters.packetsDropped).toBe(packetsDropped + 1);
    await rude.close();
  });

  it('above the size of a packet closes its connection only', async () => {
    const rude = await TestPeer.connect(fixture.ws);
    const closed = new Promise<number>((resolve) => rude.socket.on('close', resolve));
    rude.sendBytes(new Uint8Array(16 * 1024 * 1024 + 1));
    expect(await closed).toBe(1009);
    expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
  });

  it('over plain HTTP is told to upgrade', async () => {
    expect((await fetch(fixture.ws.replace('ws:', 'http:'))).status).toBe(426);
  });
});
