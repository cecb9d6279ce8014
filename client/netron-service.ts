import type { NetronClient } from './netron-client.js';
import { NetronError } from './netron-error.js';
import { type CONTRACT, type Method, SERVICE_KEY, type ServiceMethod } from './service.js';
import { serviceCall } from './service-chain.js';
import type { MethodDefaults } from './service-defaults.js';

/**
 * A service as a class, for those who like decorators and injection. `class UserService extends NetronService<Users> {}`
 * is enough to name one; with `get = this.method('get')` an instance has the method to call.
 */
export abstract class NetronService<T extends object> {
  declare readonly [CONTRACT]: T;
  protected readonly client: NetronClient;

  /** @throws NetronError `invalid-argument` when the client is none. */
  constructor(client: NetronClient) {
    if (typeof client?.query !== 'function') {
      const reason = `the client of ${new.target.name || 'a service'} is ${typeof client}, expected a NetronClient`;
      throw new NetronError('invalid-argument', reason);
    }
    this.client = client;
  }

  /** Calls the method through the client: asks it through the cache, unless it is marked as one that changes something. */
  protected method<K extends Method<T>>(name: K): ServiceMethod<T, K> {
    const call = serviceCall(this.client, this.constructor as never);
    return (...args) => call(name, ...args) as never;
  }

  /**
   * Its name and backend: what decorators say, or else the name of the class, `OrderItemService` → `order-item`. Here for
   * the same reason as {@link defaultsOf}. @internal
   */
  static refOf(service: { readonly name: string }): { readonly [K in 'name' | 'version' | 'backend']?: string } {
    return { name: nameOf(service.name), ...Reflect.get(service, SERVICE_KEY) };
  }

  /** What decorators say about a method. Here, so that an app without such classes does not ship it. @internal */
  static defaultsOf(prototype: object, method: string): MethodDefaults | undefined {
    for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner)) {
      const member = Object.getOwnPropertyDescriptor(owner, method);
      if (member !== undefined) return Reflect.get(member.get ?? {}, SERVICE_KEY);
    }
    return undefined;
  }
}

/** Undefined for a class that a minifier has named, so that nobody asks for a service `t`. */
function nameOf(className: string): string | undefined {
  const [, words] = /^([A-Z]\w*)Service$/.exec(className) ?? [];
  return words?.replace(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();
}
