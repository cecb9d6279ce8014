import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PacketType, StreamReference } from '../protocol/index.js';
import { TestBundle } from './test-bundle.js';
import { TestPeer } from './ws/test-peer.js';

/** The command itself, with an ear for what nobody else would hear. */
const SOURCE = `
  const faults = [];
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => faults.push(event + ': ' + (error?.stack ?? error)));
  }
  process.on('message', () => process.send({ faults, rss: process.memoryUsage.rss() }));
  require('./main.ts');
`;

let bundle: TestBundle;
let child: ChildProcess;
let http = '';
let ws = '';

beforeAll(async () => {
  bundle = await TestBundle.build(SOURCE);
  child = fork(bundle.file, ['--auth', '--tick'], { silent: true });
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  ({ http, ws } = JSON.parse(line.toString()) as Record<'http' | 'ws', string>);
});
afterAll(async () => {
  child.kill();
  await bundle.remove();
});

interface Report {
  readonly faults: readonly string[];
  readonly rss: number;
}

async function report(): Promise<Report> {
  child.send('report');
  const [message] = (await once(child, 'message')) as [Report];
  return message;
}

/** The server is none the worse: no fault went unheard, and both transports serve. */
async function assertWell(): Promise<void> {
  const peer = await TestPeer.connect(ws);
  expect(await peer.call('calculator@1.0.0', 'add', 2, 3)).toBe(5);
  await peer.close();
  const body = JSON.stringify({ id: 'a', service: 'calculator', method: 'add', input: [2, 3] });
  expect((await fetch(`${http}/netron/invoke`, { method: 'POST', body })).status).toBe(200);
  expect((await report()).faults).toEqual([]);
}

const port = (url: string) => Number(new URL(url).port);

async function dial(url: string): Promise<Socket> {
  const socket = connect(port(url), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

it.each([
  ['random bytes', (url: string) => [url, randomBytes(4096)]],
  ['half a request line', (url: string) => [url, 'POST /netron/inv']],
  [
    'a body shorter than it says',
    (url: string) => [url, 'POST /netron/invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"id"'],
  ],
  [
    'a bad chunked body',
    (url: string) => [url, 'POST /netron/invoke HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n'],
  ],
  ['an upgrade of another version', (url: string) => [url, `${UPGRADE.join('\r\n').replace('13', '7')}\r\n\r\n`]],
  ['an upgrade without a key', (url: string) => [url, `${UPGRADE.slice(0, -1).join('\r\n')}\r\n\r\n`]],
  ['half a WebSocket frame', (url: string) => [url, `${UPGRADE.join('\r\n')}\r\n\r\n\x82\xfe\x01`]],
  ['an unmasked WebSocket frame', (url: string) => [url, `${UPGRADE.join('\r\n')}\r\n\r\n\x82\x03abc`]],
  ['an endless control frame', (url: string) => [url, `${UPGRADE.join('\r\n')}\r\n\r\n\x89\xff\xff\xff\xff\xff`]],
] as const)('survives %s on both ports', async (_name, make) => {
  for (const url of [http, ws]) {
    const [target = '', bytes = ''] = make(url) as [string, string | Buffer];
    const socket = await dial(target);
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    socket.end();
    socket.resume();
    await once(socket, 'close');
  }
  await assertWell();
});

it('survives packets of noise, maps for bodies and streams of nothing', async () => {
  const rude = await TestPeer.connect(ws);
  const ids = [0, -1, 1.5, 2 ** 40, '1', null, {}, [], undefined];
  for (let i = 0; i < 2000; i++) rude.sendBytes(randomBytes(i % 200));
  for (const type of [PacketType.get, PacketType.set, PacketType.call, PacketType.task] as const) {
    for (const data of [{ a: 1 }, null, [], [{}], [null, null], ['users@1.0.0', {}], ['users@1.0.0', 'get', ...ids]]) {
      rude.send(type, data);
    }
  }
  for (const streamId of ids) {
    for (const type of [PacketType.streamClose, PacketType.streamError] as const) {
      rude.send(type, { streamId, message: 1 });
      rude.send(type, streamId);
    }
  }
  for (const name of ['query_interface', 'authenticate', 'subscribe', 'unsubscribe', 'emit', 'unref_service']) {
    for (const argument of [...ids, '__proto__', 'x'.repeat(10_000)]) rude.send(PacketType.task, [name, argument]);
  }
  for (let i = 0; i < 1500; i++) rude.sendChunk(i, 0, 'early', { endOfStream: i % 2 === 0 });
  rude.send(PacketType.call, ['stream@1.0.0', 'consume', new StreamReference(1, 'writable', false, 'test-client')]);
  await rude.request(PacketType.ping, 'still here');
  await rude.close();
  await assertWell();
});

it('survives 1,000 connections opened and dropped', async () => {
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(round % 2 === 0 ? ws : http)));
    for (const socket of sockets) {
      if (round % 2 === 0) socket.write(`${UPGRADE.join('\r\n')}\r\n\r\n`);
      socket.destroy();
    }
  }
  await assertWell();
});

it('survives bodies of 20 MiB and packets of 17, and what they cost is given back', async () => {
  const before = await report();
  for (let i = 0; i < 5; i++) {
    const response = await fetch(`${http}/netron/invoke`, { method: 'POST', body: new Uint8Array(20 * 1024 * 1024) });
    expect(response.status).toBe(413);
    const peer = await TestPeer.connect(ws);
    const closed = once(peer.socket, 'close');
    peer.sendBytes(new Uint8Array(17 * 1024 * 1024));
    expect((await closed)[0]).toBe(1009);
  }
  await assertWell();
  const after = await report();
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  process.stdout.write(`hostile bodies: RSS ${mib(before.rss)} before, ${mib(after.rss)} after\n`);
  // A leak would keep all that was sent; anything below may be a garbage collector in no hurry.
  expect(after.rss - before.rss).toBeLessThan(5 * (20 + 17) * 1024 * 1024);
});

it('survives generators, uploads and calls that are abandoned', async () => {
  for (let round = 0; round < 5; round++) {
    const leaving = await TestPeer.connect(ws);
    for (let i = 0; i < 100; i++) {
      leaving.send(PacketType.call, ['stream@1.0.0', 'forever', i % 2]);
      leaving.send(PacketType.call, ['stream@1.0.0', 'failing', i]);
      leaving.send(PacketType.call, ['calculator@1.0.0', 'slow', 60_000]);
      leaving.send(PacketType.call, ['factory@1.0.0', 'open']);
      const upload = new StreamReference(i, 'writable', true, 'test-client');
      leaving.send(PacketType.call, ['stream@1.0.0', 'consume', upload]);
      leaving.sendChunk(i, 0, i);
    }
    await leaving.request(PacketType.ping, null);
    leaving.socket.terminate();
    const controller = new AbortController();
    const body = JSON.stringify({ id: 'a', service: 'stream@1.0.0', method: 'forever', input: [1] });
    const abandoned = fetch(`${http}/netron/invoke`, { method: 'POST', body, signal: controller.signal });
    controller.abort();
    await expect(abandoned).rejects.toThrow();
  }
  await assertWell();
  const metrics = async () =>
    ((await (await fetch(`${http}/metrics?token=t-admin`)).json()) as { counters: Record<string, number> }).counters;
  await expect.poll(metrics).toMatchObject({ openStreams: 0, openUploads: 0, openReferences: 0, openConnections: 0 });
});
