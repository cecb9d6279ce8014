import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  clientHandshake,
  PacketCodec,
  PacketType,
  ServiceDefinition,
  type StreamReference,
  serverHandshake,
} from '../protocol/index.js';
import { createFixture, type Fixture } from './fixture.js';
import {
  bytesOf,
  comparable,
  decodePacket,
  type RecordedHttp,
  type RecordedWs,
  readRecording,
} from './test-recording.js';
import { TestPeer } from './ws/test-peer.js';

const http = readRecording<RecordedHttp>('http.json');
const ws = readRecording<RecordedWs>('ws.json');

/** The client that made the recordings named itself so, and streams carry the name. */
const CLIENT_ID = '257a0c8d-0678-41ed-be2e-8f2ee846e338';

/** What cannot be replayed, and why. With these all 82 files of the recorded exchanges are accounted for. */
const NOT_REPLAYED = new Map([
  ['078-ws-uint8array-argument', "no traffic: the recording client's own encoder refuses plain bytes"],
  ['102-ws-close-ws', 'no traffic: only the close of the socket'],
]);

/** CONFORMANCE's table: where a recording shows a defect, this is what we answer instead. */
const HTTP_DIFFERENCES = new Map<string, object>([
  [
    '025-http-async-generator-that-throws-200-partial-array',
    {
      status: 500,
      headers: { 'content-type': 'application/json' },
      body: { success: false, error: { code: '500', message: 'stream blew up', details: {} } },
    },
  ],
]);

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());

it('leaves no recording out without a reason', () => {
  const replayed = [...http, ...ws].map(({ name }) => name);
  expect(new Set([...replayed, ...NOT_REPLAYED.keys()]).size).toBe(82);
  expect(replayed.filter((name) => NOT_REPLAYED.has(name))).toEqual([]);
});

describe('HTTP as recorded', () => {
  // One server for all, in order: later recordings see the user that an earlier one has created.
  it.each(http.map((recorded) => [recorded.name, recorded] as const))('%s', async (name, { exchanges }) => {
    for (const { request, response } of exchanges) {
      const { method, headers, body } = request;
      const answer = await fetch(fixture.http + request.url, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      const actual = comparableHttp(answer.status, Object.fromEntries(answer.headers), await answer.text());
      const expected = comparableHttp(response.status, response.headers, response.body);
      const difference = HTTP_DIFFERENCES.get(name);
      if (difference === undefined) expect(actual).toStrictEqual(expected);
      else expect(actual).toMatchObject(difference);
    }
  });
});

describe('WebSocket as recorded', () => {
  const special = new Map<string, (recorded: RecordedWs) => Promise<void>>([
    ['045-ws-query-interface-of-a-service-with-a-zod-contract', returnsTheDefinition],
    [
      '079-ws-server-returns-uint8array',
      (recorded) => answers(recorded, { error: false, data: Uint8Array.of(1, 2, 3) }),
    ],
    [
      '083-ws-negative-epoch-date',
      (recorded) =>
        answers(recorded, { data: expect.objectContaining({ message: expect.stringMatching(/before 1970/) }) }),
    ],
    ['096-ws-stream-generator-throws-stream-close-reason-no-eos', deliversAllBeforeTheReason],
    ['097-ws-stream-client-stream-close-does-not-stop-the-server-generato', stopsTheGenerator],
    ['101-ws-websocketpeer-low-level-interop', staysDeaf],
  ]);

  it.each(ws.map((recorded) => [recorded.name, recorded] as const))('%s', async (name, recorded) => {
    const check = special.get(name);
    if (check !== undefined) return check(recorded);
    const { peer, expected } = await play(recorded);
    await pingPong(peer);
    const names = [new Map<unknown, string>(), new Map<unknown, string>()] as const;
    const actual = peer.received.slice(0, -1).map((packet) => comparable(packet, names[0]));
    expect(actual).toStrictEqual(expected.map((hex) => comparable(decodePacket(hex), names[1])));
    await peer.close();
  });

  async function returnsTheDefinition(recorded: RecordedWs): Promise<void> {
    const { peer } = await play(recorded);
    const { data } = peer.received[0] ?? {};
    expect(data).toBeInstanceOf(ServiceDefinition);
    expect(Object.keys((data as ServiceDefinition).meta.methods as object)).toEqual(['items', 'validated']);
    await peer.close();
  }

  async function answers(recorded: RecordedWs, answer: object): Promise<void> {
    const { peer } = await play(recorded);
    expect(peer.received).toMatchObject([answer]);
    await peer.close();
  }

  async function deliversAllBeforeTheReason(recorded: RecordedWs): Promise<void> {
    const { peer } = await play(recorded);
    await peer.until(() => peer.received[3]);
    expect(peer.received.map(({ type, data }) => [type, data]).slice(1)).toEqual([
      [PacketType.stream, 0],
      [PacketType.stream, 1],
      [PacketType.streamClose, { streamId: expect.any(Number), reason: 'stream blew up' }],
    ]);
    await peer.close();
  }

  async function stopsTheGenerator({ frames, ...recorded }: RecordedWs): Promise<void> {
    const close = frames.findIndex(({ hex }) => hex.startsWith('0000003f47'));
    const { peer } = await play({ ...recorded, frames: frames.slice(0, close) });
    const { streamId } = await peer.until(() => peer.received[1]?.data as StreamReference | undefined);
    peer.send(PacketType.streamClose, { streamId, reason: 'cancelled' });
    await vi.waitFor(() => expect(fixture.counters.openStreams).toBe(0));
    expect(await peer.call('stream@1.0.0', 'foreverClosedCount')).toBe(1);
    await peer.close();
  }

  async function staysDeaf({ frames }: RecordedWs): Promise<void> {
    const peer = await TestPeer.connectSilently(fixture.ws);
    for (const { dir, hex } of frames) if (dir === 'out') peer.sendBytes(bytesOf(hex));
    await pingPong(peer);
    expect(peer.received).toHaveLength(1);
    await peer.close();
  }
});

/** Plays the client's side; before each thing it says, it waits for as many answers as the recording has by then. */
async function play({ frames }: RecordedWs): Promise<{ peer: TestPeer; expected: readonly string[] }> {
  const isGreeting = ({ dir, hex }: RecordedWs['frames'][number]): boolean => dir === 'in' && hex.startsWith('7b');
  const peer = await TestPeer.connectSilently(fixture.ws);
  expect(peer.greeting).toEqual({ text: serverHandshake(fixture.netronId), isBinary: true });
  if (!frames.some(isGreeting)) peer.sendBytes(clientHandshake(CLIENT_ID));
  const expected: string[] = [];
  for (const frame of frames) {
    if (isGreeting(frame)) continue;
    if (frame.dir === 'in') {
      expected.push(frame.hex);
      await peer.until(() => peer.received[expected.length - 1]);
    } else if (frame.frame === 'text') peer.sendBytes(Buffer.from(frame.hex, 'hex').toString('utf8'));
    else peer.sendBytes(withOurIds(frame.hex, expected, peer));
  }
  return { peer, expected };
}

/** A recorded request to a nested service carries the id it had then; ours has another. */
function withOurIds(hex: string, expected: readonly string[], peer: TestPeer): Uint8Array {
  let bytes = Buffer.from(bytesOf(hex)).toString('latin1');
  expected.forEach((recorded, i) => {
    const theirs = decodePacket(recorded).data;
    const ours = peer.received[i]?.data;
    if (theirs instanceof ServiceDefinition && ours instanceof ServiceDefinition) {
      bytes = bytes.replaceAll(theirs.id, ours.id);
    }
  });
  return new Uint8Array(Buffer.from(bytes, 'latin1'));
}

/** All that was said before has been answered once this is. */
async function pingPong(peer: TestPeer): Promise<void> {
  const ping = { id: 0xfffffff0, type: PacketType.ping, impulse: true, error: false, data: null };
  peer.sendBytes(new PacketCodec().encode(ping));
  await peer.until(() => peer.received.find(({ id }) => id === ping.id));
}

const COMPARED_HEADERS = /^(cache-control|content-type|etag|retry-after|www-authenticate|x-.*|access-control-.*)$/;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function comparableHttp(status: number, headers: Readonly<Record<string, string>>, body: string): unknown {
  const compared = Object.entries(headers).filter(([name]) => COMPARED_HEADERS.test(name));
  const text = JSON.stringify({
    status,
    headers: Object.fromEntries(compared),
    body: body === '' ? '' : JSON.parse(body),
  });
  return JSON.parse(text.replace(UUID, '<uuid>').replace(/"(serverTime|totalTime)":\d+/g, '"$1":0')) as unknown;
}
