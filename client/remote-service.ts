import type { ServiceDefinition } from '../protocol/codec/references.js';

/** Runs one operation on a service that is known by its definition. */
export type RemoteOperation = (
  operation: 'call' | 'get' | 'set',
  member: string,
  args: readonly unknown[],
) => Promise<unknown>;

/**
 * A service that a call returned, such as a session. It lives at the server until it is released, or until the connection
 * that brought it is gone; it may be passed as an argument to another call.
 */
export class RemoteService {
  readonly definitionId: string;
  /** Name and version as the server calls it; empty where it has none. */
  readonly name: string;
  readonly version: string;
  readonly #operate: RemoteOperation;
  readonly #release: () => Promise<void>;

  /** @internal */
  constructor(definition: ServiceDefinition, operate: RemoteOperation, release: () => Promise<void>) {
    const { name, version } = definition.meta;
    this.definitionId = definition.id;
    this.name = typeof name === 'string' ? name : '';
    this.version = typeof version === 'string' ? version : '';
    this.#operate = operate;
    this.#release = release;
  }

  /** @throws NetronError `remote` with status 404 for a method it does not have, or once it was released. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#operate('call', method, args);
  }

  get(property: string): Promise<unknown> {
    return this.#operate('get', property, []);
  }

  /** @throws NetronError `remote` where the property is read-only. */
  async set(property: string, value: unknown): Promise<void> {
    await this.#operate('set', property, [value]);
  }

  /** Tells the server that it is not needed any more. */
  release(): Promise<void> {
    return this.#release();
  }
}
