// @vitest-environment happy-dom
import { effect } from '@preact/signals';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NetronClient } from '../index.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { NetronProvider } from './netron-provider.js';
import { HookStage, staged } from './test-hook-stage.js';
import { type UseSubscriptionOptions, type UseSubscriptionResult, useSubscription } from './use-subscription.js';

const stage = staged(new HookStage({ limits: { subscriptions: 2 } }));
let result: UseSubscriptionResult;
let renders: number;

beforeEach(() => {
  renders = 0;
});

interface Props {
  readonly event?: string;
  readonly handler?: (...args: readonly unknown[]) => void;
  readonly options?: UseSubscriptionOptions;
}

function Listener({ event = 'order', handler, options }: Props) {
  result = useSubscription(event, handler, options);
  renders++;
  return <p>{String(result.last.value ?? 'nothing')}</p>;
}

const fire = (...args: readonly unknown[]): Promise<void> =>
  act(() => stage.screen.client.mutate('events@1.0.0', 'fire', args).then(() => undefined));
const opened = (): Promise<void> => stage.screen.land(() => result.status.value !== 'opening');

describe('useSubscription', () => {
  it('shows what the newest event carried, and calls the newest handler', async () => {
    const calls: unknown[] = [];
    await stage.screen.show(<Listener handler={(...args) => calls.push(['old', ...args])} />);
    expect([result.status.value, stage.screen.text]).toEqual(['opening', 'nothing']);
    await opened();
    await fire('order', 1, 'x');
    expect(stage.screen.text).toBe('1,x');
    await stage.screen.show(<Listener handler={(...args) => calls.push(['new', ...args])} />);
    await fire('order', 2);
    await fire('other', 3);
    expect(calls).toEqual([
      ['old', 1, 'x'],
      ['new', 2],
    ]);
    expect(result.status.value).toBe('open');
  });

  it('does not render again for a status that it does not read', async () => {
    await stage.screen.show(<Listener />);
    await opened();
    expect(renders).toBe(1);
    await fire('order', 1);
    expect(renders).toBe(2);
  });

  it('shares one subscription on the wire, which ends with the last component', async () => {
    await stage.screen.show([<Listener key="1" />, <Listener key="2" />]);
    await opened();
    await stage.screen.subscribed();
    const { eventsSent } = stage.fixture.counters;
    await fire('order', 1);
    expect(stage.fixture.counters.eventsSent).toBe(eventsSent + 1);
    await stage.screen.show([<Listener key="1" />]);
    await fire('order', 2);
    expect(stage.screen.text).toBe('2');
    await stage.screen.show(null);
    await fire('order', 3);
    expect(stage.fixture.counters.eventsSent).toBe(eventsSent + 2);
  });

  it('leaves one event for another, and shows nothing of the one before', async () => {
    await stage.screen.show(<Listener />);
    await opened();
    await fire('order', 1);
    await stage.screen.show(<Listener event="price" />);
    expect([stage.screen.text, result.status.value]).toEqual(['nothing', 'opening']);
    await opened();
    await fire('order', 2);
    expect(stage.screen.text).toBe('nothing');
    await fire('price', 3);
    expect(stage.screen.text).toBe('3');
  });

  it('shows that the server does not want it, and works for another event', async () => {
    const keep = ['one', 'two'].map((event) => stage.screen.client.subscribe(event, () => undefined));
    await Promise.all(keep.map(({ ready }) => ready));
    await stage.screen.show(<Listener />);
    await opened();
    expect(result.status.value).toBe('failed');
    expect(result.error.value).toMatchObject({ code: 'remote' });
    for (const { unsubscribe } of keep) unsubscribe();
    await stage.screen.show(<Listener event="price" />);
    await opened();
    expect([result.status.value, result.error.value]).toEqual(['open', undefined]);
  });

  it('shows that there is no such backend, or none with a WebSocket', async () => {
    await stage.screen.show(<Listener options={{ backend: 'nope' }} />);
    expect(result.status.value).toBe('failed');
    expect(result.error.value).toMatchObject({ code: 'unknown-backend' });
    const overHttp = new NetronClient({ url: stage.fixture.http });
    await stage.screen.show(
      <NetronProvider client={overHttp}>
        <Listener />
      </NetronProvider>,
    );
    await opened();
    expect(result.error.value).toMatchObject({ code: 'invalid-argument' });
    await stage.screen.show(<Listener />);
    await opened();
    expect(result.status.value).toBe('open');
    overHttp.close();
  });

  it('goes on by itself after a loss of the connection', async () => {
    await stage.screen.show(<Listener />);
    await opened();
    const { state } = await stage.screen.client.backend();
    stage.screen.runtime.sockets.at(-1)?.close(4_000);
    await stage.screen.land(() => state.value === 'waiting');
    expect(result.status.value).toBe('opening');
    stage.screen.runtime.advance(60_000);
    await opened();
    expect([result.status.value, result.error.value]).toEqual(['open', undefined]);
    // Answered after the subscription, which was sent first.
    await stage.screen.settle();
    await fire('order', 7);
    expect(stage.screen.text).toBe('7');
  });

  it('opens when the first connection could not be made, and a later one can', async () => {
    const runtime = new TestRuntime();
    const openWebSocket = runtime.openWebSocket.bind(runtime);
    let url = 'ws://127.0.0.1:1';
    runtime.openWebSocket = () => openWebSocket(url);
    const client = new NetronClient({ url: stage.fixture.ws, runtime });
    await stage.screen.show(
      <NetronProvider client={client}>
        <Listener />
      </NetronProvider>,
    );
    const { state } = await client.backend();
    await stage.screen.land(() => state.value === 'waiting' && result.error.value !== undefined);
    expect([result.status.value, result.error.value?.code]).toEqual(['opening', 'network']);
    url = stage.fixture.ws;
    runtime.advance(60_000);
    await opened();
    expect([result.status.value, result.error.value]).toEqual(['open', undefined]);
    await stage.screen.show(null);
    client.close();
  });

  it('calls the handler though an effect of the app throws at the sight of the event', async () => {
    const handler = vi.fn();
    await stage.screen.show(<Listener handler={handler} />);
    await opened();
    const uncaught = watchUncaught();
    const boom = new Error('an effect of the app');
    const stop = effect(() => {
      if (result.last.value) throw boom;
    });
    await fire('order', 1);
    stop();
    vi.restoreAllMocks();
    expect([handler.mock.calls, uncaught]).toEqual([[[1]], [boom]]);
  });

  it.each([
    ['event', ['']],
    ['event', [undefined]],
    ['handler', ['order', 5]],
    ['options', ['order', undefined, null]],
    ['backend', ['order', undefined, { backend: 5 }]],
  ])('refuses a wrong %s: %o', async (name, args) => {
    function Wrong() {
      useSubscription(...(args as Parameters<typeof useSubscription>));
      return null;
    }
    const reason = expect.stringContaining(`option ${name} `);
    await expect(stage.screen.show(<Wrong />)).rejects.toMatchObject({ code: 'invalid-argument', reason });
  });
});
