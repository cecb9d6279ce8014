import { describe, expect, it } from 'vitest';
import { service } from './service.js';

describe('service', () => {
  it.each([
    ['users', { name: 'users' }],
    ['users@1.0.0', { name: 'users', version: '1.0.0' }],
    ['shop.orders@2.1.0-beta.1', { name: 'shop.orders', version: '2.1.0-beta.1' }],
  ])('names %s', (name, ref) => {
    expect(service(name)).toEqual(ref);
    expect(service(name, { backend: 'live' })).toEqual({ ...ref, backend: 'live' });
  });

  it.each(['', '@1.0.0', 'users@', 'a b', '__proto__', 'a..b', 'a'.repeat(256)])('refuses "%s"', (name) => {
    expect(() => service(name)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(service('users').name).toBe('users');
  });
});
