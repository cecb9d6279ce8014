import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetronClient } from '../netron-client.js';
import { answer, refuse, untilTimers } from '../pipeline/test-answers.js';
import { PipelineStage } from '../pipeline/test-pipeline-stage.js';
import { observe } from '../testing/test-observer.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { TestWsServer } from '../testing/test-ws-server.js';

const ONCE_MORE = { attempts: 1, initialDelay: 100, jitter: false } as const;

describe('over HTTP, after whoever asked has signed out', () => {
  const stage = PipelineStage.set();
  const list = () => outcomeOf(stage.client.query('news@1.0.0', 'list', [], { retry: ONCE_MORE }));

  /** What is asked for is tried again after 100 ms. */
  async function untilPause(ask: () => unknown): Promise<void> {
    stage.use({ auth: {} });
    const backend = await stage.client.backend();
    await backend.setToken('ann');
    stage.server.answers.push(refuse(503), answer('public'));
    ask();
    await untilTimers(stage.runtime, 2);
    await backend.setToken(undefined);
  }

  it('a query shares nothing with what was asked before', async () => {
    let first: Promise<unknown> | undefined;
    await untilPause(() => {
      first = list();
    });
    const second = list();
    stage.runtime.advance(100);
    expect(await first).toMatchObject({ error: { code: 'aborted' } });
    expect(await second).toEqual({ value: 'public' });
  });

  it('those who observe are answered all the same', async () => {
    let observer: ReturnType<typeof observe> | undefined;
    await untilPause(() => {
      observer = observe(stage.client, stage.client.entry('news@1.0.0', 'list', []), { retry: ONCE_MORE });
    });
    stage.runtime.advance(100);
    await until(() => observer?.data.value === 'public');
    observer?.stop();
  });
});

describe('over WebSocket, those who observe are answered all the same', () => {
  let server: TestWsServer;
  let client: NetronClient;
  let observer: ReturnType<typeof observe>;

  beforeEach(async () => {
    server = await TestWsServer.open();
    client = new NetronClient({ backends: { main: { url: server.url, auth: {} } }, runtime: new TestRuntime() });
    observer = observe(client, client.entry('news@1.0.0', 'list', []));
  });
  afterEach(async () => {
    observer.stop();
    client.close();
    await server.close();
  });

  it('after whoever asked has signed out', async () => {
    const backend = await client.backend();
    await (await server.connection()).call('list');
    await backend.setToken(undefined);
    const second = await server.connection();
    second.respond(await second.call('list'), 'public');
    await until(() => observer.data.value === 'public');
  });

  it('back from another partition before anything was sent', async () => {
    client.setPartition('bob');
    client.setPartition('');
    const connection = await server.connection();
    connection.respond(await connection.call('list'), 'mine');
    await until(() => observer.data.value === 'mine');
    expect([observer.fetching.value, observer.error.value]).toEqual([false, undefined]);
  });

  it('back from another partition, though the connection was lost meanwhile', async () => {
    const first = await server.connection();
    await first.call('list');
    client.setPartition('bob');
    client.setPartition('');
    await nextTurn();
    first.socket.terminate();
    const second = await server.connection();
    second.respond(await second.call('list'), 'mine');
    await until(() => observer.data.value === 'mine');
    expect(observer.fetching.value).toBe(false);
  });
});
