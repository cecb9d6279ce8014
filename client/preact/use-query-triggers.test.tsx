// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { describe, expect, it } from 'vitest';
import { TapLog } from '../testing/test-tap-log.js';
import { FOCUS_THROTTLE_MS } from './hook-limits.js';
import { FOREVER, Items, staged } from './test-hook-stage.js';
import { QueryStage, reasons } from './test-query-stage.js';
import { useQuery } from './use-query.js';

const stage = staged(new QueryStage());

describe('refetchInterval', () => {
  it('asks again so long after the last answer, for as long as it is mounted', async () => {
    const log = await stage.mounted({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(999);
    expect(stage.asked).toBe(1);
    await stage.screen.advance(1);
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(3);
    expect(reasons(log)).toEqual(['interval', 'interval']);
    await stage.screen.show(null);
    expect(stage.screen.runtime.timers).toBe(0);
    await stage.screen.advance(5_000);
    expect(stage.asked).toBe(3);
  });

  it('is not started anew by a render, and is by another interval', async () => {
    await stage.mounted({ background: 1_000 });
    for (let i = 0; i < 4; i++) {
      await stage.screen.advance(200);
      await stage.show({ background: 1_000 });
    }
    expect(stage.asked).toBe(1);
    await stage.screen.advance(200);
    expect(stage.asked).toBe(2);
    await stage.show({ background: 300 });
    await stage.screen.advance(300);
    expect(stage.asked).toBe(3);
    await stage.show({ background: false });
    await stage.screen.advance(5_000);
    expect(stage.asked).toBe(3);
  });

  it('counts from the newest answer, whoever has asked', async () => {
    await stage.screen.show([
      <stage.Query key="1" options={{ refetchInterval: 1_000 }} />,
      <stage.Query key="2" options={{ refetchInterval: 1_000 }} />,
    ]);
    await stage.screen.settle();
    await stage.screen.advance(600);
    await act(() => stage.last.refetch().then(() => undefined));
    expect(stage.asked).toBe(2);
    await stage.screen.advance(999);
    expect(stage.asked).toBe(2);
    await stage.screen.advance(1);
    expect(stage.asked).toBe(3);
  });

  it('goes on after an error, at its own pace', async () => {
    await stage.mounted({ refetchInterval: 1_000 });
    stage.items.gate.close('get');
    await act(() => stage.screen.runtime.advance(1_000));
    (await stage.items.gate.next('get')).fail(new Error('no'));
    await stage.screen.land(() => stage.last.error.value !== undefined);
    stage.items.gate.closed.clear();
    await stage.screen.advance(999);
    expect(stage.asked).toBe(2);
    await stage.screen.advance(1);
    expect(stage.asked).toBe(3);
    expect(stage.last.error.value).toBeUndefined();
  });

  it('waits while the page is hidden, and asks as soon as it is seen if its time is over', async () => {
    await stage.mounted({ refetchInterval: 1_000 });
    await stage.screen.advance(400);
    stage.screen.page.hide();
    await stage.screen.advance(300);
    stage.screen.page.show();
    await stage.screen.advance(299);
    expect(stage.asked).toBe(1);
    stage.screen.page.hide();
    expect(stage.screen.runtime.timers).toBe(0);
    await stage.screen.advance(9_000);
    expect(stage.asked).toBe(1);
    stage.screen.page.show();
    await stage.screen.advance(0);
    expect(stage.asked).toBe(2);
  });

  it('goes on while the page is hidden with refetchInBackground', async () => {
    await stage.mounted({ refetchInterval: 1_000, refetchInBackground: true });
    stage.screen.page.hide();
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
  });

  it('counts the age of what is there, also where it becomes another interval', async () => {
    await stage.screen.client.query(Items, 'get', ['a'], FOREVER);
    await stage.screen.advance(900);
    await stage.show({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(100);
    expect(stage.asked).toBe(2);
    for (let i = 0; i < 4; i++) {
      await stage.show({ ...FOREVER, refetchInterval: 1_000 + i });
      await stage.screen.advance(300);
    }
    expect(stage.asked).toBe(3);
  });

  it('counts the age of what is there where it is switched on later, or again', async () => {
    await stage.screen.client.query(Items, 'get', ['a']);
    await stage.screen.advance(10_000);
    await stage.mounted({ ...FOREVER, refetchOnMount: 'always' });
    await stage.show({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(999);
    expect(stage.asked).toBe(2);
    await stage.screen.advance(1);
    expect(stage.asked).toBe(3);
    await stage.show({ ...FOREVER, refetchInterval: false });
    await stage.screen.advance(10_000);
    await act(() => stage.last.refetch().then(() => undefined));
    await stage.show({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(999);
    expect(stage.asked).toBe(4);
    await stage.screen.advance(1);
    expect(stage.asked).toBe(5);
  });

  it('counts the age of what the app has set', async () => {
    await stage.mounted({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(900);
    const { client } = stage.screen;
    await act(() => client.setData(client.entry(Items, 'get', ['a']), { a: 0, b: 0, c: 0, count: 5, list: [] }));
    await stage.screen.advance(999);
    expect(stage.asked).toBe(1);
    await stage.screen.advance(1);
    expect(stage.asked).toBe(2);
  });

  it('follows refetchInBackground while the page is hidden', async () => {
    await stage.mounted({ refetchInterval: 1_000 });
    stage.screen.page.hide();
    await stage.show({ refetchInterval: 1_000, refetchInBackground: true });
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
    await stage.show({ refetchInterval: 1_000 });
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
  });

  it('goes on when its user is back', async () => {
    const options = { ...FOREVER, refetchInterval: 1_000 };
    await stage.mounted(options);
    stage.screen.client.setPartition('somebody else');
    await stage.screen.advance(1_500);
    expect(stage.asked).toBe(1);
    stage.screen.client.setPartition('');
    await stage.show(options);
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
  });

  it('rests while the hook is not enabled', async () => {
    await stage.mounted({ ...FOREVER, refetchInterval: 1_000 });
    await stage.show({ ...FOREVER, refetchInterval: 1_000, enabled: false });
    await stage.screen.advance(5_000);
    expect(stage.asked).toBe(1);
    await stage.show({ ...FOREVER, refetchInterval: 1_000 });
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
  });

  it('that is none is refused with its name, and a good one works on the same component', async () => {
    for (const refetchInterval of [-1, Number.NaN, 'often' as unknown as number]) {
      await expect(stage.show({ refetchInterval })).rejects.toMatchObject({
        code: 'invalid-argument',
        reason: expect.stringContaining('refetchInterval'),
      });
      await stage.screen.show(null);
    }
    await stage.screen.settle();
    expect(stage.asked).toBe(0);
    await stage.mounted({ refetchInterval: 1_000 });
    await stage.screen.advance(1_000);
    expect(stage.asked).toBe(2);
  });
});

describe('focus', () => {
  const comeBack = async (): Promise<void> => {
    stage.screen.page.hide();
    stage.screen.page.show();
    await stage.screen.settle();
  };

  it('asks for nothing by default', async () => {
    await stage.mounted({});
    await comeBack();
    expect(stage.asked).toBe(1);
  });

  it('asks for what is stale and watched with refetchOnFocus, at most every 5 seconds', async () => {
    const log = await stage.mounted({ refetchOnFocus: true });
    await comeBack();
    await comeBack();
    expect(stage.asked).toBe(2);
    await stage.screen.advance(FOCUS_THROTTLE_MS);
    await comeBack();
    expect(stage.asked).toBe(3);
    expect(reasons(log)).toEqual(['focus', 'focus']);
    await stage.show({ refetchOnFocus: true, enabled: false });
    await stage.screen.advance(FOCUS_THROTTLE_MS);
    await comeBack();
    expect(stage.asked).toBe(3);
  });

  it('asks for nothing that is fresh', async () => {
    await stage.mounted({ ...FOREVER, refetchOnFocus: true });
    await comeBack();
    expect(stage.asked).toBe(1);
  });
});

describe('the network that comes back', () => {
  it('makes what is stale be asked for by default, once however many hooks show it', async () => {
    await stage.screen.show([<stage.Query key="1" options={{}} />, <stage.Query key="2" options={{}} />]);
    await stage.screen.settle();
    const log = new TapLog();
    stage.screen.page.goOnline();
    await stage.screen.settle();
    expect(reasons(log)).toEqual(['reconnect']);
    expect(stage.screen.page.listening).toBe(1);
    await stage.screen.show(null);
    expect(stage.screen.page.listening).toBe(0);
  });

  it('asks for nothing that is fresh, and for nothing with refetchOnReconnect off', async () => {
    await stage.screen.show([
      <stage.Query key="1" id="a" options={FOREVER} />,
      <stage.Query key="2" id="b" options={{ refetchOnReconnect: false }} />,
    ]);
    await stage.screen.settle();
    stage.screen.page.goOnline();
    await stage.screen.settle();
    expect(stage.asked).toBe(2);
  });
});

describe('refetchOnMount', () => {
  it('asks for what is stale by default, always, or only for what is not there', async () => {
    const cases = [
      [{}, 1],
      [FOREVER, 0],
      [{ ...FOREVER, refetchOnMount: 'always' }, 1],
      [{ refetchOnMount: 'stale' }, 1],
      [{ refetchOnMount: true }, 1],
      [{ ...FOREVER, refetchOnMount: true }, 0],
      [{ refetchOnMount: false }, 0],
    ] as const;
    for (const [i, [options, count]] of cases.entries()) {
      await stage.screen.client.query(Items, 'get', [`${i}`]);
      const log = new TapLog();
      await stage.show(options, `${i}`);
      await stage.screen.settle();
      expect([options, reasons(log)]).toEqual([options, Array<string>(count).fill('mount')]);
      await stage.screen.show(null);
    }
    await stage.show({ refetchOnMount: false }, 'new');
    await stage.screen.settle();
    expect(stage.last.data.value).toMatchObject({ count: 0 });
  });

  it('gives up a request that it made in any case when its component goes', async () => {
    await stage.screen.client.query(Items, 'get', ['a'], FOREVER);
    stage.items.gate.close('get');
    const log = new TapLog();
    await stage.show({ ...FOREVER, refetchOnMount: 'always' });
    await stage.items.gate.next('get');
    await stage.screen.show(null);
    await stage.screen.settle();
    expect(log.all('callEnd').filter(({ b }) => b === 2)).toHaveLength(1);
  });
});

describe('refetch', () => {
  it('may be a listener of an event, of which nothing is kept', async () => {
    const log = await stage.mounted(FOREVER);
    const { refetch } = stage.last as { refetch: (event: unknown) => Promise<unknown> };
    await act(() => refetch(new Event('click')).then(() => undefined));
    expect(reasons(log)).toEqual(['manual']);
  });
});

describe('asking again', () => {
  it('makes nothing of an answer that nobody reads', async () => {
    let selected = 0;
    const select = (): number => ++selected;
    const Unread = (): null => {
      useQuery(Items, 'get', ['a'], { refetchInterval: 100, select } as never);
      return null;
    };
    await stage.screen.show(<Unread />);
    await stage.screen.settle();
    for (let i = 0; i < 3; i++) await stage.screen.advance(100);
    expect(stage.asked).toBe(4);
    expect(selected).toBe(0);
  });
});
