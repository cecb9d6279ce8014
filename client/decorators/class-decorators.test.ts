import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as netron from '../index.js';
import { Backend, NetronService, Service } from '../index.js';
import { serviceRef } from '../service.js';

interface Users {
  get(id: string): Promise<string>;
}

const invalid = expect.objectContaining({ code: 'invalid-argument' });

/** What the compiler lets nobody write. */
const misuse =
  (decorator: unknown, ...given: readonly unknown[]): (() => unknown) =>
  () =>
    (decorator as (...given: readonly unknown[]) => unknown)(...given);

function expectAGoodUse(): void {
  @Service('users@1.0.0')
  class Fine extends NetronService<Users> {}
  expect(serviceRef(Fine)).toEqual({ fullName: 'users@1.0.0', backend: undefined });
}

describe('@Service and @Backend', () => {
  it('name the service of a class and its backend, in either order', () => {
    @Service('users@1.0.0')
    @Backend('main')
    class One extends NetronService<Users> {}
    @Backend('main')
    @Service('users@1.0.0')
    class Other extends NetronService<Users> {}
    for (const found of [One, Other]) expect(serviceRef(found)).toEqual({ fullName: 'users@1.0.0', backend: 'main' });
  });

  it('leave to the class what they do not say', () => {
    @Backend('live')
    class OrderItemService extends NetronService<Users> {}
    @Service('orders')
    class OrderService extends NetronService<Users> {}
    expect(serviceRef(OrderItemService)).toEqual({ fullName: 'order-item', backend: 'live' });
    expect(serviceRef(OrderService)).toEqual({ fullName: 'orders', backend: undefined });
  });

  it('hold for classes that extend the class, until those say otherwise', () => {
    @Service('users@1.0.0')
    @Backend('main')
    class UserService extends NetronService<Users> {}
    class PlainService extends UserService {}
    @Backend('live')
    class LiveService extends UserService {}
    @Service('admins')
    class AdminService extends UserService {}
    expect(serviceRef(PlainService)).toEqual({ fullName: 'users@1.0.0', backend: 'main' });
    expect(serviceRef(LiveService)).toEqual({ fullName: 'users@1.0.0', backend: 'live' });
    expect(serviceRef(AdminService)).toEqual({ fullName: 'admins', backend: 'main' });
    expect(serviceRef(UserService)).toEqual({ fullName: 'users@1.0.0', backend: 'main' });
  });

  it.each(['', 'a b', '@1.0.0', 'users@', 'order-item', 5, undefined])('refuse the service name %o', (name) => {
    expect(misuse(Service, name)).toThrow(invalid);
    expectAGoodUse();
  });

  it.each(['', 5, undefined, null, {}])('refuse the backend name %o', (name) => {
    expect(misuse(Backend, name)).toThrow(invalid);
    expect(misuse(Backend, name)).toThrow('@Backend');
    expectAGoodUse();
  });

  it.each([
    ['@Service is on method get', { kind: 'method', name: 'get' }, class extends NetronService<Users> {}],
    ['@Service is on static field get', { kind: 'field', name: 'get', static: true }, undefined],
    ['@Service is on class Plain', { kind: 'class', name: 'Plain' }, class Plain {}],
    ['@Service is on experimental decorators', undefined, class extends NetronService<Users> {}],
  ])('refuse to be on something else: %s', (message, context, target) => {
    const attempt = misuse(Service('users'), target, context);
    expect(attempt).toThrow(invalid);
    expect(attempt).toThrow(`${message}, expected on a class that extends NetronService`);
    expectAGoodUse();
  });

  it('work where names are minified', async () => {
    const source = `(netron) => {
      @netron.Service('users@1.0.0') @netron.Backend('main')
      class UserService extends netron.NetronService {
        @netron.Query({ cache: 5 }) accessor get = this.method('get');
      }
      return UserService;
    }`;
    const { code } = await transform(`export const make = ${source}`, {
      minify: true,
      target: 'es2022',
      format: 'esm',
    });
    const { make } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as {
      make(all: unknown): typeof NetronService<object>;
    };
    const minified = make(netron);
    expect(serviceRef(minified)).toEqual({ fullName: 'users@1.0.0', backend: 'main' });
  });
});
