// @vitest-environment happy-dom
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { service } from '../index.js';
import { type Item, type ItemApi, ItemService } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import { TestScreen } from './test-screen.js';
import {
  type MutationHookOptions,
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from './use-mutation.js';

const Items = service<ItemApi>('item@1.0.0');
type PatchArgs = [id: string, patch: Partial<Item>];

let fixture: Fixture;
let items: ItemService;
let screen: TestScreen;
let result: UseMutationResult<PatchArgs, Item>;
let calls: unknown[];

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  screen = new TestScreen(fixture.ws);
  calls = [];
});
afterEach(() => screen.close());

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
    await screen.show(<Patch options={noting('one')} />);
    await mutate('1', { a: 5 });
    items.gate.close('patch');
    const failing = mutate('2', { a: 6 });
    (await items.gate.next('patch')).fail(new Error('no'));
    await failing;
    expect(calls).toEqual([
      ['one', 'success', 5, '1', { a: 5 }],
      ['one', 'settled', 5, undefined, '1'],
      ['one', 'error', 'remote', '2'],
      ['one', 'settled', undefined, 'remote', '2'],
    ]);
  });

  it('are the newest there are when the call settles, of objects and of functions', async () => {
    items.gate.close('patch');
    await screen.show(<Patch options={noting('old')} />);
    const first = mutate('1', { a: 1 });
    await screen.show(<Patch options={noting('new')} />);
    (await items.gate.next('patch')).answer();
    await first;
    const second = mutate('2', { a: 2 });
    await screen.show(<Patch options={(id) => noting(`made for ${id}`)} />);
    (await items.gate.next('patch')).answer();
    await second;
    expect(calls.map((call) => (call as unknown[])[0])).toEqual(['new', 'new', 'made for 2', 'made for 2']);
  });

  it('are called though the component is gone', async () => {
    items.gate.close('patch');
    await screen.show(<Patch options={noting('one')} />);
    const saved = mutate('1', { a: 1 });
    await screen.show(null);
    (await items.gate.next('patch')).answer();
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
    await screen.show(<Patch options={{ ...noting('one'), onSuccess: fail, onError: fail }} />);
    await mutate('1', { a: 5 });
    expect(screen.text).toBe('5');
    items.gate.close('patch');
    const failing = mutate('2', { a: 6 });
    (await items.gate.next('patch')).fail(new Error('no'));
    await failing;
    expect(screen.text).toBe('remote');
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
    await screen.show(<Patch options={options} />);
    await mutate('1', { a: 5 });
    expect(result.error.value).toMatchObject({ code: 'invalid-argument', service: 'item@1.0.0', method: 'patch' });
    expect([calls, result.loading.value]).toEqual([[], false]);
    isBad = false;
    await mutate('1', { a: 5 });
    expect(screen.text).toBe('5');
  });
});
