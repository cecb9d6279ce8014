// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../../server-fixture/index.js';
import { layer, NetronClient, service } from '../index.js';
import type { Item, ItemApi } from '../testing/test-item-service.js';
import { ItemService } from '../testing/test-item-service.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf, until } from '../testing/test-watch.js';
import { NetronProvider } from './netron-provider.js';
import { type UseMutationOptions, type UseMutationResult, useMutation } from './use-mutation.js';

const Items = service<ItemApi>('item@1.0.0');

type PatchArgs = [id: string, patch: Partial<Item>];

let fixture: Fixture;
let items: ItemService;
let client: NetronClient;
let root: HTMLElement;
let result: UseMutationResult<PatchArgs, Item>;

beforeAll(async () => {
  items = new ItemService();
  fixture = await createFixture({ services: [items] });
});
afterAll(() => fixture.close());
beforeEach(() => {
  items.gate.reset();
  items.items.clear();
  client = new NetronClient({ url: fixture.ws, runtime: new TestRuntime() });
  root = document.createElement('div');
});
afterEach(async () => {
  await act(() => render(null, root));
  client.close();
});

const show = (children: ComponentChildren): Promise<void> =>
  act(() => render(<NetronProvider client={client}>{children}</NetronProvider>, root));

function Patch({ options }: { options?: UseMutationOptions<PatchArgs, Item> }) {
  result = useMutation(Items, 'patch', options);
  return <p>{result.loading.value ? 'saving' : (result.error.value?.code ?? result.data.value?.a ?? 'nothing')}</p>;
}

describe('useMutation', () => {
  it('shows how the call goes, and resolves to its result', async () => {
    await show(<Patch />);
    expect(root.textContent).toBe('nothing');
    items.gate.close('patch');
    const saved = result.mutate('1', { a: 5 });
    await act(() => undefined);
    expect(root.textContent).toBe('saving');
    (await items.gate.next('patch')).answer();
    await act(() => saved.then(() => undefined));
    expect(await saved).toMatchObject({ a: 5 });
    expect(root.textContent).toBe('5');
  });

  it('shows the error that it rejects with, and forgets it after the next success', async () => {
    await show(<Patch />);
    items.gate.close('patch');
    const failing = outcomeOf(result.mutate('1', { a: 1 }));
    (await items.gate.next('patch')).fail(new Error('no'));
    await act(() => failing.then(() => undefined));
    expect(await failing).toEqual({ error: result.error.peek() });
    expect(root.textContent).toBe('remote');
    items.gate.closed.clear();
    await act(() => result.mutate('1', { a: 2 }).then(() => undefined));
    expect(root.textContent).toBe('2');
    await act(() => result.reset());
    expect(root.textContent).toBe('nothing');
  });

  it('is loading until the last of several calls has settled', async () => {
    await show(<Patch />);
    items.gate.close('patch');
    const [first, second] = [outcomeOf(result.mutate('1', { a: 1 })), outcomeOf(result.mutate('1', { a: 2 }))];
    (await items.gate.next('patch')).fail(new Error('no'));
    await act(() => first.then(() => undefined));
    expect(root.textContent).toBe('saving');
    (await items.gate.next('patch')).answer();
    await act(() => second.then(() => undefined));
    expect(root.textContent).toBe('2');
  });

  it('makes its options from the arguments, and always the newest of them', async () => {
    const ref = client.entry(Items, 'get', ['1']);
    await client.query(Items, 'get', ['1']);
    const options =
      (plus: number) =>
      (_id: string, fields: Partial<Item>): UseMutationOptions<PatchArgs, Item> & object => ({
        optimistic: layer(ref, (item) => ({ ...item, a: (fields.a ?? 0) + plus })),
      });
    await show(<Patch options={options(10) as UseMutationOptions<PatchArgs, Item>} />);
    const { mutate } = result;
    await show(<Patch options={options(20) as UseMutationOptions<PatchArgs, Item>} />);
    expect(result.mutate).toBe(mutate);
    items.gate.close('patch');
    const saved = mutate('1', { a: 1 });
    expect(client.peek(ref)).toMatchObject({ a: 21 });
    (await items.gate.next('patch')).answer();
    await act(() => saved.then(() => undefined));
  });

  it('goes on when its component is gone', async () => {
    await show(<Patch />);
    items.gate.close('patch');
    const saved = result.mutate('1', { a: 5 });
    const held = await items.gate.next('patch');
    await show(null);
    held.answer();
    expect(await saved).toMatchObject({ a: 5 });
  });

  it('says with what the newest call was made, until it is reset', async () => {
    await show(<Patch />);
    expect(result.variables.value).toBeUndefined();
    await act(() => Promise.all([result.mutate('1', { a: 1 }), result.mutate('2', { a: 2 })]).then(() => undefined));
    expect(result.variables.value).toEqual(['2', { a: 2 }]);
    await act(() => result.reset());
    expect(result.variables.value).toBeUndefined();
  });

  it('rejects without anybody having to catch it', async () => {
    await show(<Patch />);
    items.gate.close('patch');
    result.mutate('1', { a: 1 });
    (await items.gate.next('patch')).fail(new Error('no'));
    await act(() => until(() => result.error.value !== undefined));
    expect(root.textContent).toBe('remote');
  });

  it('does not render again for what it does not read', async () => {
    let renders = 0;
    function Button() {
      result = useMutation(Items, 'patch');
      renders++;
      return <button type="button">save</button>;
    }
    await show(<Button />);
    await act(() => result.mutate('1', { a: 1 }).then(() => undefined));
    expect(renders).toBe(1);
  });

  it('says that a provider is missing', () => {
    expect(() => render(<Patch />, root)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
  });
});
