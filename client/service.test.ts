import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { isNetronError } from './netron-error.js';
import { NetronService } from './netron-service.js';
import { defaultsOf, type ServiceId, service, serviceRef } from './service.js';

/** A class of this name; one that was written here would have a name that the compiler may change. */
function classNamed(name: string): ServiceId<object> {
  const found = class extends NetronService<object> {};
  Object.defineProperty(found, 'name', { value: name });
  return found;
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('service', () => {
  it.each([
    ['users', { name: 'users' }],
    ['users@1.0.0', { name: 'users', version: '1.0.0' }],
    ['shop.orders@2.1.0-beta.1', { name: 'shop.orders', version: '2.1.0-beta.1' }],
  ])('names %s', (name, ref) => {
    expect(service(name)).toEqual(ref);
    expect(service(name, { backend: 'live' })).toEqual({ ...ref, backend: 'live' });
  });

  it.each([
    '',
    '@1.0.0',
    'users@',
    'a b',
    '__proto__',
    'a..b',
    'a'.repeat(256),
    5,
    null,
    undefined,
    {},
    Symbol('users'),
  ])('refuses %o', (name) => {
    expect(() => service(name as never)).toThrow(code('invalid-argument'));
    expect(service('users').name).toBe('users');
  });

  it.each([
    ['queries', { queries: 5 }],
    ['queries', { queries: null }],
    ['mutations', { mutations: 'update' }],
    ['queries.get', { queries: { get: 60_000 } }],
    ['queries.get.cache', { queries: { get: { cache: 'long' } } }],
    ['queries.get.cache.tags', { queries: { get: { cache: { tags: 'users' } } } }],
    ['queries.get.cache.maxAge', { queries: { get: { cache: { maxAge: -1 } } } }],
    ['mutations.update.timeout', { mutations: { update: { timeout: 0 } } }],
  ])('refuses a wrong %s: %o', (option, options) => {
    const attempt = () => service('users', options as never);
    expect(attempt).toThrow(code('invalid-config'));
    expect(attempt).toThrow(`option ${option} is `);
    expect(service<{ get(): void }>('users', { queries: { get: { cache: 1 } } }).queries).toEqual({
      get: { cache: 1 },
    });
  });

  it('knows what a method does, but nothing of what every object has', () => {
    const Users = service<{ get(): void; update(): void }>('users', {
      queries: { get: { cache: 1 } },
      mutations: { update: { scope: 'users' } },
    });
    expect(defaultsOf(Users, 'get')).toEqual({ kind: 'query', options: { cache: 1 } });
    expect(defaultsOf(Users, 'update')).toEqual({ kind: 'mutation', options: { scope: 'users' } });
    for (const method of ['remove', 'toString', '__proto__', 'constructor']) {
      expect(defaultsOf(Users, method)).toBe(undefined);
      expect(defaultsOf(classNamed('UserService'), method)).toBe(undefined);
    }
  });
});

describe('a class without @Service', () => {
  it.each([
    ['UserService', 'user'],
    ['OrderItemService', 'order-item'],
    ['UserV2Service', 'user-v2'],
    ['S3BucketService', 's3-bucket'],
    ['OAuth2TokenService', 'o-auth2-token'],
    ['HTTPService', 'http'],
    ['HTTPProxyService', 'http-proxy'],
    ['ApiHTTPService', 'api-http'],
    ['ServiceService', 'service'],
    ['AService', 'a'],
  ])('is named after itself: %s is %s', (name, expected) => {
    expect(serviceRef(classNamed(name))).toEqual({ fullName: expected, backend: undefined });
  });

  it.each(['', 'a', 'Xe', '_a', 'Users', 'Service', 'userService', 'UserService2', 'User Service'])(
    'is refused when it is named %o, as by a minifier',
    (name) => {
      const refused = classNamed(name);
      expect(() => serviceRef(refused)).toThrow(code('invalid-argument'));
      expect(() => serviceRef(refused)).toThrow(`class ${JSON.stringify(name)} without @Service`);
      expect(serviceRef(classNamed('UserService')).fullName).toBe('user');
    },
  );

  it('is refused once a minifier has been at it', async () => {
    const source = `const make = (base) => { class UserService extends base {} return UserService; }; export { make };`;
    const minified = await transform(source, { minify: true, format: 'esm' });
    const { make } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(minified.code)}`)) as {
      make(base: unknown): ServiceId<object>;
    };
    expect(() => serviceRef(make(NetronService))).toThrow(code('invalid-argument'));
  });

  it('has the name of the class that it extends where that one has one', () => {
    class UserService extends NetronService<object> {}
    class AdminUserService extends UserService {}
    expect(serviceRef(AdminUserService).fullName).toBe('admin-user');
  });
});

describe('what is no service', () => {
  it.each([null, undefined, 5, true, Symbol('users'), {}, { name: 5 }, [], () => 1, 5n])('is refused: %o', (id) => {
    let thrown: unknown;
    try {
      serviceRef(id as never);
    } catch (error) {
      thrown = error;
    }
    expect(isNetronError(thrown)).toBe(true);
    expect(thrown).toMatchObject({ code: 'invalid-argument' });
    expect(serviceRef('users')).toEqual({ fullName: 'users', backend: undefined });
  });
});
