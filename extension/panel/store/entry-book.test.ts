import { describe, expect, it } from 'vitest';
import { bare } from './entry-book.js';

describe('bare', () => {
  it.each([
    ['users@1.0.0', 'users'],
    ['users', 'users'],
    ['@1', ''],
  ])('%j is %j', (service, name) => expect(bare(service)).toBe(name));
});
