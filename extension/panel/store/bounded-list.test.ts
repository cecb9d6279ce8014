import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedList } from './bounded-list.js';

describe('BoundedList', () => {
  it('keeps the newest, counts what went, and says which went', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(300), (capacity, pushes) => {
        const gone: number[] = [];
        const list = new BoundedList<number>(capacity, (item) => gone.push(item));
        for (let i = 0; i < pushes; i++) list.push(i);
        expect([...gone, ...list.items]).toEqual(Array.from({ length: pushes }, (_, i) => i));
        expect(list.dropped).toBe(gone.length);
        expect(list.items.length).toBeLessThanOrEqual(capacity + Math.max(1, capacity >> 4));
        expect(list.items.length).toBeGreaterThanOrEqual(Math.min(pushes, capacity));
      }),
    );
  });

  it('is empty after it was cleared, and fills again', () => {
    const list = new BoundedList<number>(2);
    for (let i = 0; i < 9; i++) list.push(i);
    list.clear();
    expect([list.items, list.dropped]).toEqual([[], 0]);
    list.push(1);
    expect(list.items).toEqual([1]);
  });
});
