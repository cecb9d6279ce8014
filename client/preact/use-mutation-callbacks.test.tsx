// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Item } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import { HookStage, Items, staged } from './test-hook-stage.js';
import {
  type MutationHookOptions,
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from './use-mutation.js';

const stage = staged(new HookStage());
type PatchArgs = [id: string, patch: Partial<Item>];

let result: UseMutationResult<PatchArgs, Item>;
let calls: unknown[];

beforeEach(() => {
  calls = [];
});

function Patch({ options }: { options: UseMutationOptions<PatchArgs, Item> }) {
  result = useMutation(Items, 'patch', options);
  return <p>{result.error.value?.code ?? result.data.value?.a}</p>;
}

const noting = (name: string): MutationHookOptions<PatchArgs, Item> => ({
  onSuccess: ({ a }, id, patch) => calls.push([name, 'success', a, id, patch]),
  onError: ({ code }, id) => calls.push([name, 'error', code, id]),
  onSettled: (item, error, id) => calls.push([name, 'settled', item?.a, error?.code, id]),
});
const mutate = (...args: PatchArgs) => act(() => outcomeOf(result.mutate(...args)).then(() => undefined));

describe('the callbacks of useMutation', () => {
  it('are given the outcome and the arguments, in order', async () => {
    await stage.screen.show(<Patch options={noting('one')} />);
    await mutate('1', { a: 5 });
    stage.items.gate.close('patch');
    const failing = mutate('2', { a: 6 });
    (await stage.items.gate.next('patch')).fail(new Error('no'));
    await failing;
    expect(calls).toEqual([
      ['one', 'success', 5, '1', { a: 5 }],
      ['one', 'settled', 5, undefined, '1'],
      ['one', 'error', 'remote', '2'],
      ['one', 'settled', undefined, 'remote', '2'],
    ]);
  });

  it('are the newest there are when the call settles, of objects and of functions', async () => {
    stage.items.gate.close('patch');
    await stage.screen.show(<Patch options={noting('old')} />);
    const first = mutate('1', { a: 1 });
    await stage.screen.show(<Patch options={noting('new')} />);
    (await stage.items.gate.next('patch')).answer();
    await first;
    const second = mutate('2', { a: 2 });
    await stage.screen.show(<Patch options={(id) => noting(`made for ${id}`)} />);
    (await stage.items.gate.next('patch')).answer();
    await second;
    expect(calls.map((call) => (call as unknown[])[0])).toEqual(['new', 'new', 'made for 2', 'made for 2']);
  });

  it('are called though the component is gone', async () => {
    stage.items.gate.close('patch');
    await stage.screen.show(<Patch options={noting('one')} />);
    const saved = mutate('1', { a: 1 });
    await stage.screen.show(null);
    (await stage.items.gate.next('patch')).answer();
    await saved;
    expect(calls).toHaveLength(2);
  });

  it('that throw are reported as uncaught, and change nothing', async () => {
    const uncaught: unknown[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => {
      Promise.resolve()
        .then(run)
        .catch((error: unknown) => uncaught.push(error));
    });
    const boom = new Error('a callback of the app');
    const fail = (): never => {
      throw boom;
    };
    await stage.screen.show(<Patch options={{ ...noting('one'), onSuccess: fail, onError: fail }} />);
    await mutate('1', { a: 5 });
    expect(stage.screen.text).toBe('5');
    stage.items.gate.close('patch');
    const failing = mutate('2', { a: 6 });
    (await stage.items.gate.next('patch')).fail(new Error('no'));
    await failing;
    expect(stage.screen.text).toBe('remote');
    expect(uncaught).toEqual([boom, boom]);
    expect(calls).toEqual([
      ['one', 'settled', 5, undefined, '1'],
      ['one', 'settled', undefined, 'remote', '2'],
    ]);
    queue.mockRestore();
  });

  it('show a typed error when the options themselves cannot be made', async () => {
    let isBad = true;
    const options = () => {
      if (isBad) throw new Error('no');
      return noting('one');
    };
    await stage.screen.show(<Patch options={options} />);
    await mutate('1', { a: 5 });
    expect(result.error.value).toMatchObject({ code: 'invalid-argument', service: 'item@1.0.0', method: 'patch' });
    expect([calls, result.loading.value]).toEqual([[], false]);
    isBad = false;
    await mutate('1', { a: 5 });
    expect(stage.screen.text).toBe('5');
  });
});
