import { describe, expect, it } from 'vitest';
import { isCallableName, isMemberName, parseQualifiedName } from './names.js';

describe('parseQualifiedName', () => {
  it.each([
    ['users', 'users', ''],
    ['users@1.0.0', 'users', '1.0.0'],
    ['a.b.c@1.0.0-beta.4+build', 'a.b.c', '1.0.0-beta.4+build'],
    ['A1', 'A1', ''],
    ['x'.repeat(255), 'x'.repeat(255), ''],
  ])('%j', (text, name, version) => expect(parseQualifiedName(text)).toEqual({ name, version }));

  it.each(
    [
      ['', '@', '@1.0.0', 'users@', '.a', 'a.', 'a..b', 'a b', 'a-b', 'a_b', 'a/b', 'ü', 'users\n', '__proto__'],
      ['x'.repeat(256), `users@${'1'.repeat(255)}`, ' users', 'users ', 'a\0b'],
    ].flat(),
  )('refuses %j', (text) => {
    expect(parseQualifiedName(text)).toBeUndefined();
    expect(parseQualifiedName('users')).toEqual({ name: 'users', version: '' });
  });
});

describe('isMemberName', () => {
  it.each(['get', '$', '_private', '9lives', 'a$b_c1', 'constructor', '__proto__', 'x'.repeat(255)])(
    'takes %j',
    (name) => expect(isMemberName(name)).toBe(true),
  );
  it.each(['', 'a b', 'a-b', 'a.b', 'ä', 'get\n', 'x'.repeat(256), '[0]'])('refuses %j', (name) =>
    expect(isMemberName(name)).toBe(false),
  );
});

describe('isCallableName', () => {
  it.each(['users', 'users@1.0.0', 'users@1.0.0-beta.1', 'a_b-c', '0190a000-0000-7000-8000-000000000001'])(
    'takes %j',
    (name) => expect(isCallableName(name)).toBe(true),
  );
  it.each(['', 'a.b', 'a.b@1.0.0', 'users@1.0.0+build', 'users@', 'users@^1', 'users@*', 'a b', 'users\n'])(
    'refuses %j, which must be called by its definition id',
    (name) => expect(isCallableName(name)).toBe(false),
  );
});
