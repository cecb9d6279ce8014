import { ServiceDefinition } from '../../../protocol/codec/references.js';
import { isCallableName } from '../../../protocol/names.js';
import { type CallPlace, callError } from '../../call/call-error.js';

/** Asks the server for the definition of a service, by name with or without version. */
type QueryInterface = (name: string) => Promise<unknown>;

/**
 * What to put into a packet for a service. A full name that Titan accepts there goes as it is; bare names and dotted ones
 * must be resolved to a definition id first (PROTOCOL §2), once per connection: ids die with the server process.
 */
export class Definitions {
  readonly #ids = new Map<string, Promise<string>>();
  readonly #query: QueryInterface;

  constructor(query: QueryInterface) {
    this.#query = query;
  }

  static needed(service: string): boolean {
    return !service.includes('@') || !isCallableName(service);
  }

  /** @throws NetronError of what the server says when it has no such service. */
  idOf(place: CallPlace): Promise<string> {
    const { service } = place;
    let id = this.#ids.get(service);
    if (id === undefined) {
      id = this.#query(service).then((value) => {
        if (value instanceof ServiceDefinition) return value.id;
        throw callError('protocol', `query_interface of ${service} answered no definition`, place);
      });
      this.#ids.set(service, id);
      // A failure is not worth remembering: the service may be registered later.
      id.catch(() => this.forget(service, id));
    }
    return id;
  }

  forget(service: string, id?: Promise<string>): void {
    if (id === undefined || this.#ids.get(service) === id) this.#ids.delete(service);
  }

  clear(): void {
    this.#ids.clear();
  }
}
