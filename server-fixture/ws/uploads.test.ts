import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacketType, StreamReference } from '../../protocol/index.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from './test-peer.js';

@Service('reader@1.0.0')
class Reader {
  @Public()
  async first(stream: AsyncIterable<unknown>): Promise<unknown> {
    for await (const item of stream) return item;
    return undefined;
  }

  @Public()
  async *double(stream: AsyncIterable<unknown>): AsyncGenerator<number> {
    for await (const item of stream) yield Number(item) * 2;
  }

  @Public()
  ignore(): string {
    return 'ignored';
  }
}

let fixture: Fixture;
let peer: TestPeer;
let nextStream = 0;

beforeAll(async () => {
  fixture = await createFixture({ services: [new Reader()], limits: { uploadSilenceMs: 250, streams: 5 } });
  peer = await TestPeer.connect(fixture.ws);
});
beforeEach(() => {
  nextStream++;
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

/** Live, unless the test is about silence: nothing here should depend on how fast the machine is. */
const reference = (live = true, id = nextStream) => new StreamReference(id, 'writable', live, 'test-client');
const end = { endOfStream: true };
const closes = () => peer.received.filter(({ type }) => type === PacketType.streamClose).map(({ data }) => data);

describe('an upload', () => {
  it.each([
    [
      'ends without an item',
      [
        ['a', 0],
        ['b', 1],
        [null, 2, end],
      ],
      ['a', 'b'],
    ],
    [
      'ends with its last item',
      [
        ['a', 0],
        ['b', 1, end],
      ],
      ['a', 'b'],
    ],
    ['ends with undefined as an item', [[undefined, 0, end]], [undefined]],
    [
      'ends with a bare nil',
      [
        ['a', 0],
        [null, 1],
        ['b', 2],
      ],
      ['a'],
    ],
    ['is empty', [[null, 0, end]], []],
    [
      'is put in order',
      [
        ['a', 0],
        ['d', 3],
        ['c', 2],
        [null, 4, end],
        ['b', 1],
      ],
      ['a', 'b', 'c', 'd'],
    ],
    [
      'may repeat a chunk',
      [
        ['a', 0],
        ['a', 0],
        ['b', 1],
        [null, 2, end],
      ],
      ['a', 'b'],
    ],
  ] as const)('%s', async (_name, chunks, items) => {
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    for (const [data, index, options] of chunks) peer.sendChunk(nextStream, index, data, options);
    expect(await consumed).toEqual(items);
    expect(fixture.counters.openUploads).toBe(0);
  });

  it('may begin before its call', async () => {
    for (const [i, data] of ['a', 'b', 'c'].entries()) peer.sendChunk(nextStream, i, data);
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    peer.sendChunk(nextStream, 3, null, end);
    expect(await consumed).toEqual(['a', 'b', 'c']);
  });

  it('may even be over before its call', async () => {
    peer.sendChunk(nextStream, 0, 'a', end);
    expect(await peer.call('stream@1.0.0', 'consume', reference())).toEqual(['a']);
  });

  it('fails with the error of the client', async () => {
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    peer.sendChunk(nextStream, 0, 'a');
    peer.send(PacketType.streamError, { streamId: nextStream, message: 'disk full' });
    await expect(consumed).rejects.toMatchObject({ name: 'StreamError', code: 500, message: 'disk full' });
  });

  it('ends quietly when the client closes it', async () => {
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    peer.sendChunk(nextStream, 0, 'a');
    peer.send(PacketType.streamClose, { streamId: nextStream, reason: 'enough' });
    expect(await consumed).toEqual(['a']);
  });

  it('fails after the silence, unless it is live', async () => {
    const live = peer.call('stream@1.0.0', 'consume', reference());
    const id = nextStream++;
    const silent = peer.call('stream@1.0.0', 'consume', reference(false));
    await expect(silent).rejects.toMatchObject({
      name: 'StreamError',
      message: `Stream ${nextStream} timed out after 250ms of silence`,
    });
    expect(closes()).toContainEqual({ streamId: nextStream, reason: 'timeout' });
    peer.sendChunk(id, 0, 'late', { ...end, live: true });
    expect(await live).toEqual(['late']);
  });

  it('that no call ever claims is forgotten after the silence', async () => {
    peer.sendChunk(nextStream, 0, 'a', { live: true });
    await vi.waitFor(() => expect(closes()).toContainEqual({ streamId: nextStream, reason: 'timeout' }), 5000);
    expect(fixture.counters.openUploads).toBe(0);
  });

  it('is told to stop when its method is done with it', async () => {
    const first = peer.call('reader@1.0.0', 'first', reference());
    peer.sendChunk(nextStream, 0, 'a');
    expect(await first).toBe('a');
    await vi.waitFor(() => expect(closes()).toContainEqual({ streamId: nextStream, reason: 'no-longer-read' }));
    const { packetsDropped } = fixture.counters;
    peer.sendChunk(nextStream, 1, 'b');
    await peer.request(PacketType.ping, null);
    expect(fixture.counters).toMatchObject({ openUploads: 0, packetsDropped: packetsDropped + 1 });
  });

  it('feeds a result stream for as long as that runs', async () => {
    const { streamId } = (await peer.call('reader@1.0.0', 'double', reference())) as StreamReference;
    for (const i of [0, 1, 2]) peer.sendChunk(nextStream, i, i);
    peer.sendChunk(nextStream, 3, null, end);
    await peer.until(() => peer.chunks(streamId)[3]);
    expect(peer.chunks(streamId).map(({ data }) => data)).toEqual([0, 2, 4, null]);
  });

  it('is refused beyond the limit, with the name of the limit', async () => {
    const { refusedStreams } = fixture.counters;
    const open = [1, 2, 3, 4, 5].map((i) => peer.call('stream@1.0.0', 'consume', reference(true, 1000 + i)));
    await expect(peer.call('stream@1.0.0', 'consume', reference(true, 2000))).rejects.toMatchObject({
      code: 429,
      message: 'stream-limit-reached',
    });
    expect(closes()).toContainEqual({ streamId: 2000, reason: 'stream-limit-reached' });
    expect(fixture.counters.refusedStreams).toBe(refusedStreams + 1);
    for (const i of [1, 2, 3, 4, 5]) peer.send(PacketType.streamClose, { streamId: 1000 + i });
    expect(await Promise.all(open)).toEqual([[], [], [], [], []]);
  });

  it('may not keep the server waiting for a chunk that never comes', async () => {
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    const failure = expect(consumed).rejects.toMatchObject({ code: 429, message: 'reorder-limit-reached' });
    for (let i = 1; i <= 10_001; i++) peer.sendChunk(nextStream, i, i, { live: true });
    await failure;
  });

  it('of another peer, of the wrong kind, in use or no stream at all is refused', async () => {
    const consume = (argument: unknown) => peer.call('stream@1.0.0', 'consume', argument);
    const theirs = new StreamReference(nextStream, 'writable', true, 'someone-else');
    const readable = new StreamReference(nextStream, 'readable', true, 'test-client');
    for (const bad of [theirs, readable, [1], null]) await expect(consume(bad)).rejects.toMatchObject({ code: 400 });
    const consumed = consume(reference());
    await expect(consume(reference())).rejects.toMatchObject({ message: `Stream ${nextStream} is already in use` });
    peer.sendChunk(nextStream, 0, null, end);
    expect(await consumed).toEqual([]);
  });

  it('is over when its client goes', async () => {
    const leaving = await TestPeer.connect(fixture.ws);
    leaving.send(PacketType.call, ['stream@1.0.0', 'consume', reference()]);
    await leaving.request(PacketType.ping, null);
    expect(fixture.counters.openUploads).toBe(1);
    leaving.socket.terminate();
    await vi.waitFor(() => expect(fixture.counters.openUploads).toBe(0));
  });

  it('that nobody reads ends with its call', async () => {
    expect(await peer.call('reader@1.0.0', 'ignore', reference())).toBe('ignored');
    await peer.request(PacketType.ping, null);
    expect(fixture.counters.openUploads).toBe(0);
    // Its chunks come too late to be taken for those of a new stream; a new call with its id is one.
    peer.sendChunk(nextStream, 0, 'late');
    await peer.request(PacketType.ping, null);
    expect(fixture.counters.openUploads).toBe(0);
    const consumed = peer.call('stream@1.0.0', 'consume', reference());
    peer.sendChunk(nextStream, 0, 'new', end);
    expect(await consumed).toEqual(['new']);
  });
});
