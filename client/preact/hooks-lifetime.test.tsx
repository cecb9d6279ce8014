// @vitest-environment happy-dom
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ComponentChildren, render } from 'preact';
import { beforeEach, describe, expect, it } from 'vitest';
import { entriesOf } from '../testing/test-observer.js';
import { NetronProvider } from './netron-provider.js';
import { HookStage, Items, staged } from './test-hook-stage.js';
import { useBackend } from './use-backend.js';
import { useInfiniteQuery } from './use-infinite-query.js';
import { useMutation } from './use-mutation.js';
import { useQueries } from './use-queries.js';
import { useQuery } from './use-query.js';
import { useStream } from './use-stream.js';
import { useSubscription } from './use-subscription.js';

const stage = staged(new HookStage());
beforeEach(async () => {
  // Its connection and what is loaded with the first use are there from now on.
  await stage.screen.subscribed();
  await stage.screen.settle();
});

function Everything({ n }: { n: number }) {
  const id = `${n % 10}`;
  const { data } = useQuery(Items, 'get', [id], {
    select: ({ list }) => list,
    keepPrevious: true,
    refetchInterval: 1_000,
    refetchOnFocus: true,
    invalidateOn: ['item:changed', `item:${id}`],
  });
  useQueries([
    [Items, 'get', [id]],
    [Items, 'names', []],
  ]);
  useInfiniteQuery(Items, 'get', { args: [id], getNextArgs: () => undefined });
  useMutation(Items, 'patch');
  useSubscription('item:changed', () => undefined);
  useBackend();
  return <p>{data.value?.length}</p>;
}

function Numbers() {
  return <p>{useStream(Items, 'numbers', [3]).data.value}</p>;
}

const tree = (children: ComponentChildren) => <NetronProvider client={stage.screen.client}>{children}</NetronProvider>;
const cycle = (children: ComponentChildren): void => {
  render(tree(children), stage.screen.root);
  render(tree(null), stage.screen.root);
};
/** Lets what hangs on promises go, so that it is not counted as kept. */
const breathe = (): Promise<void> => stage.screen.settle();

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function heapBytes(): Promise<number> {
  await breathe();
  collect();
  await breathe();
  collect();
  return process.memoryUsage().heapUsed;
}

describe('hooks that come and go', () => {
  it('leave nothing behind after 10,000 times, and memory is flat', async () => {
    const cycles = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        cycle(<Everything n={n} />);
        if (n % 50 === 49) await breathe();
      }
    };
    await cycles(2_000);
    const before = await heapBytes();
    await cycles(8_000);
    const grownBytes = (await heapBytes()) - before;
    expect(entriesOf().filter(({ observers, fetching }) => observers > 0 || fetching)).toEqual([]);
    expect(stage.screen.page.listening).toBe(0);
    expect(stage.screen.runtime.timers).toBe(0);
    // A hook that is kept is at least 1 kB: 8,000 would be 8 MB.
    expect(grownBytes).toBeLessThan(2 * 1024 * 1024);
    await stage.screen.show(<Everything n={1} />);
    await stage.screen.settle();
    expect(stage.screen.text).toBe('0');
  }, 120_000);

  it('close every stream that they opened', async () => {
    for (let n = 0; n < 500; n++) {
      cycle(<Numbers />);
      if (n % 50 === 49) await breathe();
    }
    await stage.screen.settle();
    expect(stage.screen.runtime.timers).toBe(0);
    await stage.screen.show(<Numbers />);
    await expect.poll(() => stage.screen.text, { interval: 2 }).toBe('2');
  });
});
