import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PacketType, ServiceDefinition, TitanError } from '../../protocol/index.js';
import { ActiveCall } from '../call/active-call.js';
import { Deadlines } from '../call/deadlines.js';
import type { NetronError } from '../netron-error.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';
import { TurnClock } from '../turn-clock.js';
import type { TransportReply, TransportRequest } from './transport.js';
import { WsTransport } from './ws-transport.js';

let server: TestWsServer;
let runtime: TestRuntime;
let deadlines: Deadlines;
let transport: WsTransport;

beforeAll(async () => {
  server = await TestWsServer.open();
});
afterAll(() => server.close());
beforeEach(() => {
  runtime = new TestRuntime();
  deadlines = new Deadlines(runtime, new TurnClock(runtime));
  const reviver = { remoteService: (definition: unknown) => definition };
  const options = { name: 'main', url: server.url };
  transport = new WsTransport(
    options,
    async () => reviver,
    deadlines,
    null,
    () => undefined,
  );
});
afterEach(() => transport.close());

const ID = '01a1fb6d-bc08-79da-9724-1b274b4da287';
const definition = (id = ID): ServiceDefinition => new ServiceDefinition(id, '', 'server', { name: 'users' });

function request(kind: 'query' | 'mutation', service: string, args: readonly unknown[] = []): TransportRequest {
  const call = new ActiveCall(kind, { backend: 'main', service, method: 'get' }, args, 'WS');
  return { call, cancellation: deadlines.start(Number.POSITIVE_INFINITY) };
}

const mutate = (service = 'users@1.0.0', args: readonly unknown[] = []): Promise<TransportReply> =>
  transport.invoke(request('mutation', service, args));

/** The next packet, which must be a call; returns its id and what it names as its service. */
async function called(connection: TestConnection): Promise<{ readonly id: number; readonly target: unknown }> {
  const { id, type, data } = await connection.next();
  expect(type).toBe(PacketType.call);
  return { id, target: (data as readonly unknown[])[0] };
}

async function opened(): Promise<TestConnection> {
  const hello = mutate();
  const connection = await server.connection();
  connection.respond((await called(connection)).id, 'hello');
  expect(await hello).toMatchObject({ value: 'hello' });
  return connection;
}

describe('a request', () => {
  it('may be made while the arguments of another are read', async () => {
    const connection = await opened();
    let inner: Promise<TransportReply> | undefined;
    const argument = {
      before: 'a',
      get lazy() {
        inner ??= mutate('inner@1.0.0', [1]);
        return 'b';
      },
    };
    const outer = mutate('outer@1.0.0', [argument]);
    const packets = [await connection.next(), await connection.next()];
    expect(packets.map(({ data }) => data)).toEqual([
      ['inner@1.0.0', 'get', 1],
      ['outer@1.0.0', 'get', { before: 'a', lazy: 'b' }],
    ]);
    for (const { id, data } of packets) connection.respond(id, (data as readonly unknown[])[0]);
    expect(await inner).toMatchObject({ value: 'inner@1.0.0' });
    expect(await outer).toMatchObject({ value: 'outer@1.0.0' });
  });

  it('that was cancelled before it began is not made, and opens no connection', async () => {
    const late = request('mutation', 'users@1.0.0');
    late.cancellation.cancel('aborted');
    await expect(transport.invoke(late)).rejects.toMatchObject({ code: 'aborted', method: 'get' });
    expect(runtime.sockets.length).toBe(0);
    await opened();
  });

  it('that was cancelled while it waited for the connection is never sent', async () => {
    const early = request('mutation', 'users@1.0.0', ['early']);
    const outcome = outcomeOf(transport.invoke(early));
    early.cancellation.cancel('aborted');
    expect(await outcome).toMatchObject({ error: { code: 'aborted' } });
    const next = mutate('users@1.0.0', ['next']);
    const connection = await server.connection();
    const packet = await connection.next();
    expect(packet.data).toEqual(['users@1.0.0', 'get', 'next']);
    connection.respond(packet.id, 1);
    expect(await next).toMatchObject({ value: 1 });
  });

  it('that the server refuses fails with an error that carries no stack of the socket', async () => {
    const connection = await opened();
    const outcome = outcomeOf(mutate());
    connection.fail((await called(connection)).id, new TitanError(409, 'conflict'));
    const { error } = (await outcome) as { error: NetronError };
    expect(error).toMatchObject({ code: 'remote', status: 409, reason: 'conflict', service: 'users@1.0.0' });
    expect(error.stack).not.toMatch(/\n\s+at /);
    expect(new Error('ours').stack).toMatch(/\n\s+at /);
  });

  it('knows the bytes of its answer', async () => {
    const connection = await opened();
    const answer = mutate();
    const { id } = await called(connection);
    connection.respond(id, 'x'.repeat(100));
    expect(await answer).toEqual({
      value: 'x'.repeat(100),
      sizeBytes: connection.response(id, 'x'.repeat(100)).length,
    });
  });
});

describe('requests of a service that must be looked up', () => {
  it('share one look-up, and later ones need none', async () => {
    const connection = await opened();
    const calls = [mutate('users'), mutate('users'), mutate('users')];
    const { id, args } = await connection.task('query_interface');
    expect(args).toEqual(['users']);
    connection.respond(id, definition());
    for (const _ of calls) {
      const { id, target } = await called(connection);
      expect(target).toBe(ID);
      connection.respond(id, 'ok');
    }
    expect(await Promise.all(calls)).toMatchObject(calls.map(() => ({ value: 'ok' })));
    const later = mutate('users');
    connection.respond((await called(connection)).id, 'later');
    expect(await later).toMatchObject({ value: 'later' });
  });

  it('look it up anew, once for each, when the server has forgotten its id', async () => {
    const connection = await opened();
    const first = mutate('users');
    connection.respond((await connection.task('query_interface')).id, definition());
    connection.respond((await called(connection)).id, 'ok');
    await first;
    const stale = mutate('users');
    connection.fail((await called(connection)).id, new TitanError(404, `Definition with id '${ID}' not found`));
    const fresh = '01a1fb6d-bc08-79da-9724-000000000000';
    connection.respond((await connection.task('query_interface')).id, definition(fresh));
    const { id, target } = await called(connection);
    expect(target).toBe(fresh);
    connection.fail(id, new TitanError(404, `Definition with id '${fresh}' not found`));
    await expect(stale).rejects.toMatchObject({ code: 'remote', status: 404, service: 'users' });
    const good = mutate('users');
    connection.respond((await connection.task('query_interface')).id, definition());
    connection.respond((await called(connection)).id, 'good');
    expect(await good).toMatchObject({ value: 'good' });
  });

  it('go on over the next connection when theirs is lost during the look-up', async () => {
    const first = await opened();
    const call = mutate('users');
    await first.task('query_interface');
    first.socket.terminate();
    const second = await server.connection();
    const fresh = '01a1fb6d-bc08-79da-9724-000000000001';
    second.respond((await second.task('query_interface')).id, definition(fresh));
    const { id, target } = await called(second);
    expect(target).toBe(fresh);
    second.respond(id, 'good');
    expect(await call).toMatchObject({ value: 'good' });
  });

  it('settle at once when they are cancelled during it, and the others go on', async () => {
    const connection = await opened();
    const left = request('mutation', 'users');
    const outcome = outcomeOf(transport.invoke(left));
    const kept = mutate('users', ['kept']);
    const { id } = await connection.task('query_interface');
    left.cancellation.cancel('timeout');
    expect(await outcome).toMatchObject({ error: { code: 'timeout' } });
    connection.respond(id, definition());
    const packet = await connection.next();
    expect(packet.data).toEqual([ID, 'get', 'kept']);
    connection.respond(packet.id, 'ok');
    expect(await kept).toMatchObject({ value: 'ok' });
  });
});
