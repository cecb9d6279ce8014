import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamReference } from '../../protocol/codec/references.js';
import { PacketType } from '../../protocol/index.js';
import { createFixture, type Fixture, Public, Service } from '../../server-fixture/index.js';
import { NetronClient } from '../netron-client.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

@Service('mirror@1.0.0')
class Mirror {
  ended = 0;

  /** Twice each item, as soon as it is there. */
  @Public()
  async *double(source: AsyncIterable<number>): AsyncGenerator<number> {
    try {
      for await (const item of source) yield item * 2;
    } finally {
      this.ended++;
    }
  }
}

let client: NetronClient;
afterEach(() => client.close());

describe('an upload whose result is a stream, against the fixture', () => {
  let fixture: Fixture;
  let mirror: Mirror;

  beforeAll(async () => {
    mirror = new Mirror();
    fixture = await createFixture({ services: [mirror] });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    client = new NetronClient({ backends: { main: fixture.ws }, runtime: new TestRuntime() });
  });

  it('goes on while the result is read', async () => {
    let asked: (() => void) | undefined;
    // Gives each item only when the one before has come back.
    async function* source(): AsyncGenerator<number> {
      for (let i = 0; i < 5; i++) {
        yield i;
        await new Promise<void>((resolve) => {
          asked = resolve;
        });
      }
    }
    const received: unknown[] = [];
    for await (const item of client.stream('mirror@1.0.0', 'double', [source()])) {
      received.push(item);
      await vi.waitFor(() => expect(asked).toBeDefined(), { interval: 1 });
      asked?.();
      asked = undefined;
    }
    expect(received).toEqual([0, 2, 4, 6, 8]);
    await vi.waitFor(() => expect(fixture.counters.openUploads).toBe(0), { interval: 2 });
  });

  it('ends with the reader, and the method at the server with both', async () => {
    let closed = 0;
    async function* source(): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) {
          yield i;
          await new Promise((resolve) => setTimeout(resolve));
        }
      } finally {
        closed++;
      }
    }
    const { ended } = mirror;
    for await (const item of client.stream('mirror@1.0.0', 'double', [source()])) if (item === 4) break;
    await vi.waitFor(() => expect({ closed, ended: mirror.ended }).toEqual({ closed: 1, ended: ended + 1 }), {
      interval: 2,
    });
    await vi.waitFor(() => expect(fixture.counters).toMatchObject({ openUploads: 0, openStreams: 0 }), { interval: 2 });
  });
});

describe('an upload whose result is a stream, packet by packet', () => {
  const RESULT = 7;
  let server: TestWsServer;
  let connection: TestConnection;
  let closed: number;
  let fail: (error: unknown) => void;
  let streamId: number;
  let stream: AsyncIterator<unknown> & { cancel(): void };

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    client = new NetronClient({ backends: { main: server.url }, runtime: new TestRuntime() });
    closed = 0;
    // Gives nothing, and waits for what the test makes of it.
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<unknown>>((_, reject) => {
            fail = reject;
          }),
        return: async () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      }),
    };
    stream = client.stream('mirror@1.0.0', 'double', [source]);
    connection = await server.connection();
    const { id, data } = await connection.next();
    ({ streamId } = (data as readonly unknown[])[2] as StreamReference);
    connection.respondWithStream(id, RESULT);
    connection.chunk(RESULT, 0, 'a');
    expect(await stream.next()).toMatchObject({ value: 'a' });
    expect(closed).toBe(0);
  });

  it('is closed when the result has ended', async () => {
    connection.chunk(RESULT, 1, null, true);
    expect(await stream.next()).toMatchObject({ done: true });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId } });
    expect(closed).toBe(1);
  });

  it('is closed when the server has closed the result', async () => {
    connection.request(PacketType.streamClose, { streamId: RESULT, reason: 'boom' });
    await expect(stream.next()).rejects.toMatchObject({ code: 'remote', reason: 'boom' });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId } });
    expect(closed).toBe(1);
  });

  it('fails when the result is not wanted any more: what was sent is not all', async () => {
    stream.cancel();
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: RESULT } });
    expect(await connection.next()).toMatchObject({
      type: PacketType.streamError,
      data: { streamId, message: 'cancelled' },
    });
    expect(closed).toBe(1);
  });

  it('fails the result when its source fails', async () => {
    const reading = outcomeOf(stream.next());
    fail(new Error('the file is gone'));
    expect(await reading).toMatchObject({
      error: { code: 'invalid-argument', reason: expect.stringContaining('the file is gone') },
    });
    expect(await connection.next()).toMatchObject({
      type: PacketType.streamError,
      data: { streamId, message: 'the file is gone' },
    });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: RESULT } });
  });

  it('ends with the connection', async () => {
    const reading = outcomeOf(stream.next());
    connection.socket.terminate();
    expect(await reading).toMatchObject({ error: { code: 'network' } });
    expect(closed).toBe(1);
  });
});
