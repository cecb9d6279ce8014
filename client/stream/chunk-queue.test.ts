import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TapCall } from '../../protocol/index.js';
import { createFixture, type Fixture, Public, Service } from '../../server-fixture/index.js';
import { NetronClient } from '../netron-client.js';
import { NetronError } from '../netron-error.js';
import { service } from '../service.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { ChunkQueue } from './chunk-queue.js';
import type { StreamBuffer } from './netron-stream.js';

interface StreamApi {
  count(n: number, delayMs?: number): AsyncIterable<number>;
  objects(n: number): AsyncIterable<{ i: number; at: Date }>;
  failing(n: number): AsyncIterable<number>;
  forever(delayMs?: number): AsyncIterable<number>;
  foreverClosedCount(): Promise<number>;
}
const Streams = service<StreamApi>('stream@1.0.0');

/** Never ends, never begins, and is woken only by being given up. */
@Service('silent@1.0.0')
class Silent {
  started = 0;
  @Public()
  async *numbers(): AsyncGenerator<number> {
    this.started++;
    yield 1;
    await new Promise(() => undefined);
  }
  @Public()
  async opening(): Promise<never> {
    this.started++;
    return new Promise<never>(() => undefined);
  }
}

describe('streams of the fixture', () => {
  let fixture: Fixture;
  let silent: Silent;
  let runtime: TestRuntime;
  let client: NetronClient;
  let log: TapLog;

  beforeAll(async () => {
    silent = new Silent();
    fixture = await createFixture({ services: [silent] });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    runtime = new TestRuntime();
    client = new NetronClient({ url: fixture.ws, runtime });
    log = new TapLog();
  });
  afterEach(() => client.close());

  const noTimers = () => vi.waitFor(() => expect(runtime.timers).toBe(0), { interval: 5 });
  const closedCount = () => client.query(Streams, 'foreverClosedCount', []);

  async function expectClosed(count: number): Promise<void> {
    await vi.waitFor(async () => expect(await closedCount()).toBe(count), { interval: 5 });
  }

  it('arrive in order and whole', async () => {
    const chunks: number[] = [];
    for await (const chunk of client.stream(Streams, 'count', [2_000], { buffer: { capacity: 4_096 } })) {
      chunks.push(chunk);
    }
    expect(chunks).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
    expect(runtime.timers).toBe(0);
  });

  it('carry rich values', async () => {
    const [first] = await collect(client.stream(Streams, 'objects', [1]));
    expect(first).toEqual({ i: 0, at: new Date(1_700_000_000_000) });
  });

  it('may be empty', async () => {
    expect(await collect(client.stream(Streams, 'count', [0]))).toEqual([]);
  });

  it('stop at the server when the reader leaves the loop', async () => {
    const before = await closedCount();
    const stream = client.stream(Streams, 'forever', [0]);
    for await (const chunk of stream) if (chunk === 2) break;
    expect(stream.done).toBe(true);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await expectClosed(before + 1);
    const ends = log.all('callEnd').filter(({ ref }) => (ref as TapCall).kind === 'stream');
    expect(ends).toMatchObject([{ b: 2, a: { code: 'aborted' } }]);
  });

  it('stop at the server when their signal aborts', async () => {
    const before = await closedCount();
    const controller = new AbortController();
    const stream = client.stream(Streams, 'forever', [0], { signal: controller.signal });
    await stream.next();
    const waiting = collect(stream);
    controller.abort();
    await waiting;
    await expectClosed(before + 1);
  });

  it('are not opened when their signal has aborted before', async () => {
    const stream = client.stream(Streams, 'forever', [0], { signal: AbortSignal.abort() });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await vi.waitFor(() => expect(log.kinds()).toEqual(['callStart', 'streamEnd', 'callEnd']), { interval: 5 });
    expect(runtime.sockets.length).toBe(0);
    expect(await collect(client.stream(Streams, 'count', [1]))).toEqual([0]);
  });

  it('may be cancelled while they open', async () => {
    const stream = client.stream(service('silent@1.0.0'), 'opening' as never, [] as never);
    await vi.waitFor(() => expect(silent.started).toBe(1), { interval: 5 });
    const waiting = stream.next();
    stream.cancel();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await noTimers();
    expect(await collect(client.stream(Streams, 'count', [1]))).toEqual([0]);
  });

  it('have a deadline to open, and none afterwards', async () => {
    const opening = client.stream(service('silent@1.0.0'), 'opening' as never, [] as never, { timeout: 50 });
    const started = silent.started;
    await vi.waitFor(() => expect(silent.started).toBe(started + 1), { interval: 5 });
    const failed = expect(opening.next()).rejects.toMatchObject({ code: 'timeout', method: 'opening' });
    runtime.advance(50);
    await failed;
    const open = client.stream('silent@1.0.0', 'numbers', [], { timeout: 50 });
    expect(await open.next()).toEqual({ done: false, value: 1 });
    await noTimers();
    runtime.advance(60_000);
    expect(open.done).toBe(false);
    open.cancel();
  });

  it('fail in the middle, after the chunks before it', async () => {
    const chunks: number[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of client.stream(Streams, 'failing', [3])) chunks.push(chunk);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'remote',
      reason: 'stream blew up',
      backend: 'default',
      service: 'stream@1.0.0',
      method: 'failing',
    });
    expect(chunks).toEqual([0, 1, 2]);
    expect(await collect(client.stream(Streams, 'count', [2]))).toEqual([0, 1]);
  });

  it('fail and stop at the server when the reader is too slow', async () => {
    const before = await closedCount();
    const stream = client.stream(Streams, 'forever', [0], { buffer: { capacity: 3 } });
    await vi.waitFor(() => expect(stream.done).toBe(true), { interval: 5 });
    expect([await stream.next(), await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([
      0, 1, 2,
    ]);
    await expect(stream.next()).rejects.toMatchObject({ code: 'overflow', service: 'stream@1.0.0', method: 'forever' });
    await expectClosed(before + 1);
  });

  it('drop the oldest chunks instead, and count them', async () => {
    const stream = client.stream(Streams, 'count', [10], { buffer: { capacity: 3, overflow: 'dropOldest' } });
    await vi.waitFor(() => expect(stream.done).toBe(true), { interval: 5 });
    expect(stream.dropped).toBe(7);
    expect(await collect(stream)).toEqual([7, 8, 9]);
  });

  it('run side by side', async () => {
    const all = await Promise.all([3, 5, 7].map((n) => collect(client.stream(Streams, 'count', [n]))));
    expect(all.map((chunks) => chunks.length)).toEqual([3, 5, 7]);
  });

  describe('that reconnect', () => {
    const RECONNECT_CAP_MS = 30_000;
    const drop = async (): Promise<void> => (runtime.sockets.at(-1) as unknown as { terminate(): void }).terminate();
    /** Lets the pause be over, as soon as there is one. */
    const paused = (times = 1): Promise<void> =>
      vi.waitFor(() => expect(log.all('callAttempt').length).toBe(times), { interval: 1 });
    const pass = async (): Promise<void> => {
      await paused();
      runtime.advance(RECONNECT_CAP_MS);
    };

    it('go on where the app says, after the connection was lost', async () => {
      const asked: unknown[] = [];
      const stream = client.stream(Streams, 'forever', [1], {
        reconnect: {
          resume(last, received) {
            asked.push([last, received]);
            return [1];
          },
        },
      });
      expect(await stream.next()).toMatchObject({ value: 0 });
      expect(await stream.next()).toMatchObject({ value: 1 });
      await drop();
      await pass();
      let value = -1;
      while (value !== 0) value = (await stream.next()).value as number;
      expect(asked).toHaveLength(1);
      const [[last, received]] = asked as [[number, number]];
      expect(received).toBe(last + 1);
      expect(log.one('callAttempt')).toMatchObject({ reason: 'reconnect', a: { code: 'network' } });
      stream.cancel();
      expect(stream.done).toBe(true);
      expect(log.all('callEnd')).toHaveLength(1);
    });

    it('fail when that was tried often enough in a row', async () => {
      await client.query(Streams, 'foreverClosedCount', []);
      const stream = client.stream(Streams, 'forever', [1], { reconnect: { attempts: 1 } });
      await stream.next();
      const port = new URL(fixture.ws).port;
      await fixture.close();
      await pass();
      const reading = (async () => {
        for await (const _ of stream);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'network', method: 'forever' });
      expect(log.all('callAttempt')).toHaveLength(1);
      fixture = await createFixture({ services: [silent], wsPort: Number(port) });
    });

    it('do not for an error of the server', async () => {
      await expect(collect(client.stream(Streams, 'failing', [2], { reconnect: true }))).rejects.toMatchObject({
        code: 'remote',
      });
      expect(log.all('callAttempt')).toEqual([]);
    });

    it('leave no timer when they are cancelled in the pause, or the client is closed', async () => {
      let times = 0;
      for (const leave of [(stream: { cancel(): void }) => stream.cancel(), () => client.close()]) {
        const stream = client.stream(Streams, 'forever', [1], { reconnect: true });
        await stream.next();
        await drop();
        await paused(++times);
        leave(stream);
        if (!stream.done) runtime.advance(RECONNECT_CAP_MS);
        await noTimers();
      }
    });

    it('name a wrong option, and the throw of resume', async () => {
      const open = (reconnect: unknown) =>
        collect(client.stream(Streams, 'count', [1], { reconnect: reconnect as boolean }));
      for (const [reconnect, reason] of [
        [1, 'option reconnect is 1'],
        [{ attempts: 0 }, 'option reconnect.attempts is 0'],
        [{ attempts: 1.5 }, 'option reconnect.attempts is 1.5'],
        [{ resume: 'x' }, 'option reconnect.resume is "x"'],
      ]) {
        const error = { code: 'invalid-argument', reason: expect.stringContaining(reason as string) };
        await expect(open(reconnect)).rejects.toMatchObject(error);
      }
      const stream = client.stream(Streams, 'forever', [1], {
        reconnect: {
          resume(): never {
            throw new Error('lost my place');
          },
        },
      });
      await stream.next();
      await drop();
      await pass();
      const reading = (async () => {
        for await (const _ of stream);
      })();
      await expect(reading).rejects.toMatchObject({
        code: 'invalid-argument',
        reason: expect.stringContaining('lost my place'),
      });
      expect(await open(false)).toEqual([0]);
    });
  });

  it('leave a chain of records', async () => {
    await collect(client.stream(Streams, 'count', [2]));
    const expected = ['callStart', 'frameOut', 'frameIn', 'streamOpen', 'streamChunk', 'streamEnd', 'callEnd'];
    await vi.waitFor(() => expect(log.kinds()).toEqual(expect.arrayContaining(expected)), { interval: 5 });
    const { seq } = log.one('callStart');
    for (const record of log.records) {
      if (record.kind !== 'callStart' && record.kind !== 'backendState') expect(record.cause).toBe(seq);
    }
    expect(log.all('callEnd')).toHaveLength(1);
    expect(log.one('callEnd')).toMatchObject({ b: 0 });
  });

  it.each([
    [{ signal: {} }, 'option signal is [object Object]'],
    [{ buffer: null }, 'option buffer is null'],
    [{ buffer: 'x' }, 'option buffer is "x"'],
    [{ reconnect: null }, 'option reconnect is null'],
  ])('refuse a wrong option where they are read: %j', async (options, reason) => {
    await expect(client.stream(Streams, 'count', [1], options as never).next()).rejects.toMatchObject({
      code: 'invalid-argument',
      method: 'count',
      reason: expect.stringContaining(reason),
    });
    expect(await collect(client.stream(Streams, 'count', [1]))).toEqual([0]);
  });

  it.each([
    [{ capacity: 0 }, 'buffer.capacity is 0'],
    [{ capacity: -1 }, 'buffer.capacity is -1'],
    [{ capacity: 1.5 }, 'buffer.capacity is 1.5'],
    [{ capacity: Number.NaN }, 'buffer.capacity is NaN'],
    [{ overflow: 'drop' }, 'buffer.overflow is "drop"'],
  ])('refuse a bad buffer where they are read: %j', async (buffer, reason) => {
    await expect(client.stream(Streams, 'count', [1], { buffer: buffer as StreamBuffer }).next()).rejects.toEqual(
      expect.objectContaining({
        code: 'invalid-argument',
        service: 'stream@1.0.0',
        method: 'count',
        reason: expect.stringContaining(reason),
      }),
    );
    expect(await collect(client.stream(Streams, 'count', [1]))).toEqual([0]);
  });

  it('refuse an unknown backend and a bad method name at once', async () => {
    expect(() => client.stream(service('stream', { backend: 'nope' }), 'count' as never, [] as never)).toThrow(
      expect.objectContaining({ code: 'unknown-backend', reason: expect.stringContaining('there are default') }),
    );
    expect(() => client.stream('stream', 'a.b', [])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(await collect(client.stream(Streams, 'count', [1]))).toEqual([0]);
  });
});

describe('ChunkQueue', () => {
  let cancelled: number;
  const error = new NetronError('remote', 'why');
  const make = (buffer: StreamBuffer = {}) =>
    new ChunkQueue<number>(
      buffer,
      () => new NetronError('overflow', 'full'),
      () => {
        cancelled++;
      },
    );
  beforeEach(() => {
    cancelled = 0;
  });

  it('gives each of several waiting readers one chunk, in order', async () => {
    const stream = make();
    const reads = [stream.next(), stream.next(), stream.next()];
    stream.push(1);
    stream.push(2);
    stream.end();
    expect(await Promise.all(reads)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it('tells the first of several waiting readers of a failure, and the others of the end', async () => {
    const stream = make();
    const [first, second] = [stream.next(), stream.next()];
    stream.fail(error);
    await expect(first).rejects.toBe(error);
    expect(await second).toEqual({ done: true, value: undefined });
  });

  it('takes nothing after its end, its failure or its cancellation', async () => {
    for (const finish of [
      (stream: ChunkQueue<number>) => stream.end(),
      (stream: ChunkQueue<number>) => stream.cancel(),
    ]) {
      const stream = make();
      finish(stream);
      stream.push(1);
      stream.fail(error);
      finish(stream);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    }
    expect(cancelled).toBe(1);
  });

  it('forgets what waits when the reader leaves, though the stream had already ended', async () => {
    const stream = make();
    for (const chunk of [1, 2, 3]) stream.push(chunk);
    stream.end();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    stream.cancel();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(cancelled).toBe(0);
  });

  it('holds exactly its capacity', async () => {
    const stream = make({ capacity: 2 });
    const reader = stream.next();
    for (const chunk of [0, 1, 2]) stream.push(chunk);
    expect(stream.done).toBe(false);
    stream.push(3);
    expect(stream.done).toBe(true);
    expect(cancelled).toBe(1);
    expect(await reader).toEqual({ done: false, value: 0 });
  });
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
