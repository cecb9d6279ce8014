// @vitest-environment happy-dom
import { effect } from '@preact/signals';
import { type ComponentChildren, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacketType } from '../../protocol/index.js';
import { NetronClient, service } from '../index.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { TapLog } from '../testing/test-tap-log.js';
import { until } from '../testing/test-watch.js';
import { type TestConnection, TestWsServer } from '../testing/test-ws-server.js';
import { NetronProvider } from './netron-provider.js';
import { type UseStreamOptions, type UseStreamResult, useStream } from './use-stream.js';

interface Market {
  prices(symbol: string): AsyncIterable<number>;
}
const Prices = service<Market>('market@1.0.0');

let server: TestWsServer;
let connection: TestConnection;
let client: NetronClient;
let root: HTMLElement;
let result: UseStreamResult<number>;
let renders: string[];

beforeEach(async () => {
  server = await TestWsServer.open();
  client = new NetronClient({ url: server.url, runtime: new TestRuntime() });
  const hello = client.mutate('market@1.0.0', 'hello', []);
  connection = await server.connection();
  connection.respond(await connection.call('hello'), 'hello');
  await hello;
  root = document.createElement('div');
  renders = [];
});
afterEach(async () => {
  await act(() => render(null, root));
  client.close();
  await server.close();
});

const show = (children: ComponentChildren): Promise<void> =>
  act(() => render(<NetronProvider client={client}>{children}</NetronProvider>, root));

function Price({ symbol, options }: { symbol: string; options?: UseStreamOptions<number> }) {
  result = useStream(Prices, 'prices', [symbol], options);
  const text = `${result.status.value} ${result.data.value ?? '-'} ${result.error.value?.code ?? '-'}`;
  renders.push(text);
  return <p>{text}</p>;
}

/** Accepts the stream that the component opens. */
async function accept(streamId: number): Promise<void> {
  connection.respondWithStream(await connection.call('prices'), streamId);
}

const shows = (text: string): Promise<void> =>
  act(() =>
    until(() => `${result.status.value} ${result.data.value ?? '-'} ${result.error.value?.code ?? '-'}` === text),
  );

describe('useStream', () => {
  it('shows the newest chunk, then the end', async () => {
    await show(<Price symbol="BTC" />);
    expect(root.textContent).toBe('opening - -');
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    connection.chunk(1, 1, 11);
    await shows('open 11 -');
    connection.chunk(1, 2, null, true);
    await shows('ended 11 -');
    expect(root.textContent).toBe('ended 11 -');
  });

  it('hands every chunk over in order, to the newest handler', async () => {
    const chunks: unknown[] = [];
    await show(<Price symbol="BTC" options={{ onChunk: (chunk) => chunks.push(['old', chunk]) }} />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    await show(<Price symbol="BTC" options={{ onChunk: (chunk) => chunks.push(['new', chunk]) }} />);
    for (const index of [1, 2, 3]) connection.chunk(1, index, 10 + index);
    await shows('open 13 -');
    expect(chunks).toEqual([
      ['old', 10],
      ['new', 11],
      ['new', 12],
      ['new', 13],
    ]);
  });

  it('opens another stream when the arguments change, and shows nothing of the old one', async () => {
    await show(<Price symbol="BTC" />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    renders.length = 0;
    await show(<Price symbol="ETH" />);
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 1 } });
    connection.chunk(1, 1, 11);
    expect(root.textContent).toBe('opening - -');
    await accept(2);
    connection.chunk(2, 0, 20);
    await shows('open 20 -');
    expect(renders.filter((text) => text.startsWith('ended') || text.includes('11'))).toEqual([]);
  });

  it('does not open another one for options or arguments written inline', async () => {
    for (let i = 0; i < 4; i++) await show(<Price symbol="BTC" options={{ buffer: { capacity: 5 } }} />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    const call = client.mutate('market@1.0.0', 'hello', []);
    connection.respond(await connection.call('hello'), 'no other stream was asked for');
    await call;
  });

  it('shows a failure, and opens again when asked to', async () => {
    await show(<Price symbol="BTC" />);
    await accept(1);
    connection.chunk(1, 0, 10);
    connection.request(PacketType.streamClose, { streamId: 1, reason: 'blew up' });
    await shows('failed 10 remote');
    const { data, restart } = result;
    for (const id of [2, 3]) {
      await act(() => restart());
      expect([root.textContent, result.chunks.value]).toEqual(['opening - -', []]);
      await accept(id);
      connection.chunk(id, 0, id * 10);
      await shows(`open ${id}0 -`);
      expect(data.value).toBe(id * 10);
      connection.chunk(id, 1, null, true);
      await shows(`ended ${id}0 -`);
    }
  });

  it('closes the stream when unmounted', async () => {
    await show(<Price symbol="BTC" />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    await show(null);
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 1 } });
  });

  it('keeps the newest chunks, and counts those that it does not', async () => {
    await show(<Price symbol="BTC" options={{ chunks: 2 }} />);
    await accept(1);
    for (const index of [0, 1, 2, 3]) connection.chunk(1, index, 10 + index);
    await shows('open 13 -');
    expect([result.chunks.value, result.dropped.value]).toEqual([[12, 13], 2]);
    await show(<Price symbol="BTC" options={{ chunks: 0 }} />);
    connection.chunk(1, 4, 14);
    await shows('open 14 -');
    expect([result.chunks.value, result.dropped.value]).toEqual([[], 5]);
  });

  it('keeps 100 of them by default', async () => {
    await show(<Price symbol="BTC" />);
    await accept(1);
    for (let index = 0; index < 105; index++) connection.chunk(1, index, index);
    await shows('open 104 -');
    expect([result.chunks.value.length, result.chunks.value[0], result.dropped.value]).toEqual([100, 5, 5]);
  });

  it('shows what onChunk throws, and stops the stream; another one works', async () => {
    const onChunk = (): void => {
      throw new RangeError('too far');
    };
    await show(<Price symbol="BTC" options={{ onChunk }} />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('failed 10 invalid-argument');
    expect(result.error.value).toMatchObject({
      service: 'market@1.0.0',
      method: 'prices',
      reason: 'option onChunk threw: RangeError: too far',
    });
    expect(await connection.next()).toMatchObject({ type: PacketType.streamClose, data: { streamId: 1 } });
    await show(<Price symbol="BTC" />);
    await act(() => result.restart());
    await accept(2);
    connection.chunk(2, 0, 20);
    await shows('open 20 -');
  });

  it('shows that a number of chunks is none', async () => {
    for (const [i, chunks] of [-1, 0.5, 10_001].entries()) {
      await show(<Price symbol={`${i}`} options={{ chunks }} />);
      await shows('failed - invalid-argument');
      expect(result.error.value?.reason).toContain('option chunks');
    }
    await show(<Price symbol="2" options={{ chunks: 10_000 }} />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
  });

  it.each([
    ['options', null],
    ['options', 5],
    ['onChunk', { onChunk: 5 }],
  ])('refuses %s of the wrong type: %o', (name, options) => {
    expect(() =>
      render(
        <NetronProvider client={client}>
          <Price symbol="BTC" options={options as never} />
        </NetronProvider>,
        root,
      ),
    ).toThrow(
      expect.objectContaining({ code: 'invalid-argument', reason: expect.stringContaining(`option ${name} `) }),
    );
  });

  it('goes on where an effect of the app throws at the sight of a chunk', async () => {
    await show(<Price symbol="BTC" />);
    await accept(1);
    connection.chunk(1, 0, 10);
    await shows('open 10 -');
    const { data } = result;
    const uncaught = watchUncaught();
    const boom = new Error('an effect of the app');
    const stop = effect(() => {
      if (data.value === 11) throw boom;
    });
    connection.chunk(1, 1, 11);
    connection.chunk(1, 2, 12);
    await shows('open 12 -');
    stop();
    vi.restoreAllMocks();
    expect(uncaught).toEqual([boom]);
  });

  it('shows what is thrown on subscribing, by name as well', async () => {
    const Elsewhere = service<Market>('market@1.0.0', { backend: 'nope' });
    function Broken({ method = 'prices', timeout = 1_000 }: { method?: string; timeout?: number }) {
      const byName = useStream('market@1.0.0', method, [], { timeout });
      const elsewhere = useStream(Elsewhere, 'prices', ['BTC']);
      return (
        <p>
          {byName.error.value?.code} {elsewhere.error.value?.code}
        </p>
      );
    }
    await show(<Broken method="no name" />);
    await act(() => Promise.resolve());
    expect(root.textContent).toBe('invalid-argument unknown-backend');
    await show(<Broken timeout={-1} />);
    await act(() => Promise.resolve());
    expect(root.textContent).toBe('invalid-argument unknown-backend');
  });

  it('says on the tap why each was opened', async () => {
    const log = new TapLog();
    await show(<Price symbol="BTC" />);
    await connection.call('prices');
    await show(<Price symbol="ETH" />);
    await connection.call('prices');
    await act(() => result.restart());
    await connection.call('prices');
    expect(log.all('callStart').map(({ reason }) => reason)).toEqual(['mount', 'args', 'manual']);
  });

  it('does not render again for what it does not read', async () => {
    let renders = 0;
    function Status() {
      result = useStream(Prices, 'prices', ['BTC']);
      renders++;
      return <p>{result.status.value}</p>;
    }
    await show(<Status />);
    await accept(1);
    for (const index of [0, 1, 2]) connection.chunk(1, index, index);
    await act(() => until(() => result.data.value === 2));
    expect([renders, root.textContent]).toEqual([2, 'open']);
  });

  it('says that a provider is missing', () => {
    expect(() => render(<Price symbol="BTC" />, root)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
  });
});
