// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact';
import { Suspense } from 'preact/compat';
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { NetronClient, NetronError } from '../index.js';
import type { Item } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import { SUSPENSE_ERROR_GRACE_MS, SUSPENSE_ROUND_MS } from './hook-limits.js';
import { NetronProvider } from './netron-provider.js';
import { Boundary, waiting } from './test-boundary.js';
import { FOREVER, HookStage, Items, staged } from './test-hook-stage.js';
import { useQueries } from './use-queries.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const stage = staged(new HookStage({ ids: ['a', 'b'] }));
let last: UseQueryResult<Item>;
let renders = 0;

function Query({ id = 'a', options }: { id?: string; options?: UseQueryOptions<Item> }) {
  last = useQuery(Items, 'get', [id], { suspense: true, ...options });
  renders++;
  return <p>{last.data.value?.list.join()}</p>;
}

const show = (children: ComponentChildren): Promise<void> => stage.screen.show(waiting(children));
const client = () => stage.screen.client;
/** Whatever is resolved by now is rendered. */
const resumed = (html: string): Promise<void> =>
  expect.poll(() => act(() => undefined).then(() => stage.screen.root.innerHTML), { interval: 1 }).toBe(html);

/** It waits, for a request that has got no further than the server. */
async function suspended(options: UseQueryOptions<Item> = FOREVER) {
  stage.items.gate.close('get');
  await show(<Query options={options} />);
  const held = await stage.items.gate.next('get');
  stage.items.gate.closed.clear();
  return held;
}

describe('while a component waits', () => {
  it('an invalidation is not lost: what it mounts with is asked for again', async () => {
    const held = await suspended();
    held.apply();
    stage.items.set('a', { list: ['new'] });
    client().invalidate(Items);
    held.answer();
    await stage.screen.settle();
    await resumed('<p>new</p>');
    expect(stage.asked).toBe(2);
  });

  it('a request that is given up by clear() is asked for again, and is no error', async () => {
    await suspended();
    await act(() => client().clear());
    await stage.screen.settle();
    await resumed('<p>a</p>');
  });

  it.each([
    [
      'nobody is signed in any more',
      (client: NetronClient) => client.backend().then((backend) => backend.setToken(undefined)),
    ],
    [
      'another partition came and went',
      async (client: NetronClient) => {
        client.setPartition('bob');
        client.setPartition('');
      },
    ],
  ])('a request that is given up because %s is asked for again, and is no error', async (_how, leave) => {
    const own = new NetronClient({
      backends: { main: { url: stage.fixture.ws, auth: {} } },
      runtime: stage.screen.runtime,
    });
    await own.backend();
    const root = document.createElement('div');
    const shown = act(() =>
      render(<NetronProvider client={own}>{waiting(<Query options={FOREVER} />)}</NetronProvider>, root),
    );
    await leave(own);
    await shown;
    await expect.poll(() => act(() => undefined).then(() => root.innerHTML), { interval: 1 }).toBe('<p>a</p>');
    await act(() => render(null, root));
    own.close();
  });

  it('what came is asked for again after a while, though others wait at other places', async () => {
    const held = await suspended({ cache: 1_000 });
    stage.items.gate.close('get');
    await stage.screen.show(<div key="other">{waiting(<Query id="b" options={FOREVER} />)}</div>);
    await stage.items.gate.next('get');
    held.answer();
    await stage.screen.settle();
    await stage.screen.advance(SUSPENSE_ROUND_MS + 1);
    stage.items.gate.closed.clear();
    await stage.screen.show(<div key="again">{waiting(<Query options={{ cache: 1_000 }} />)}</div>);
    await stage.screen.settle();
    expect(stage.asked).toBe(3);
  });

  it('a client that is closed ends it with an error', async () => {
    await suspended();
    client().close();
    await resumed('<i>network</i>');
  });

  it('data of another origin ends it', async () => {
    const held = await suspended();
    client().setData(client().entry(Items, 'get', ['a']), { a: 0, b: 0, c: 0, count: 0, list: ['set'] });
    await resumed('<p>set</p>');
    held.answer();
  });

  it('and goes, the answer is none for those that did not wait for it', async () => {
    const held = await suspended();
    await stage.screen.show(null);
    held.answer();
    await stage.screen.settle();
    await stage.screen.show(<Query options={{ ...FOREVER, suspense: false, refetchOnMount: 'always' }} />);
    await stage.screen.settle();
    expect(stage.asked).toBe(2);
  });
});

describe('the error of a request', () => {
  it('is for all that have waited for it', async () => {
    stage.items.gate.close('get');
    await stage.screen.show(['1', '2', '3'].map((key) => waiting(<Query />, key)));
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await resumed('<i>remote</i><i>remote</i><i>remote</i>');
    expect(stage.asked).toBe(1);
  });

  it('is shown though other requests of the same component are under way', async () => {
    function Both() {
      const both = useQueries(['a', 'b'].map((id) => [Items, 'get', [id], { suspense: true }] as const));
      return <p>{both.map(({ data }) => data.value?.list[0]).join()}</p>;
    }
    stage.items.gate.close('get');
    await show(<Both />);
    const held = [await stage.items.gate.next('get'), await stage.items.gate.next('get')];
    held[0]?.fail(new Error('no'));
    await resumed('<i>remote</i>');
    stage.items.gate.closed.clear();
    await Boundary.newest.reset();
    held[1]?.answer();
    await resumed('<p>a,b</p>');
    expect(stage.asked).toBe(3);
  });

  it('is none for whoever tries again after another one was shown in its place', async () => {
    stage.items.gate.close('get');
    const own = (id: string) => (
      <Suspense key={id} fallback={<b>waiting</b>}>
        <Query id={id} />
      </Suspense>
    );
    await stage.screen.show(<Boundary>{['a', 'b'].map(own)}</Boundary>);
    const held = [await stage.items.gate.next('get'), await stage.items.gate.next('get')];
    held[0]?.fail(new Error('no'));
    await resumed('<i>remote</i>');
    held[1]?.fail(new Error('no'));
    await stage.screen.settle();
    stage.items.gate.closed.clear();
    await stage.screen.advance(SUSPENSE_ERROR_GRACE_MS);
    await Boundary.newest.reset();
    await resumed('<p>a</p><p>b</p>');
  });

  it('is thrown once all that its boundary waits for has come, however long that takes', async () => {
    stage.items.gate.close('get');
    await show([<Query key="a" id="a" />, <Query key="b" id="b" />]);
    const [first, second] = [await stage.items.gate.next('get'), await stage.items.gate.next('get')];
    first?.fail(new Error('no'));
    await stage.screen.settle();
    await stage.screen.advance(10 * SUSPENSE_ERROR_GRACE_MS);
    stage.items.gate.closed.clear();
    second?.answer();
    await resumed('<i>remote</i>');
    expect(stage.asked).toBe(2);
  });

  it('is what a middleware gives it up with as well, which is not asked for ever', async () => {
    let calls = 0;
    client().use((call, next) => {
      if (call.method !== 'get' || ++calls > 3) return next();
      throw new NetronError('aborted', 'not now');
    });
    await show(<Query />);
    await resumed('<i>aborted</i>');
    expect(calls).toBe(1);
  });

  it('of a refetch does not render what shows data', async () => {
    await show(<Query options={FOREVER} />);
    await resumed('<p>a</p>');
    const before = renders;
    stage.items.gate.close('get');
    const failing = outcomeOf(last.refetch());
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await act(() => failing.then(() => undefined));
    expect([last.error.peek()?.code, renders]).toEqual(['remote', before]);
  });
});
