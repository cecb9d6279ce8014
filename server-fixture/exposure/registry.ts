import { isCallableName, parseQualifiedName } from '../../protocol/index.js';
import { RegisteredService } from './registered-service.js';
import { compareVersions } from './version.js';

/** The services of one server and the three ways to find one (PROTOCOL §2). */
export class Registry {
  readonly #byId = new Map<string, RegisteredService>();
  readonly #byQualifiedName = new Map<string, RegisteredService>();
  readonly #callable = new Map<string, RegisteredService>();
  readonly #byName = new Map<string, RegisteredService[]>();

  /**
   * Registers instances in order.
   *
   * @throws TypeError for an instance that is no service, and for a name and version that come twice.
   */
  constructor(instances: readonly object[]) {
    for (const instance of instances) this.#add(new RegisteredService(instance));
  }

  #add(service: RegisteredService): void {
    const { qualifiedName, name } = service;
    if (this.#byQualifiedName.has(qualifiedName)) throw new TypeError(`services: ${qualifiedName} is given twice`);
    this.#byQualifiedName.set(qualifiedName, service);
    if (isCallableName(qualifiedName)) this.#callable.set(qualifiedName, service);
    this.#byId.set(service.id, service);
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), service]);
  }

  /** In the order of registration. */
  get all(): readonly RegisteredService[] {
    return [...this.#byId.values()];
  }

  byId(id: string): RegisteredService | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  byInstance(instance: object): RegisteredService | undefined {
    return this.all.find((service) => service.instance === instance);
  }

  /** `name@version`, or `name` of an unversioned service. */
  exact(text: string): RegisteredService | undefined {
    return this.#byQualifiedName.get(text);
  }

  /** As a WebSocket request finds it: names that Titan's pattern does not admit are reached by their id only. */
  callable(text: string): RegisteredService | undefined {
    return this.#callable.get(text);
  }

  /** As HTTP finds it: without a version, the one that was registered last; an unversioned one is also 1.0.0. */
  latestRegistered(text: string): RegisteredService | undefined {
    const exact = this.exact(text);
    if (exact !== undefined) return exact;
    const parsed = parseQualifiedName(text);
    if (parsed?.version === '1.0.0') return this.exact(parsed.name);
    return parsed?.version === '' ? this.#byName.get(parsed.name)?.at(-1) : undefined;
  }

  /** As `query_interface` finds it: without a version, the highest one. */
  highestVersion(text: string): RegisteredService | undefined {
    const exact = this.exact(text);
    if (exact !== undefined) return exact;
    const services = this.#byName.get(text) ?? [];
    return [...services].sort((a, b) => compareVersions(b.version, a.version))[0];
  }
}
