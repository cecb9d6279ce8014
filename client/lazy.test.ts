import { describe, expect, it } from 'vitest';
import { Lazy } from './lazy.js';

describe('Lazy', () => {
  it('loads once, for all who ask', async () => {
    let loads = 0;
    const lazy = new Lazy(async () => ++loads);
    expect(lazy.value).toBeUndefined();
    expect(await Promise.all([lazy.load(), lazy.load()])).toEqual([1, 1]);
    expect(await lazy.load()).toBe(1);
    expect(lazy.value).toBe(1);
  });

  it('fails for all who waited, and tries again for the next', async () => {
    let loads = 0;
    const lazy = new Lazy(async () => {
      loads++;
      if (loads === 1) throw new Error('no chunk');
      return 'there';
    });
    const outcomes = await Promise.allSettled([lazy.load(), lazy.load()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(loads).toBe(1);
    expect(await lazy.load()).toBe('there');
  });
});
