// @vitest-environment happy-dom
import { effect } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { layer, service } from '../index.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import type { Item, ItemApi } from '../testing/test-item-service.js';
import { outcomeOf } from '../testing/test-watch.js';
import { HookStage, Items, staged } from './test-hook-stage.js';
import { type UseMutationOptions, type UseMutationResult, useMutation } from './use-mutation.js';

type PatchArgs = [id: string, patch: Partial<Item>];

const stage = staged(new HookStage());
let result: UseMutationResult<PatchArgs, Item>;

function Patch({ options }: { options?: UseMutationOptions<PatchArgs, Item> }) {
  result = useMutation(Items, 'patch', options);
  return <p>{result.loading.value ? 'saving' : (result.error.value?.code ?? result.data.value?.a ?? 'nothing')}</p>;
}

describe('useMutation', () => {
  it('shows how the call goes, and resolves to its result', async () => {
    await stage.screen.show(<Patch />);
    expect(stage.screen.text).toBe('nothing');
    stage.items.gate.close('patch');
    const saved = result.mutate('1', { a: 5 });
    await act(() => undefined);
    expect(stage.screen.text).toBe('saving');
    (await stage.items.gate.next('patch')).answer();
    await act(() => saved.then(() => undefined));
    expect(await saved).toMatchObject({ a: 5 });
    expect(stage.screen.text).toBe('5');
  });

  it('shows the error that it rejects with, and forgets it after the next success', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    const failing = outcomeOf(result.mutate('1', { a: 1 }));
    (await stage.items.gate.next('patch')).fail(new Error('no'));
    await act(() => failing.then(() => undefined));
    expect(await failing).toEqual({ error: result.error.peek() });
    expect(stage.screen.text).toBe('remote');
    stage.items.gate.closed.clear();
    await act(() => result.mutate('1', { a: 2 }).then(() => undefined));
    expect(stage.screen.text).toBe('2');
    await act(() => result.reset());
    expect(stage.screen.text).toBe('nothing');
  });

  it('is loading until the last of several calls has settled', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    const [first, second] = [outcomeOf(result.mutate('1', { a: 1 })), outcomeOf(result.mutate('1', { a: 2 }))];
    (await stage.items.gate.next('patch')).fail(new Error('no'));
    await act(() => first.then(() => undefined));
    expect(stage.screen.text).toBe('saving');
    (await stage.items.gate.next('patch')).answer();
    await act(() => second.then(() => undefined));
    expect(stage.screen.text).toBe('2');
  });

  it('makes its options from the arguments, and always the newest of them', async () => {
    const ref = stage.screen.client.entry(Items, 'get', ['1']);
    await stage.screen.client.query(Items, 'get', ['1']);
    const options =
      (plus: number) =>
      (_id: string, fields: Partial<Item>): UseMutationOptions<PatchArgs, Item> & object => ({
        optimistic: layer(ref, (item) => ({ ...item, a: (fields.a ?? 0) + plus })),
      });
    await stage.screen.show(<Patch options={options(10) as UseMutationOptions<PatchArgs, Item>} />);
    const { mutate } = result;
    await stage.screen.show(<Patch options={options(20) as UseMutationOptions<PatchArgs, Item>} />);
    expect(result.mutate).toBe(mutate);
    stage.items.gate.close('patch');
    const saved = mutate('1', { a: 1 });
    expect(stage.screen.client.peek(ref)).toMatchObject({ a: 21 });
    (await stage.items.gate.next('patch')).answer();
    await act(() => saved.then(() => undefined));
  });

  it('goes on when its component is gone', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    const saved = result.mutate('1', { a: 5 });
    const held = await stage.items.gate.next('patch');
    await stage.screen.show(null);
    held.answer();
    expect(await saved).toMatchObject({ a: 5 });
  });

  it('shows the newest of overlapping calls, whichever settles last', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    const calls = [outcomeOf(result.mutate('1', { a: 1 })), outcomeOf(result.mutate('1', { a: 2 }))];
    const held = [await stage.items.gate.next('patch'), await stage.items.gate.next('patch')];
    for (const i of [1, 0]) {
      held[i]?.answer();
      await act(() => calls[i]?.then(() => undefined));
    }
    expect([stage.screen.text, result.variables.value]).toEqual(['2', ['1', { a: 2 }]]);
  });

  it('shows nothing more of a call that was under way when it was reset', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    const failing = outcomeOf(result.mutate('1', { a: 5 }));
    const held = await stage.items.gate.next('patch');
    await act(() => result.reset());
    expect(result.loading.value).toBe(true);
    held.fail(new Error('no'));
    await act(() => failing.then(() => undefined));
    expect([stage.screen.text, result.error.value]).toEqual(['nothing', undefined]);
  });

  it('keeps what it shows where the service is written inline', async () => {
    function Inline() {
      result = useMutation(service<ItemApi>('item@1.0.0'), 'patch');
      return <p>{result.data.value?.a}</p>;
    }
    await stage.screen.show(<Inline />);
    const { data, mutate } = result;
    await act(() => mutate('1', { a: 5 }).then(() => undefined));
    expect(result.data).toBe(data);
    expect(stage.screen.text).toBe('5');
  });

  it('is not kept from anything by an effect of the app that throws at the sight of it', async () => {
    const onSuccess = vi.fn();
    await stage.screen.show(<Patch options={{ onSuccess }} />);
    const uncaught = watchUncaught();
    const boom = new Error('an effect of the app');
    const stop = effect(() => {
      if (result.variables.value) throw boom;
    });
    await act(() => outcomeOf(result.mutate('1', { a: 5 })).then(() => undefined));
    stop();
    vi.restoreAllMocks();
    expect(uncaught).toEqual([boom]);
    expect([stage.screen.text, onSuccess.mock.calls.length]).toEqual(['5', 1]);
  });

  it('says with what the newest call was made, until it is reset', async () => {
    await stage.screen.show(<Patch />);
    expect(result.variables.value).toBeUndefined();
    await act(() => Promise.all([result.mutate('1', { a: 1 }), result.mutate('2', { a: 2 })]).then(() => undefined));
    expect(result.variables.value).toEqual(['2', { a: 2 }]);
    await act(() => result.reset());
    expect(result.variables.value).toBeUndefined();
  });

  it('rejects without anybody having to catch it', async () => {
    await stage.screen.show(<Patch />);
    stage.items.gate.close('patch');
    result.mutate('1', { a: 1 });
    (await stage.items.gate.next('patch')).fail(new Error('no'));
    await stage.screen.land(() => result.error.value !== undefined);
    expect(stage.screen.text).toBe('remote');
  });

  it('does not render again for what it does not read', async () => {
    let renders = 0;
    function Button() {
      result = useMutation(Items, 'patch');
      renders++;
      return <button type="button">save</button>;
    }
    await stage.screen.show(<Button />);
    await act(() => result.mutate('1', { a: 1 }).then(() => undefined));
    expect(renders).toBe(1);
  });

  it('says that a provider is missing', () => {
    expect(() => render(<Patch />, stage.screen.root)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
  });
});
