import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceDefinition, TitanError } from '../protocol/index.js';
import { barrier, FOREVER, Items, observed, refOf, World } from './cache/test-world.js';
import { layer, NetronClient } from './index.js';
import { answerJson, TestHttpServer } from './testing/test-http-server.js';
import type { Item } from './testing/test-item-service.js';
import { observe } from './testing/test-observer.js';
import { TestRuntime } from './testing/test-runtime.js';
import { outcomeOf, until } from './testing/test-watch.js';
import { TestWsServer } from './testing/test-ws-server.js';

/** Of definitions. */
const IDS = ['019e1fb6-bc08-79da-9724-81e9f1ce60cd', '01a1fb6d-bc08-79da-9724-000000000000'] as const;

describe('a mutation that a gateway answers with a page', () => {
  let server: TestHttpServer;
  beforeAll(async () => {
    server = await TestHttpServer.open();
  });
  afterAll(() => server.close());

  it.each([502, 504])('of the status %d may have been done: what is seen is asked for again', async (status) => {
    const client = new NetronClient({ url: server.url, runtime: new TestRuntime() });
    let a = 0;
    const answerGet: TestHttpServer['answers'][number] = (response, { id }) =>
      answerJson(response, 200, { id, success: true, data: { a } });
    const ref = client.entry('item@1.0.0', 'get', []);
    server.answers.push(answerGet);
    const observer = observe(client, ref, { cache: Number.POSITIVE_INFINITY });
    await until(() => observer.data.value !== undefined);
    server.answers.push((response) => {
      a = 1;
      response.writeHead(status, { 'Content-Type': 'text/html' }).end('<h1>Gateway</h1>');
    }, answerGet);
    const optimistic = layer(ref, () => ({ a: 5 }));
    const mutation = client.mutate('item@1.0.0', 'set', [], { optimistic: optimistic as never });
    await expect(mutation).rejects.toMatchObject({ method: 'set' });
    await until(() => !observer.fetching.value);
    expect(observer.data.value).toEqual({ a: 1 });
    observer.stop();
    client.close();
  });
});

describe('a mutation of which there is no doubt', () => {
  const world = World.set();

  it.each(['that the server has refused', 'that was given up before it was sent'])(
    '%s has nothing asked for again',
    async (how) => {
      const client = world.client();
      const observer = await observed(client);
      world.items.gate.close('add');
      const controller = new AbortController();
      const optimistic = layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + 1 }));
      const options = { optimistic, scope: 's', invalidate: Items };
      const first = outcomeOf(client.mutate(Items, 'add', ['a', 1], options));
      const waits = { ...options, signal: controller.signal };
      const second = outcomeOf(client.mutate(Items, 'add', ['a', 1], waits));
      const held = await world.items.gate.next('add');
      controller.abort();
      expect(await second).toMatchObject({ error: { code: 'aborted' } });
      if (how === 'that the server has refused') {
        held.fail(new Error('no'));
        expect(await first).toMatchObject({ error: { code: 'remote' } });
      }
      await barrier(client);
      expect(world.gets).toBe(1);
      observer.stop();
      held.answer();
      await first;
    },
  );

  const incrementing = (client: NetronClient) =>
    layer(refOf(client, 'a'), (item: Item) => ({ ...item, count: item.count + 1 }));

  it('that cannot be sent has nothing asked for again', async () => {
    const client = world.client();
    const observer = await observed(client);
    const unsendable = (() => 1) as never;
    const options = { optimistic: incrementing(client) as never, invalidate: Items };
    const result = outcomeOf(client.mutate(Items, 'add', ['a', unsendable], options));
    expect(await result).toMatchObject({ error: { code: 'invalid-argument' } });
    await barrier(client);
    expect(world.gets).toBe(1);
    observer.stop();
  });

  it('that is given up while it waits for a connection has nothing asked for again', async () => {
    const client = world.client();
    const observer = await observed(client);
    const backend = await client.backend();
    const release = await backend.connect();
    world.runtime.sockets.at(-1)?.close();
    await until(() => backend.state.value === 'waiting');
    const controller = new AbortController();
    const options = { optimistic: incrementing(client), invalidate: Items, signal: controller.signal };
    const result = outcomeOf(client.mutate(Items, 'add', ['a', 1], options));
    controller.abort();
    expect(await result).toMatchObject({ error: { code: 'aborted' } });
    world.runtime.advance(1_000);
    await barrier(client);
    expect(world.gets).toBe(1);
    observer.stop();
    release();
  });
});

describe('a mutation that was refused twice, since its definition had to be looked up anew', () => {
  it('leaves no doubt either', async () => {
    const server = await TestWsServer.open();
    const client = new NetronClient({ url: server.url, runtime: new TestRuntime() });
    const definition = (id: string) => new ServiceDefinition(id, '', 'server', { name: 'users' });
    const ref = client.entry('users', 'get', []);
    const observer = observe(client, ref, FOREVER);
    const connection = await server.connection();
    connection.respond((await connection.task('query_interface')).id, definition(IDS[0]));
    connection.respond(await connection.call('get'), 1);
    await until(() => observer.data.value === 1);
    const done = outcomeOf(client.mutate('users', 'set', [], { optimistic: layer(ref, () => 2) as never }));
    connection.fail(await connection.call('set'), new TitanError(404, `Definition with id '${IDS[0]}' not found`));
    connection.respond((await connection.task('query_interface')).id, definition(IDS[1]));
    connection.fail(await connection.call('set'), new TitanError(422, 'no'));
    expect(await done).toMatchObject({ error: { code: 'remote', status: 422 } });
    expect([observer.data.value, observer.fetching.value]).toEqual([1, false]);
    observer.stop();
    client.close();
    await server.close();
  });
});
