import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PacketType } from '../../protocol/index.js';
import { STREAM_EARLY_CHUNKS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

describe('streams over WebSocket, against a server that misbehaves', () => {
  let server: TestWsServer;
  let client: NetronClient;
  let connection: TestConnection;

  beforeEach(async () => {
    server = await TestWsServer.open();
    client = new NetronClient({ backends: { main: server.url }, runtime: new TestRuntime() });
    const hello = client.mutate('stream@1.0.0', 'hello', []);
    connection = await server.connection();
    connection.respond(await connection.call('hello'), 'hello');
    await hello;
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  const streamPlace = { backend: 'main', service: 'stream@1.0.0', method: 'count' };
  const open = () => client.stream('stream@1.0.0', 'count', []);

  /** Reads until the end, and says how it ended. */
  async function readAll(stream: AsyncIterable<unknown>): Promise<{ chunks: unknown[]; error?: unknown }> {
    const chunks: unknown[] = [];
    try {
      for await (const chunk of stream) chunks.push(chunk);
      return { chunks };
    } catch (error) {
      return { chunks, error };
    }
  }

  async function expectGoodStream(): Promise<void> {
    const read = readAll(open());
    const id = await connection.call('count');
    connection.respondWithStream(id, 1_000_000 + id);
    connection.chunk(1_000_000 + id, 0, 'good');
    connection.chunk(1_000_000 + id, 1, null, true);
    expect(await read).toEqual({ chunks: ['good'] });
  }

  it('take chunks that come before the response', async () => {
    const read = readAll(open());
    const id = await connection.call('count');
    connection.chunk(5, 0, 'a');
    connection.chunk(5, 1, 'b');
    connection.respondWithStream(id, 5);
    connection.chunk(5, 2, 'c');
    connection.chunk(5, 3, null, true);
    expect(await read).toEqual({ chunks: ['a', 'b', 'c'] });
    await expectGoodStream();
  });

  it('take a whole stream that comes before its response, and nothing after its end', async () => {
    const read = readAll(open());
    const id = await connection.call('count');
    connection.chunk(5, 0, 'a');
    connection.chunk(5, 1, null, true);
    connection.chunk(5, 2, 'after the end');
    connection.respondWithStream(id, 5);
    expect(await read).toEqual({ chunks: ['a'] });
    await expectGoodStream();
  });

  it('fail after their chunks when a close comes before the response', async () => {
    const read = readAll(open());
    const id = await connection.call('count');
    connection.chunk(5, 0, 'a');
    connection.request(PacketType.streamClose, { streamId: 5, reason: 'blew up' });
    connection.respondWithStream(id, 5);
    expect(await read).toMatchObject({ chunks: ['a'], error: { code: 'remote', reason: 'blew up', ...streamPlace } });
    await expectGoodStream();
  });

  it('fail and stop at the server when more comes before the response than is kept, the end included', async () => {
    const read = readAll(open());
    const id = await connection.call('count');
    for (let index = 0; index < 300; index++) connection.chunk(5, index, index);
    connection.chunk(5, 300, null, true);
    connection.respondWithStream(id, 5);
    expect(await read).toMatchObject({
      chunks: [...Array(STREAM_EARLY_CHUNKS).keys()],
      error: { code: 'overflow', ...streamPlace },
    });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 5 } });
    await expectGoodStream();
  });

  it('stop at the server when what comes before the response is too much for their buffer', async () => {
    const read = readAll(client.stream('stream@1.0.0', 'count', [], { buffer: { capacity: 1 } }));
    const id = await connection.call('count');
    for (let index = 0; index < 5; index++) connection.chunk(5, index, index);
    connection.respondWithStream(id, 5);
    expect(await read).toMatchObject({ chunks: [0, 1], error: { code: 'overflow', ...streamPlace } });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 5 } });
    await expectGoodStream();
  });

  it('go on when their response comes twice', async () => {
    const read = readAll(open());
    const id = await connection.call('count');
    for (let i = 0; i < 2; i++) connection.respondWithStream(id, 5);
    connection.chunk(5, 0, 'a');
    connection.chunk(5, 1, null, true);
    expect(await read).toEqual({ chunks: ['a'] });
    // The next packet is not a STREAM_CLOSE.
    await expectGoodStream();
  });

  it('are not shared by two calls that are answered with the same one', async () => {
    const [first, second] = [readAll(open()), readAll(open())];
    const ids = [await connection.call('count'), await connection.call('count')];
    for (const id of ids) connection.respondWithStream(id, 5);
    connection.chunk(5, 0, 'a', true);
    expect(await first).toEqual({ chunks: ['a'] });
    expect(await second).toMatchObject({ chunks: [], error: { code: 'protocol', ...streamPlace } });
    await expectGoodStream();
  });

  it('put chunks in order, and drop repeated ones', async () => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    for (const index of [1, 0, 0, 1, 3, 2]) connection.chunk(5, index, index);
    connection.chunk(5, 4, null, true);
    expect(await read).toEqual({ chunks: [0, 1, 2, 3] });
  });

  it('take the last item from the end packet', async () => {
    for (const last of ['z', 0, false, '']) {
      const read = readAll(open());
      const id = await connection.call('count');
      connection.respondWithStream(id, id);
      connection.chunk(id, 0, 'a');
      connection.chunk(id, 1, last, true);
      expect(await read).toEqual({ chunks: ['a', last] });
    }
  });

  it('may be empty', async () => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    connection.chunk(5, 0, undefined, true);
    expect(await read).toEqual({ chunks: [] });
  });

  it.each([
    ['an end without data', null],
    ['an end with data', 'last'],
  ])('fail when a chunk is missing before %s', async (_name, data) => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    connection.chunk(5, 0, 'a');
    connection.chunk(5, 2, data, true);
    expect(await read).toMatchObject({
      chunks: ['a'],
      error: { code: 'protocol', ...streamPlace, reason: 'chunk 1 of the stream never came' },
    });
    await expectGoodStream();
  });

  it('fail when too many chunks wait for a missing one, and tell the server to stop', async () => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    for (let index = 1; index <= 257; index++) connection.chunk(5, index, index);
    expect(await read).toMatchObject({ chunks: [], error: { code: 'protocol', ...streamPlace } });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 5 } });
    await expectGoodStream();
  });

  it.each([
    [PacketType.streamClose, { streamId: 5 }, 'closed before its end'],
    [PacketType.streamClose, { streamId: 5, reason: 'boom' }, 'boom'],
    [PacketType.streamError, { streamId: 5, message: 'not sendable' }, 'not sendable'],
    [PacketType.streamClose, { streamId: 5, reason: 7 }, 'closed before its end'],
  ] as const)('fail when the server closes without an end: %s %j', async (type, data, reason) => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    connection.chunk(5, 0, 'a');
    connection.request(type, data);
    expect(await read).toMatchObject({ chunks: ['a'], error: { code: 'remote', reason, ...streamPlace } });
    await expectGoodStream();
  });

  it.each([[null], [{}], [{ streamId: '5' }], ['5'], [[5]]])(
    'ignore a close that names no stream: %j',
    async (data) => {
      const read = readAll(open());
      connection.respondWithStream(await connection.call('count'), 5);
      connection.request(PacketType.streamClose, data);
      connection.chunk(5, 0, null, true);
      expect(await read).toEqual({ chunks: [] });
    },
  );

  it('fail when the connection is lost', async () => {
    const read = readAll(open());
    connection.respondWithStream(await connection.call('count'), 5);
    connection.chunk(5, 0, 'a');
    connection.socket.close(1001);
    expect(await read).toMatchObject({ chunks: ['a'], error: { code: 'network', ...streamPlace } });
    const again = readAll(open());
    connection = await server.connection();
    connection.respondWithStream(await connection.call('count'), 5);
    connection.chunk(5, 0, 'b', true);
    expect(await again).toEqual({ chunks: ['b'] });
  });

  it('are not held up by what cancelled streams of a Titan server still send', async () => {
    // A call that stays open makes the client keep chunks of streams it does not know yet.
    const waiting = outcomeOf(client.mutate('stream@1.0.0', 'wait', []));
    await connection.call('wait');
    for (let streamId = 1; streamId <= 80; streamId++) {
      const stream = open();
      connection.respondWithStream(await connection.call('count'), streamId);
      connection.chunk(streamId, 0, 'a');
      await stream.next();
      stream.cancel();
      expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId } });
      connection.chunk(streamId, 1, 'nobody reads this');
    }
    const read = readAll(open());
    const id = await connection.call('count');
    connection.chunk(500, 0, 'early');
    connection.respondWithStream(id, 500);
    connection.chunk(500, 1, null, true);
    expect(await read).toEqual({ chunks: ['early'] });
    client.close();
    await waiting;
  });
});
