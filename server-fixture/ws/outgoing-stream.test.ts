import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PacketType, StreamReference } from '../../protocol/index.js';
import { StreamService } from '../conformance/stream.js';
import { Public, Service } from '../exposure/decorators.js';
import { createFixture, type Fixture } from '../fixture.js';
import { TestPeer } from './test-peer.js';

@Service('odd@1.0.0')
class OddStreams {
  @Public()
  async *flood(n: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < n; i++) yield new Uint8Array(64 * 1024);
  }

  @Public()
  async *bad(): AsyncGenerator<unknown> {
    yield 1;
    yield () => 2;
  }

  failure: unknown;

  @Public()
  async *double(source: AsyncIterable<number>): AsyncGenerator<number> {
    try {
      for await (const item of source) yield item * 2;
    } catch (error) {
      this.failure = error;
    }
  }
}

const stream = new StreamService();
const odd = new OddStreams();
let fixture: Fixture;
let peer: TestPeer;

beforeAll(async () => {
  fixture = await createFixture({ services: [stream, odd] });
  peer = await TestPeer.connect(fixture.ws);
});
afterAll(async () => {
  await peer.close();
  await fixture.close();
});

describe('streams', () => {
  it('follow their reference, in order, to an end without data', async () => {
    const reference = (await peer.call('stream@1.0.0', 'objects', 3)) as StreamReference;
    expect(reference).toMatchObject({ kind: 'writable', live: true, peerId: 'test-client' });
    const end = await peer.until(() =>
      peer.chunks(reference.streamId).find((p) => 'endOfStream' in p && p.endOfStream),
    );
    expect(end).toMatchObject({ index: 3, data: null, live: true, impulse: true });
    const chunks = peer.chunks(reference.streamId).slice(0, -1);
    expect(chunks).toMatchObject(
      [0, 1, 2].map((i) => ({ index: i, data: { i, at: new Date(1_700_000_000_000 + i) } })),
    );
  });

  it('deliver all items before the reason of a failure', async () => {
    const { streamId } = (await peer.call('stream@1.0.0', 'failing', 3)) as StreamReference;
    const close = await peer.until(() => closeOf(peer, streamId));
    expect(close).toMatchObject({ impulse: true, data: { streamId, reason: 'stream blew up' } });
    expect(peer.chunks(streamId)).toMatchObject([{ data: 0 }, { data: 1 }, { data: 2 }]);
    expect(peer.received.indexOf(close)).toBeGreaterThan(peer.received.indexOf(peer.chunks(streamId)[2] ?? close));
  });

  it('end with an error at an item that cannot be encoded', async () => {
    const { streamId } = (await peer.call('odd@1.0.0', 'bad')) as StreamReference;
    const error = await peer.until(() => peer.received.find((packet) => packet.type === PacketType.streamError));
    expect(error.data).toMatchObject({ streamId, message: expect.stringMatching(/^Not supported: function/) });
  });

  it('stop when the client closes them', async () => {
    const before = stream.foreverClosedCount();
    const { streamId } = (await peer.call('stream@1.0.0', 'forever', 60_000)) as StreamReference;
    await peer.until(() => peer.chunks(streamId)[0]);
    peer.send(PacketType.streamClose, { streamId, reason: 'cancelled' });
    await vi.waitFor(() => expect(stream.foreverClosedCount()).toBe(before + 1));
    await peer.request(PacketType.ping, null);
    expect(peer.chunks(streamId)).toHaveLength(1);
    expect(closeOf(peer, streamId)).toBeUndefined();
    expect(fixture.counters.openStreams).toBe(0);
  });

  it('stop when the client closes them while they wait for an upload that is silent', async () => {
    const upload = new StreamReference(1_000, 'writable', true, 'test-client');
    const { streamId } = (await peer.call('odd@1.0.0', 'double', upload)) as StreamReference;
    peer.sendChunk(1_000, 0, 21);
    expect(await peer.until(() => peer.chunks(streamId)[0])).toMatchObject({ data: 42 });
    peer.send(PacketType.streamClose, { streamId });
    await vi.waitFor(() => expect(odd.failure).toMatchObject({ code: 410 }));
    expect(fixture.counters).toMatchObject({ openStreams: 0, openUploads: 0 });
    expect(closeOf(peer, 1_000)).toMatchObject({ data: { reason: 'no-longer-read' } });
    expect(closeOf(peer, streamId)).toBeUndefined();
  });

  it('stop when the client goes away', async () => {
    const before = stream.foreverClosedCount();
    const leaving = await TestPeer.connect(fixture.ws);
    await Promise.all([0, 60_000].map((delay) => leaving.call('stream@1.0.0', 'forever', delay)));
    leaving.socket.terminate();
    await vi.waitFor(() => expect(stream.foreverClosedCount()).toBe(before + 2));
    expect(fixture.counters.openStreams).toBe(0);
  });

  it('stop even if their generator never waits', async () => {
    const { streamId } = (await peer.call('stream@1.0.0', 'objects', 1e9)) as StreamReference;
    await peer.until(() => peer.chunks(streamId)[0]);
    peer.send(PacketType.streamClose, { streamId });
    await vi.waitFor(() => expect(fixture.counters.openStreams).toBe(0));
  });

  it('wait for a client that does not read', async () => {
    const slow = await TestPeer.connect(fixture.ws);
    const { streamId } = (await slow.call('odd@1.0.0', 'flood', 400)) as StreamReference;
    slow.socket.pause();
    // Other clients are served meanwhile, and what is not read is not produced.
    for (let i = 0; i < 50; i++) await peer.request(PacketType.ping, i);
    expect(fixture.counters.openStreams).toBe(1);
    expect(fixture.counters.overflowedConnections).toBe(0);
    slow.socket.resume();
    await slow.until(() => slow.chunks(streamId).find((packet) => 'endOfStream' in packet && packet.endOfStream));
    expect(slow.chunks(streamId)).toHaveLength(401);
    await slow.close();
  });

  it('are refused beyond the limit', async () => {
    const greedy = await TestPeer.connect(fixture.ws);
    const open = Array.from({ length: 1000 }, () => greedy.call('stream@1.0.0', 'forever', 60_000));
    await Promise.all(open);
    const { streamId } = (await greedy.call('stream@1.0.0', 'forever', 60_000)) as StreamReference;
    const close = await greedy.until(() => closeOf(greedy, streamId));
    expect(close.data).toEqual({ streamId, reason: 'stream-limit-reached' });
    await greedy.close();
    await vi.waitFor(() => expect(fixture.counters.openStreams).toBe(0));
  });
});

function closeOf(from: TestPeer, streamId: number) {
  return from.received.find(
    (packet) =>
      packet.type === PacketType.streamClose && (packet.data as { streamId?: unknown } | null)?.streamId === streamId,
  );
}
