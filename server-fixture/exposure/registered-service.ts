import { ServiceDefinition } from '../../protocol/index.js';
import { exposedMembersOf, serviceNameOf } from './decorators.js';
import { uuidV7 } from './uuid.js';

export interface ServiceMethod {
  readonly streams: boolean;
  call(args: readonly unknown[]): unknown;
}

export interface ServiceProperty {
  readonly readonly: boolean;
  get(): unknown;
  set(value: unknown): void;
}

/** One instance that can be called from outside, by its exposed members only. */
export class RegisteredService {
  /** New for each process and registration. */
  readonly id = uuidV7();
  readonly name: string;
  /** Empty for an unversioned service. */
  readonly version: string;
  readonly methods: ReadonlyMap<string, ServiceMethod>;
  readonly properties: ReadonlyMap<string, ServiceProperty>;

  /** @throws TypeError when the class of the instance has no `@Service` name. */
  constructor(instance: object) {
    const name = serviceNameOf(instance);
    if (name === undefined) {
      throw new TypeError(`services: ${nameOf(instance)} is no instance of a class with @Service("name@version")`);
    }
    this.name = name.name;
    this.version = name.version;
    this.methods = methodsOf(instance);
    this.properties = propertiesOf(instance);
  }

  get qualifiedName(): string {
    return this.version === '' ? this.name : `${this.name}@${this.version}`;
  }

  /** The description that clients get, with the fields in Titan's order. */
  definition(peerId: string): ServiceDefinition {
    const properties = [...this.properties].map(([name, { readonly }]) => [name, { type: 'unknown', readonly }]);
    const methods = [...this.methods].map(([name, { streams }]) => [
      name,
      { type: streams ? 'AsyncGenerator' : 'void', arguments: [] },
    ]);
    return new ServiceDefinition(this.id, '', peerId, {
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

function methodsOf(instance: object): ReadonlyMap<string, ServiceMethod> {
  const methods = new Map<string, ServiceMethod>();
  for (const [name, { kind, streams }] of exposedMembersOf(instance)) {
    if (kind !== 'method') continue;
    const method: unknown = Reflect.get(instance, name);
    if (typeof method !== 'function') throw new TypeError(`${name}: expected a method, found ${typeof method}`);
    methods.set(name, { streams, call: (args): unknown => Reflect.apply(method, instance, args) });
  }
  return methods;
}

function propertiesOf(instance: object): ReadonlyMap<string, ServiceProperty> {
  const properties = new Map<string, ServiceProperty>();
  for (const [name, member] of exposedMembersOf(instance)) {
    if (member.kind !== 'property') continue;
    properties.set(name, {
      readonly: member.readonly || !isWritable(instance, name),
      get: (): unknown => Reflect.get(instance, name),
      set: (value) => {
        Reflect.set(instance, name, value);
      },
    });
  }
  return properties;
}

function isWritable(instance: object, name: string): boolean {
  for (let owner: object | null = instance; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    if (descriptor !== undefined) return descriptor.set !== undefined || descriptor.writable === true;
  }
  return true;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'bare object'}` : typeof value;
}
