import { ServiceDefinition } from '../../protocol/index.js';
import { serviceNameOf } from './decorators.js';
import { methodsOf, propertiesOf, type ServiceMethod, type ServiceProperty } from './service-members.js';
import { uuidV7 } from './uuid.js';

/** One instance that can be called from outside, by its exposed members only. */
export class RegisteredService {
  /** New for each process and registration. */
  readonly id = uuidV7();
  readonly name: string;
  /** Empty for an unversioned service. */
  readonly version: string;
  /** `name@version`, or the bare name of an unversioned service. */
  readonly qualifiedName: string;
  readonly methods: ReadonlyMap<string, ServiceMethod>;
  readonly properties: ReadonlyMap<string, ServiceProperty>;

  /**
   * `parentId` is the id of the service whose method has returned this one; empty for a registered one.
   *
   * @throws TypeError when the class of the instance has no `@Service` name.
   */
  constructor(
    readonly instance: object,
    readonly parentId = '',
  ) {
    const name = serviceNameOf(instance);
    if (name === undefined) {
      throw new TypeError(`services: ${nameOf(instance)} is no instance of a class with @Service("name@version")`);
    }
    this.name = name.name;
    this.version = name.version;
    this.qualifiedName = name.version === '' ? name.name : `${name.name}@${name.version}`;
    this.methods = methodsOf(instance);
    this.properties = propertiesOf(instance);
  }

  /** The description that clients get, with the fields in Titan's order. */
  definition(peerId: string): ServiceDefinition {
    const properties = [...this.properties].map(([name, { readonly }]) => [name, { type: 'unknown', readonly }]);
    const methods = [...this.methods].map(([name, { streams }]) => [
      name,
      { type: streams ? 'AsyncGenerator' : 'void', arguments: [] },
    ]);
    return new ServiceDefinition(this.id, this.parentId, peerId, {
      name: this.name,
      version: this.version,
      properties: Object.fromEntries(properties),
      methods: Object.fromEntries(methods),
      contract: undefined,
      transports: undefined,
      _transports: undefined,
      transportConfig: undefined,
    });
  }
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'bare object'}` : typeof value;
}
