import { TitanError } from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import { serviceNameOf } from '../exposure/decorators.js';
import { RegisteredService } from '../exposure/registered-service.js';

/** The services that one peer was given by reference. They are reachable by their id, and by this peer alone. */
export class NestedServices {
  readonly #backend: Backend;
  readonly #byId = new Map<string, RegisteredService>();
  readonly #byInstance = new Map<object, RegisteredService>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  byId(id: string): RegisteredService | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /**
   * What goes over the wire for a result: the description of a service, or the result itself. The same instance keeps
   * its id until it is released.
   *
   * @throws TitanError 429 when the peer holds too many.
   */
  describe(result: unknown, owner: RegisteredService): unknown {
    if (typeof result !== 'object' || result === null || serviceNameOf(result) === undefined) return result;
    const known = this.#byInstance.get(result) ?? this.#backend.registry.byInstance(result);
    return (known ?? this.#add(result, owner)).definition(this.#backend.netronId);
  }

  /** Of what this peer does not hold, nothing. */
  release(id: unknown): void {
    const service = typeof id === 'string' ? this.byId(id) : undefined;
    if (service !== undefined) this.#remove(service);
  }

  clear(): void {
    for (const service of [...this.#byId.values()]) this.#remove(service);
  }

  #add(instance: object, owner: RegisteredService): RegisteredService {
    const { counters, limits } = this.#backend;
    if (this.#byId.size >= limits.references) {
      counters.refusedReferences++;
      throw new TitanError(429, `At most ${limits.references} services by reference per peer`);
    }
    const service = new RegisteredService(instance, owner.id);
    this.#byId.set(service.id, service);
    this.#byInstance.set(instance, service);
    counters.openReferences++;
    return service;
  }

  #remove(service: RegisteredService): void {
    this.#byId.delete(service.id);
    this.#byInstance.delete(service.instance);
    this.#backend.counters.openReferences--;
  }
}
