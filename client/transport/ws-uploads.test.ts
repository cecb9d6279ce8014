import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamReference } from '../../protocol/codec/references.js';
import { MAX_PACKET_BYTES, type Packet, PacketType, ServiceDefinition, TitanError } from '../../protocol/index.js';
import { createFixture, currentCall, type Fixture, Public, Service } from '../../server-fixture/index.js';
import { FIRST_UPLOAD_ID, UPLOAD_ERROR_CHARS, UPLOAD_HIGH_WATER_BYTES } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

@Service('reader@1.0.0')
class Reader {
  failure: unknown;

  /** Reads so many items of an upload and leaves the rest. */
  @Public()
  async some(source: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
    const items: unknown[] = [];
    for await (const item of source) {
      items.push(item);
      if (items.length === count) break;
    }
    return items;
  }

  /** Reads everything and remembers what the reading threw. */
  @Public()
  async all(source: AsyncIterable<unknown>): Promise<number> {
    let count = 0;
    try {
      for await (const _ of source) count++;
    } catch (error) {
      this.failure = error;
      throw error;
    }
    return count;
  }

  @Public()
  user(): string {
    return currentCall().user?.userId ?? 'nobody';
  }
}

let runtime: TestRuntime;
let client: NetronClient;
beforeEach(() => {
  runtime = new TestRuntime();
});
afterEach(() => client.close());

/** A source that waits for the test, and tells whether it was closed. */
class Source implements AsyncIterable<unknown> {
  closed = 0;
  #waiting: ((result: IteratorResult<unknown>) => void) | undefined;
  readonly #items: unknown[] = [];

  give(item: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#items.push(item);
    else waiting({ done: false, value: item });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: () => {
        if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#items.shift() });
        return new Promise((resolve) => {
          this.#waiting = resolve;
        });
      },
      return: () => {
        this.closed++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

async function* items(...values: readonly unknown[]): AsyncGenerator<unknown> {
  yield* values;
}

describe('uploads, against the fixture', () => {
  let fixture: Fixture;
  let reader: Reader;

  beforeAll(async () => {
    reader = new Reader();
    fixture = await createFixture({ services: [reader] });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    client = new NetronClient({ backends: { main: fixture.ws }, runtime });
    reader.failure = undefined;
  });

  const upload = (...values: readonly unknown[]): Promise<unknown> =>
    client.mutate('stream@1.0.0', 'consume', [items(...values)]);

  it('arrive in order, with every kind of value', async () => {
    const values = [...Array(3_000).keys()];
    expect(await upload(...values)).toEqual(values);
    const rich = [new Date(5), new Map([['a', 1n]]), Uint8Array.of(1, 2), { a: [null, undefined] }, false, 0, ''];
    expect(await upload(...rich)).toEqual(rich);
    expect(await upload()).toEqual([]);
    expect(fixture.counters.openUploads).toBe(0);
  });

  it('go on side by side with each other and with results that are streams', async () => {
    const stream = client.stream('stream@1.0.0', 'count', [500]);
    const uploads = Array.from({ length: 20 }, (_, i) => upload(...Array(100).fill(i + 1)));
    const received: unknown[] = [];
    for await (const item of stream) received.push(item);
    expect(received).toEqual([...Array(500).keys()]);
    expect(await Promise.all(uploads)).toEqual(Array.from({ length: 20 }, (_, i) => Array(100).fill(i + 1)));
  });

  it('do not stand in the way of cancelling a result, whose id the server counts by itself', async () => {
    const source = new Source();
    const waiting = [1, 2, 3, 4, 5].map(() => client.mutate('reader@1.0.0', 'all', [source]).catch(() => undefined));
    const stream = client.stream('stream@1.0.0', 'forever', [0]);
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await stream.return();
    await vi.waitFor(() => expect(fixture.counters.openStreams).toBe(0), { interval: 2 });
    client.close();
    await Promise.all(waiting);
  });

  it.each([null, undefined])(
    'refuse %s as an item, naming its index, and the reader at the server is told',
    async (hole) => {
      const call = client.mutate('reader@1.0.0', 'all', [items(1, 2, hole, 4)]);
      await expect(call).rejects.toMatchObject({
        code: 'invalid-argument',
        service: 'reader@1.0.0',
        method: 'all',
        reason: expect.stringContaining('item 2 of the upload'),
      });
      const told = { code: 500, message: expect.stringContaining('item 2 of the upload') };
      await vi.waitFor(() => expect(reader.failure).toMatchObject(told), { interval: 2 });
      expect(await upload('good')).toEqual(['good']);
    },
  );

  it('refuse an item that cannot be sent, with the path inside it', async () => {
    const call = client.mutate('reader@1.0.0', 'all', [items(1, [{ at: new Date(-1) }])]);
    await expect(call).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('at item 1 of the upload[0].at'),
    });
    const told = { code: 500, message: expect.stringContaining('item 1 of the upload') };
    await vi.waitFor(() => expect(reader.failure).toMatchObject(told), { interval: 2 });
    await expect(client.mutate('reader@1.0.0', 'all', [items(() => 1)])).rejects.toMatchObject({
      reason: expect.stringContaining('at item 0 of the upload'),
    });
  });

  it.each([
    [
      'in the middle',
      (async function* () {
        yield 1;
        throw new Error('the file is gone');
      })(),
    ],
    [
      'at once',
      {
        [Symbol.asyncIterator](): never {
          throw new Error('the file is gone');
        },
      },
    ],
  ])('fail with what their source throws %s', async (_name, source) => {
    await expect(client.mutate('reader@1.0.0', 'all', [source])).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('the file is gone'),
    });
    await vi.waitFor(() => expect(reader.failure).toMatchObject({ code: 500, message: 'the file is gone' }), {
      interval: 2,
    });
    expect(await upload('good')).toEqual(['good']);
  });

  it('end, and their source is closed, when the server has read enough', async () => {
    const source = new Source();
    const call = client.mutate('reader@1.0.0', 'some', [source, 2]);
    for (const item of ['a', 'b']) source.give(item);
    expect(await call).toEqual(['a', 'b']);
    await vi.waitFor(() => expect(source.closed).toBeGreaterThan(0), { interval: 2 });
    expect(await upload('good')).toEqual(['good']);
    expect(fixture.counters.openUploads).toBe(0);
  });

  it('end when their call is aborted, and their source is closed though it gives nothing', async () => {
    const source = new Source();
    const controller = new AbortController();
    const call = outcomeOf(client.mutate('reader@1.0.0', 'all', [source], { signal: controller.signal }));
    source.give(1);
    await vi.waitFor(() => expect(fixture.counters.openUploads).toBe(1), { interval: 2 });
    controller.abort();
    expect(await call).toMatchObject({ error: { code: 'aborted' } });
    await vi.waitFor(() => expect(source.closed).toBeGreaterThan(0), { interval: 2 });
    await vi.waitFor(() => expect(reader.failure).toMatchObject({ code: 500, message: 'aborted' }), { interval: 2 });
    expect(fixture.counters.openUploads).toBe(0);
  });

  it('end at the server as well when the time of their call is over', async () => {
    const call = outcomeOf(client.mutate('reader@1.0.0', 'all', [new Source()], { timeout: 1_000 }));
    await vi.waitFor(() => expect(fixture.counters.openUploads).toBe(1), { interval: 2 });
    runtime.advance(1_000);
    expect(await call).toMatchObject({ error: { code: 'timeout' } });
    await vi.waitFor(() => expect(fixture.counters.openUploads).toBe(0), { interval: 2 });
    expect(reader.failure).toMatchObject({ code: 500, message: 'no answer within 1000 ms' });
  });

  it.each([
    ['what has no text', Object.create(null), 'something without a text'],
    ['an error too long to send', new Error('x'.repeat(MAX_PACKET_BYTES + 1)), 'x'.repeat(UPLOAD_ERROR_CHARS)],
  ])('fail also when their source throws %s', async (_name, thrown, told) => {
    const source = (async function* () {
      yield 1;
      throw thrown;
    })();
    const error = { code: 'invalid-argument', reason: expect.stringContaining(told) };
    await expect(client.mutate('reader@1.0.0', 'all', [source])).rejects.toMatchObject(error);
    await vi.waitFor(() => expect(reader.failure).toMatchObject({ code: 500, message: told }), { interval: 2 });
  });
});

describe('uploads, packet by packet', () => {
  let server: TestWsServer;
  let connection: TestConnection;

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    client = new NetronClient({ backends: { main: server.url }, runtime });
    const release = (await client.backend()).connect();
    connection = await server.connection();
    await release;
  });

  async function uploadCall(): Promise<{ id: number; streamId: number }> {
    const { id, data } = await connection.next();
    const reference = (data as readonly unknown[])[2] as StreamReference;
    expect(reference.kind).toBe('writable');
    return { id, streamId: reference.streamId };
  }

  it('count their streams where those of the server never come', async () => {
    for (const expected of [FIRST_UPLOAD_ID, FIRST_UPLOAD_ID + 1]) {
      const call = client.mutate('stream@1.0.0', 'consume', [items('x')]);
      const { id, streamId } = await uploadCall();
      expect(streamId).toBe(expected);
      expect(await connection.next()).toMatchObject({ type: PacketType.stream, streamId, index: 0, data: 'x' });
      expect(await connection.next()).toMatchObject({ streamId, index: 1, endOfStream: true, data: null });
      connection.respond(id, 1);
      expect(await call).toBe(1);
    }
  });

  it('stop when the server wants no more, before it answers', async () => {
    const source = new Source();
    const call = client.mutate('stream@1.0.0', 'consume', [source]);
    const { id, streamId } = await uploadCall();
    source.give('a');
    expect(await connection.next()).toMatchObject({ streamId, index: 0 });
    connection.request(PacketType.streamClose, { streamId, reason: 'no-longer-read' });
    await vi.waitFor(() => expect(source.closed).toBe(1), { interval: 2 });
    source.give('b');
    const ping = (await client.backend()).ping();
    const next = await connection.next();
    expect(next.type).toBe(PacketType.ping);
    connection.respond(next.id, 0);
    await ping;
    connection.respond(id, 'enough');
    expect(await call).toBe('enough');
  });

  it('are closed without a failure when the server has answered without reading them to the end', async () => {
    const source = new Source();
    const call = client.mutate('stream@1.0.0', 'consume', [source]);
    const { id, streamId } = await uploadCall();
    connection.respond(id, 'enough');
    expect(await call).toBe('enough');
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId } });
    expect(source.closed).toBe(1);
  });

  it('fail at the server when their result is a stream that nobody reads', async () => {
    const source = new Source();
    const call = outcomeOf(client.mutate('stream@1.0.0', 'echo', [source]));
    const { id, streamId } = await uploadCall();
    connection.respondWithStream(id, 1);
    expect(await call).toMatchObject({ error: { code: 'invalid-argument' } });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 1 } });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamError, data: { streamId } });
    expect(source.closed).toBe(1);
  });

  it('are not begun when another of their call ends it', async () => {
    const controller = new AbortController();
    const first = {
      [Symbol.asyncIterator]() {
        controller.abort();
        return new Source()[Symbol.asyncIterator]();
      },
    };
    const second = { [Symbol.asyncIterator]: vi.fn() };
    const call = outcomeOf(client.mutate('stream@1.0.0', 'zip', [first, second], { signal: controller.signal }));
    await connection.call('zip');
    expect(await call).toMatchObject({ error: { code: 'aborted' } });
    for (const streamId of [FIRST_UPLOAD_ID, FIRST_UPLOAD_ID + 1]) {
      expect(await connection.next()).toMatchObject({ type: PacketType.streamError, data: { streamId } });
    }
    expect(second[Symbol.asyncIterator]).not.toHaveBeenCalled();
  });

  it('that the server closes late are not taken for a stream of its own', async () => {
    const call = client.mutate('stream@1.0.0', 'consume', [items('x')]);
    const { id, streamId } = await uploadCall();
    await connection.next();
    await connection.next();
    connection.respond(id, 1);
    expect(await call).toBe(1);
    const stream = client.stream('stream@1.0.0', 'count', [1]);
    const streamCall = await connection.call('count');
    connection.request(PacketType.streamClose, { streamId, reason: 'no-longer-read' });
    connection.respondWithStream(streamCall, 1);
    connection.chunk(1, 0, 'item');
    connection.chunk(1, 1, null, true);
    expect(await stream.next()).toEqual({ done: false, value: 'item' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('wait while the socket has too much to send', async () => {
    const [socket] = runtime.sockets;
    let buffered = UPLOAD_HIGH_WATER_BYTES + 1;
    Object.defineProperty(socket, 'bufferedAmount', { get: () => buffered });
    const source = new Source();
    const call = client.mutate('stream@1.0.0', 'consume', [source]);
    const { id } = await uploadCall();
    for (const item of ['a', 'b', 'c']) source.give(item);
    expect(await connection.next()).toMatchObject({ index: 0, data: 'a' });
    for (let i = 0; i < 5; i++) {
      await vi.waitFor(() => expect(runtime.timers).toBeGreaterThan(1), { interval: 1 });
      runtime.advance(10);
    }
    const ping = (await client.backend()).ping();
    const next = await connection.next();
    expect(next.type).toBe(PacketType.ping);
    connection.respond(next.id, 0);
    await ping;
    buffered = UPLOAD_HIGH_WATER_BYTES;
    runtime.advance(10);
    expect(await connection.next()).toMatchObject({ index: 1, data: 'b' });
    expect(await connection.next()).toMatchObject({ index: 2, data: 'c' });
    connection.respond(id, 'done');
    expect(await call).toBe('done');
    expect(source.closed).toBe(1);
  });

  it('stop when the connection is lost, which fails their call once', async () => {
    const source = new Source();
    // A source has no place in the key of a cache: a query cannot carry one.
    await expect(client.query('stream@1.0.0', 'consume', [source as never])).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    const mutation = outcomeOf(client.mutate('stream@1.0.0', 'consume', [source]));
    await uploadCall();
    connection.socket.terminate();
    expect(await mutation).toMatchObject({ error: { code: 'network' } });
    await vi.waitFor(() => expect(source.closed).toBe(1), { interval: 2 });
  });

  it('are never begun twice, since a source gives its items once', async () => {
    let given = 0;
    const source = (async function* () {
      while (given < 2) yield given++;
    })();
    const call = outcomeOf(client.mutate('reader', 'all', [source]));
    const { id: asked } = await connection.task('query_interface');
    const stale = '01a1fb6d-bc08-79da-9724-1b274b4da287';
    connection.respond(asked, new ServiceDefinition(stale, '', 'server', { name: 'reader', version: '1.0.0' }));
    const { id } = await connection.next();
    connection.fail(id, new TitanError(404, `Definition with id '${stale}' not found`));
    expect(await call).toMatchObject({ error: { code: 'remote', status: 404 } });
    const again = client.mutate('reader', 'get', []);
    const { id: askedAgain } = await nextTask(connection);
    connection.respond(askedAgain, new ServiceDefinition(stale, '', 'server', { name: 'reader', version: '1.0.0' }));
    connection.respond(await connection.call('get'), 'good');
    expect(await again).toBe('good');
  });

  it('leave an object of the app alone that happens to have a definitionId', async () => {
    const call = client.mutate('echo@1.0.0', 'echo', [{ definitionId: 'mine', other: 1 }]);
    const packet = await connection.next();
    expect((packet.data as readonly unknown[])[2]).toEqual({ definitionId: 'mine', other: 1 });
    connection.respond(packet.id, 'ok');
    expect(await call).toBe('ok');
  });
});

/** The next task, behind what an upload may still have sent. */
async function nextTask(connection: TestConnection): Promise<Packet> {
  for (;;) {
    const packet = await connection.next();
    if (packet.type === PacketType.task) return packet;
  }
}
