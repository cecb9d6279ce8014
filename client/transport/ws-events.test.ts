import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { RECONNECT_INITIAL_MS, RECONNECT_MAX_MS } from '../limits.js';
import { NetronClient } from '../netron-client.js';
import { collectReports } from '../testing/test-reports.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';

let runtime: TestRuntime;
beforeEach(() => {
  runtime = new TestRuntime();
});

describe('events, against the fixture', () => {
  let fixture: Fixture;
  let client: NetronClient;

  beforeAll(async () => {
    fixture = await createFixture({ limits: { subscriptions: 3 } });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    client = new NetronClient({ backends: { main: fixture.ws }, runtime });
  });
  afterEach(() => client.close());

  const fire = (...args: readonly unknown[]): Promise<unknown> => client.mutate('events@1.0.0', 'fire', args);

  it('reach every handler with all their arguments, and each is acknowledged', async () => {
    const backend = await client.backend();
    const seen: unknown[][] = [[], []];
    const subscriptions = seen.map((list) => backend.subscribe('order', (...args) => list.push(args)));
    await Promise.all(subscriptions.map(({ ready }) => ready));
    await fire('order', 1, { at: new Date(5) });
    await fire('other', 2);
    await fire('order');
    expect(seen[0]).toEqual([[1, { at: new Date(5) }], []]);
    expect(seen[1]).toEqual(seen[0]);
    expect(fixture.counters.eventsUnacked).toBe(0);
  });

  it('stop for a handler that has left, and on the wire with the last', async () => {
    const backend = await client.backend();
    const seen: string[] = [];
    const first = backend.subscribe('order', () => seen.push('first'));
    const second = backend.subscribe('order', () => seen.push('second'));
    await Promise.all([first.ready, second.ready]);
    await fire('order');
    first.unsubscribe();
    first.unsubscribe();
    await fire('order');
    second.unsubscribe();
    const { eventsSent } = fixture.counters;
    await fire('order');
    expect(seen).toEqual(['first', 'second', 'second']);
    expect(fixture.counters.eventsSent).toBe(eventsSent);
  });

  it('reach the same function as often as it was subscribed', async () => {
    const backend = await client.backend();
    let count = 0;
    const handler = (): void => void count++;
    const [first, second] = [backend.subscribe('order', handler), backend.subscribe('order', handler)];
    await Promise.all([first.ready, second.ready]);
    await fire('order');
    expect(count).toBe(2);
    first.unsubscribe();
    await fire('order');
    expect(count).toBe(3);
    second.unsubscribe();
  });

  it('are not asked for by whoever left before the connection was open', async () => {
    const backend = await client.backend();
    const subscription = backend.subscribe('order', () => undefined);
    subscription.unsubscribe();
    const keeper = backend.subscribe('kept', () => undefined);
    await Promise.all([subscription.ready, keeper.ready]);
    const late = backend.subscribe('order', () => undefined);
    late.unsubscribe();
    await late.ready.catch(() => undefined);
    await client.mutate('calculator@1.0.0', 'add', [1, 1]);
    const { eventsSent } = fixture.counters;
    await fire('order');
    expect(fixture.counters.eventsSent).toBe(eventsSent);
  });

  it('that a server refuses say so, and the others go on', async () => {
    const backend = await client.backend();
    const seen: unknown[] = [];
    const good = ['a', 'b', 'c'].map((event) => backend.subscribe(event, (value) => seen.push(value)));
    await Promise.all(good.map(({ ready }) => ready));
    await expect(backend.subscribe('d', () => undefined).ready).rejects.toMatchObject({
      code: 'remote',
      status: 429,
      service: '$server',
      method: 'subscribe',
    });
    await fire('b', 7);
    expect(seen).toEqual([7]);
  });

  it('need a socket', async () => {
    const http = new NetronClient({ url: fixture.http, runtime });
    const { ready, unsubscribe } = (await http.backend()).subscribe('x', () => undefined);
    await expect(ready).rejects.toMatchObject({ code: 'invalid-argument' });
    unsubscribe();
    http.close();
  });

  it('come again after the server was away', async () => {
    let own = await createFixture();
    const { port } = new URL(own.ws);
    const reader = new NetronClient({ url: own.ws, runtime });
    const seen: unknown[] = [];
    const { ready } = (await reader.backend()).subscribe('order', (value) => seen.push(value));
    await ready;
    await reader.mutate('events@1.0.0', 'fire', ['order', 'before']);
    for (let i = 0; i < 3; i++) {
      await own.close();
      own = await createFixture({ wsPort: Number(port) });
      const { connections } = own.counters;
      await vi.waitFor(
        () => {
          runtime.advance(RECONNECT_MAX_MS / 10);
          expect(own.counters.connections).toBe(connections + 1);
        },
        { interval: 5 },
      );
      // Answered after the subscription, which was sent first.
      await reader.mutate('calculator@1.0.0', 'add', [1, 1]);
      await reader.mutate('events@1.0.0', 'fire', ['order', i]);
    }
    expect(seen).toEqual(['before', 0, 1, 2]);
    reader.close();
    await own.close();
  });
});

describe('events, packet by packet', () => {
  let server: TestWsServer;
  let client: NetronClient;

  beforeAll(async () => {
    server = await TestWsServer.open();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    client = new NetronClient({ backends: { main: server.url }, runtime });
  });
  afterEach(() => client.close());

  const accept = async (connection: TestConnection, event: string): Promise<void> => {
    const { id, args } = await connection.task('subscribe');
    expect(args).toEqual([event]);
    connection.respond(id, undefined);
  };

  it('are subscribed once for all handlers, and unsubscribed by the last one', async () => {
    const backend = await client.backend();
    const release = await backend.connect();
    const connection = await server.connection();
    const first = backend.subscribe('order', () => undefined);
    await accept(connection, 'order');
    await first.ready;
    const second = backend.subscribe('order', () => undefined);
    await second.ready;
    first.unsubscribe();
    second.unsubscribe();
    const { id, args } = await connection.task('unsubscribe');
    expect(args).toEqual(['order']);
    connection.respond(id, undefined);
    await connection.expectSilence(backend);
    release();
  });

  it('are acknowledged though a handler throws, which stops no other', async () => {
    const reports = collectReports();
    const backend = await client.backend();
    const seen: unknown[] = [];
    const boom = new Error('a handler of the app');
    const subscriptions = [
      backend.subscribe('order', () => {
        throw boom;
      }),
      backend.subscribe('order', (value) => seen.push(value)),
    ];
    const connection = await server.connection();
    const release = backend.connect();
    await accept(connection, 'order');
    await Promise.all(subscriptions.map(({ ready }) => ready));
    for (const value of [1, 2]) {
      const id = connection.request(4, ['emit', 'order', value]);
      expect(await connection.next()).toMatchObject({ id, impulse: false, error: false, data: undefined });
    }
    expect(seen).toEqual([1, 2]);
    await vi.waitFor(() => expect(reports.errors).toEqual([boom, boom]), { interval: 2 });
    reports.restore();
    (await release)();
  });

  it('do not reach a handler that another one of the same event has just unsubscribed', async () => {
    const backend = await client.backend();
    const seen: string[] = [];
    const first = backend.subscribe('order', () => {
      seen.push('first');
      second.unsubscribe();
    });
    const second = backend.subscribe('order', () => seen.push('second'));
    const connection = await server.connection();
    await accept(connection, 'order');
    await first.ready;
    connection.request(4, ['emit', 'order']);
    await connection.next();
    expect(seen).toEqual(['first']);
  });

  it('that nobody subscribed to, or that are none, are acknowledged as well', async () => {
    const backend = await client.backend();
    const release = await backend.connect();
    const connection = await server.connection();
    for (const data of [['emit', 'unknown', 1], ['emit'], ['emit', 7], ['other'], 'text', null]) {
      const id = connection.request(4, data);
      expect(await connection.next()).toMatchObject({ id, impulse: false, error: false });
    }
    release();
  });

  it('are subscribed again after each reconnect, one task for each', async () => {
    const backend = await client.backend();
    const release = await backend.connect();
    const first = await server.connection();
    const seen: unknown[] = [];
    for (const event of ['a', 'b']) {
      const { ready } = backend.subscribe(event, (value) => seen.push([event, value]));
      backend.subscribe(event, (value) => seen.push([event, value]));
      await accept(first, event);
      await ready;
    }
    first.socket.terminate();
    await vi.waitFor(
      () => {
        runtime.advance(RECONNECT_INITIAL_MS);
        expect(runtime.sockets.length).toBe(2);
      },
      { interval: 2 },
    );
    const second = await server.connection();
    await accept(second, 'a');
    await accept(second, 'b');
    const id = second.request(4, ['emit', 'b', 1]);
    expect(await second.next()).toMatchObject({ id, impulse: false });
    expect(seen).toEqual([
      ['b', 1],
      ['b', 1],
    ]);
    release();
  });
});
