import { beforeEach, describe, expect, it } from 'vitest';
import { MutationStage } from './test-mutation-stage.js';
import { EMPTY_ITEM } from './testing/test-item-service.js';

const stage = MutationStage.set();

describe.each(['http', 'ws'] as const)('overlapping optimistic mutations over %s (PERFORMANCE §3)', (wire) => {
  beforeEach(() => stage.start(wire));

  it('T1, T2: the first fails while the second is pending, then the second succeeds', async () => {
    const [first, second] = [stage.patch({ a: 1 }), stage.patch({ b: 1 })];
    expect(stage.view).toMatchObject({ a: 1, b: 1 });
    await stage.fail(first);
    expect(stage.view).toMatchObject({ a: 0, b: 1 });
    await stage.ok(second);
    expect(stage.view).toMatchObject({ a: 0, b: 1 });
  });

  it('T3: the first succeeds, the second fails', async () => {
    const [first, second] = [stage.patch({ a: 1 }), stage.patch({ b: 1 })];
    await stage.ok(first);
    expect(stage.view).toMatchObject({ a: 1, b: 1 });
    await stage.fail(second);
    expect(stage.view).toMatchObject({ a: 1, b: 0 });
  });

  it('T4: of two increments the first fails', async () => {
    const [first, second] = [stage.add(1), stage.add(1)];
    expect(stage.view.count).toBe(2);
    await stage.fail(first);
    expect(stage.view.count).toBe(1);
    await stage.ok(second);
    expect(stage.view.count).toBe(1);
  });

  it('T5: a refetch lands while the mutation is pending, which then fails', async () => {
    const first = stage.patch({ a: 1 });
    stage.items.set('1', { c: 9 });
    await stage.observer.refetch();
    expect(stage.view).toMatchObject({ a: 1, c: 9 });
    await stage.fail(first);
    expect(stage.view).toMatchObject({ a: 0, c: 9 });
  });

  it('T6, T7: of two appends the first fails, then the second', async () => {
    const [first, second] = [stage.append('x'), stage.append('y')];
    expect(stage.view.list).toEqual(['x', 'y']);
    await stage.fail(first);
    expect(stage.view.list).toEqual(['y']);
    await stage.fail(second);
    expect(stage.view.list).toEqual([]);
    expect(stage.view).toEqual(EMPTY_ITEM);
  });
});
