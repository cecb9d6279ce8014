import { describe, expect, it } from 'vitest';
import { isNetronError, NetronError } from './netron-error.js';

describe('NetronError', () => {
  it.each([
    [{}, '[timeout] why'],
    [{ backend: 'main' }, '[timeout] main: why'],
    [{ service: 'users@1.0.0', method: 'get' }, '[timeout] users@1.0.0.get: why'],
    [{ backend: 'main', service: 'users', method: 'get' }, '[timeout] users.get on main: why'],
    [{ backend: 'main', service: 'users' }, '[timeout] users.? on main: why'],
  ])('says its code and place first: %j', (fields, message) => {
    const error = new NetronError('timeout', 'why', fields);
    expect(error.message).toBe(message);
    expect(error.reason).toBe('why');
    expect(error.name).toBe('NetronError');
  });

  it('has defaults for everything that is not known', () => {
    const error = new NetronError('network', 'why');
    expect(error).toMatchObject({ details: {}, retryable: false });
    expect(error.status).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  it('is told by its brand, whatever bundle it comes from, and other values are not', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('netron.error')]: true });
    expect(isNetronError(foreign)).toBe(true);
    for (const other of [new Error('x'), {}, null, undefined, 'NetronError', 1])
      expect(isNetronError(other)).toBe(false);
    expect(isNetronError(new NetronError('aborted', 'x'))).toBe(true);
  });
});
