// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { TapLog } from '../testing/test-tap-log.js';
import { FOCUS_THROTTLE_MS } from './hook-limits.js';
import { TestScreen } from './test-screen.js';
import { type UseQueryOptions, type UseQueryResult, useQuery } from './use-query.js';

const Items = service<ItemApi>('item@1.0.0');
const FOREVER = { cache: Number.POSITIVE_INFINITY };

let fixture: Fixture;
let items: ItemService;
let screen: TestScreen;
let last: UseQueryResult<Item>;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  screen = new TestScreen(fixture.ws);
});
afterEach(() => screen.close());

function Query({ id = 'a', options }: { id?: string; options: UseQueryOptions<Item> }) {
  last = useQuery(Items, 'get', [id], options);
  return <p>{last.data.value?.count}</p>;
}

const show = (options: UseQueryOptions<Item>, id?: string): Promise<void> =>
  screen.show(<Query options={options} {...(id === undefined ? {} : { id })} />);
const asked = (): number => items.gate.count('get');
const reasons = (log: TapLog): string[] =>
  log
    .all('callStart')
    .filter(({ ref }) => (ref as { method: string }).method === 'get')
    .map(({ reason }) => reason);

/** Mounted and answered. */
async function mounted(options: UseQueryOptions<Item>): Promise<TapLog> {
  await show(options);
  await screen.settle();
  return new TapLog();
}

describe('refetchInterval', () => {
  it('asks again so long after the last answer, for as long as it is mounted', async () => {
    const log = await mounted({ ...FOREVER, refetchInterval: 1_000 });
    await screen.advance(999);
    expect(asked()).toBe(1);
    await screen.advance(1);
    await screen.advance(1_000);
    expect(asked()).toBe(3);
    expect(reasons(log)).toEqual(['interval', 'interval']);
    await screen.show(null);
    expect(screen.runtime.timers).toBe(0);
    await screen.advance(5_000);
    expect(asked()).toBe(3);
  });

  it('is not started anew by a render, and is by another interval', async () => {
    await mounted({ background: 1_000 });
    for (let i = 0; i < 4; i++) {
      await screen.advance(200);
      await show({ background: 1_000 });
    }
    expect(asked()).toBe(1);
    await screen.advance(200);
    expect(asked()).toBe(2);
    await show({ background: 300 });
    await screen.advance(300);
    expect(asked()).toBe(3);
    await show({ background: false });
    await screen.advance(5_000);
    expect(asked()).toBe(3);
  });

  it('counts from the newest answer, whoever has asked', async () => {
    await screen.show([
      <Query key="1" options={{ refetchInterval: 1_000 }} />,
      <Query key="2" options={{ refetchInterval: 1_000 }} />,
    ]);
    await screen.settle();
    await screen.advance(600);
    await act(() => last.refetch().then(() => undefined));
    expect(asked()).toBe(2);
    await screen.advance(999);
    expect(asked()).toBe(2);
    await screen.advance(1);
    expect(asked()).toBe(3);
  });

  it('goes on after an error, at its own pace', async () => {
    await mounted({ refetchInterval: 1_000 });
    items.gate.close('get');
    await act(() => screen.runtime.advance(1_000));
    (await items.gate.next('get')).fail(new Error('no'));
    await screen.land(() => last.error.value !== undefined);
    items.gate.closed.clear();
    await screen.advance(999);
    expect(asked()).toBe(2);
    await screen.advance(1);
    expect(asked()).toBe(3);
    expect(last.error.value).toBeUndefined();
  });

  it('waits while the page is hidden, and asks as soon as it is seen if its time is over', async () => {
    await mounted({ refetchInterval: 1_000 });
    await screen.advance(400);
    screen.page.hide();
    await screen.advance(300);
    screen.page.show();
    await screen.advance(299);
    expect(asked()).toBe(1);
    screen.page.hide();
    expect(screen.runtime.timers).toBe(0);
    await screen.advance(9_000);
    expect(asked()).toBe(1);
    screen.page.show();
    await screen.advance(0);
    expect(asked()).toBe(2);
  });

  it('goes on while the page is hidden with refetchInBackground', async () => {
    await mounted({ refetchInterval: 1_000, refetchInBackground: true });
    screen.page.hide();
    await screen.advance(1_000);
    expect(asked()).toBe(2);
  });

  it('rests while the hook is not enabled', async () => {
    await mounted({ ...FOREVER, refetchInterval: 1_000 });
    await show({ ...FOREVER, refetchInterval: 1_000, enabled: false });
    await screen.advance(5_000);
    expect(asked()).toBe(1);
    await show({ ...FOREVER, refetchInterval: 1_000 });
    await screen.advance(1_000);
    expect(asked()).toBe(2);
  });

  it('that is none is refused with its name, and a good one works on the same component', async () => {
    for (const refetchInterval of [-1, Number.NaN, 'often' as unknown as number]) {
      await expect(show({ refetchInterval })).rejects.toMatchObject({
        code: 'invalid-argument',
        reason: expect.stringContaining('refetchInterval'),
      });
      await screen.show(null);
    }
    await screen.settle();
    expect(asked()).toBe(0);
    await mounted({ refetchInterval: 1_000 });
    await screen.advance(1_000);
    expect(asked()).toBe(2);
  });
});

describe('focus', () => {
  const comeBack = async (): Promise<void> => {
    screen.page.hide();
    screen.page.show();
    await screen.settle();
  };

  it('asks for nothing by default', async () => {
    await mounted({});
    await comeBack();
    expect(asked()).toBe(1);
  });

  it('asks for what is stale and watched with refetchOnFocus, at most every 5 seconds', async () => {
    const log = await mounted({ refetchOnFocus: true });
    await comeBack();
    await comeBack();
    expect(asked()).toBe(2);
    await screen.advance(FOCUS_THROTTLE_MS);
    await comeBack();
    expect(asked()).toBe(3);
    expect(reasons(log)).toEqual(['focus', 'focus']);
    await show({ refetchOnFocus: true, enabled: false });
    await screen.advance(FOCUS_THROTTLE_MS);
    await comeBack();
    expect(asked()).toBe(3);
  });

  it('asks for nothing that is fresh', async () => {
    await mounted({ ...FOREVER, refetchOnFocus: true });
    await comeBack();
    expect(asked()).toBe(1);
  });
});

describe('the network that comes back', () => {
  it('makes what is stale be asked for by default, once however many hooks show it', async () => {
    await screen.show([<Query key="1" options={{}} />, <Query key="2" options={{}} />]);
    await screen.settle();
    const log = new TapLog();
    screen.page.goOnline();
    await screen.settle();
    expect(reasons(log)).toEqual(['reconnect']);
    expect(screen.page.listening).toBe(1);
    await screen.show(null);
    expect(screen.page.listening).toBe(0);
  });

  it('asks for nothing that is fresh, and for nothing with refetchOnReconnect off', async () => {
    await screen.show([
      <Query key="1" id="a" options={FOREVER} />,
      <Query key="2" id="b" options={{ refetchOnReconnect: false }} />,
    ]);
    await screen.settle();
    screen.page.goOnline();
    await screen.settle();
    expect(asked()).toBe(2);
  });
});

describe('refetchOnMount', () => {
  it('asks for what is stale by default, always, or only for what is not there', async () => {
    const cases = [
      [{}, 1],
      [FOREVER, 0],
      [{ ...FOREVER, refetchOnMount: 'always' }, 1],
      [{ refetchOnMount: 'stale' }, 1],
      [{ refetchOnMount: false }, 0],
    ] as const;
    for (const [i, [options, count]] of cases.entries()) {
      await screen.client.query(Items, 'get', [`${i}`]);
      const log = new TapLog();
      await show(options, `${i}`);
      await screen.settle();
      expect([options, reasons(log)]).toEqual([options, Array<string>(count).fill('mount')]);
      await screen.show(null);
    }
    await show({ refetchOnMount: false }, 'new');
    await screen.settle();
    expect(last.data.value).toMatchObject({ count: 0 });
  });

  it('gives up a request that it made in any case when its component goes', async () => {
    await screen.client.query(Items, 'get', ['a'], FOREVER);
    items.gate.close('get');
    const log = new TapLog();
    await show({ ...FOREVER, refetchOnMount: 'always' });
    await items.gate.next('get');
    await screen.show(null);
    await screen.settle();
    expect(log.all('callEnd').filter(({ b }) => b === 2)).toHaveLength(1);
  });
});
