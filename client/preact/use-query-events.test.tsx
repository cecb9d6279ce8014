// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { NetronClient } from '../index.js';
import type { Item } from '../testing/test-item-service.js';
import { NetronProvider } from './netron-provider.js';
import { FOREVER, staged } from './test-hook-stage.js';
import { QueryStage, reasons } from './test-query-stage.js';
import type { UseQueryOptions } from './use-query.js';

const stage = staged(new QueryStage());

describe('invalidateOn', () => {
  const fire = (event: string): Promise<unknown> => stage.screen.client.mutate('events@1.0.0', 'fire', [event]);

  it('makes the entry stale when the server says so, once however many hooks listen', async () => {
    const options = { ...FOREVER, invalidateOn: ['item:changed', 'all:changed'] };
    await stage.screen.show([<stage.Query key="1" options={options} />, <stage.Query key="2" options={options} />]);
    await stage.screen.subscribed();
    stage.items.set('a', { count: 5 });
    await fire('item:changed');
    await stage.screen.land(() => stage.last.data.value?.count === 5);
    expect(stage.asked).toBe(2);
    await fire('other:changed');
    await stage.screen.settle();
    expect(stage.asked).toBe(2);
    await fire('all:changed');
    await stage.screen.settle();
    expect(stage.asked).toBe(3);
  });

  it('is not subscribed anew by a render, and left with the component', async () => {
    await stage.mounted({ ...FOREVER, invalidateOn: 'item:changed' });
    await stage.screen.subscribed();
    const { eventsSent } = stage.fixture.counters;
    for (let i = 0; i < 3; i++) await stage.show({ ...FOREVER, invalidateOn: ['item:changed'] });
    await fire('item:changed');
    await stage.screen.settle();
    expect(stage.fixture.counters.eventsSent).toBe(eventsSent + 1);
    await stage.show({ ...FOREVER, invalidateOn: 'item:gone' });
    await stage.screen.subscribed();
    await fire('item:changed');
    await fire('item:gone');
    await stage.screen.settle();
    expect(stage.asked).toBe(3);
    expect(stage.fixture.counters.eventsSent).toBe(eventsSent + 2);
    await stage.screen.show(null);
    await fire('item:gone');
    expect(stage.fixture.counters.eventsSent).toBe(eventsSent + 2);
  });

  it('makes it stale as well when the connection is back, since events may have been missed', async () => {
    const log = await stage.mounted({ ...FOREVER, invalidateOn: 'item:changed' });
    await stage.screen.subscribed();
    stage.screen.runtime.sockets.at(-1)?.close(4_000);
    const { state } = await stage.screen.client.backend();
    await stage.screen.land(() => state.value === 'waiting');
    stage.items.set('a', { count: 5 });
    stage.screen.runtime.advance(60_000);
    await stage.screen.land(() => stage.last.data.value?.count === 5);
    expect(reasons(log)).toEqual(['reconnect']);
    expect(stage.asked).toBe(2);
  });

  it('that cannot be is refused with its name, such as without a WebSocket', async () => {
    const overHttp = new NetronClient({ url: stage.fixture.http });
    const under = (options: UseQueryOptions<Item>) => (
      <NetronProvider client={overHttp}>
        <stage.Query options={options} />
      </NetronProvider>
    );
    await expect(stage.screen.show(under({ invalidateOn: 'item:changed' }))).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: expect.stringContaining('invalidateOn'),
    });
    await stage.screen.show(null);
    await expect(stage.show({ invalidateOn: [5 as unknown as string] })).rejects.toMatchObject({
      reason: expect.stringContaining('invalidateOn'),
    });
    await stage.screen.show(null);
    await stage.screen.show(under({}));
    await stage.screen.land(() => stage.last.data.value !== undefined);
    await stage.screen.show(null);
    overHttp.close();
  });
});
