import { exposedMembersOf, serviceOptionsOf } from './decorators.js';
import { type EffectiveRules, effectiveRules } from './service-rules.js';

export interface ServiceMethod {
  readonly name: string;
  readonly streams: boolean;
  readonly rules: EffectiveRules;
  /** Bound to its instance. */
  readonly call: (args: readonly unknown[]) => unknown;
}

export interface ServiceProperty {
  readonly name: string;
  readonly readonly: boolean;
  readonly rules: EffectiveRules;
  get(): unknown;
  set(value: unknown): void;
}

/** @throws TypeError for an exposed method that is none, or whose rules make no sense. */
export function methodsOf(instance: object): ReadonlyMap<string, ServiceMethod> {
  const methods = new Map<string, ServiceMethod>();
  for (const [name, member] of exposedMembersOf(instance)) {
    if (member.kind !== 'method') continue;
    const method: unknown = Reflect.get(instance, name);
    if (typeof method !== 'function') throw new TypeError(`${name}: expected a method, found ${typeof method}`);
    const rules = effectiveRules(name, member.rules, serviceOptionsOf(instance));
    const call = (args: readonly unknown[]): unknown => Reflect.apply(method, instance, args);
    methods.set(name, { name, streams: member.streams, rules, call });
  }
  return methods;
}

/** @throws TypeError for a property whose rules make no sense. */
export function propertiesOf(instance: object): ReadonlyMap<string, ServiceProperty> {
  const properties = new Map<string, ServiceProperty>();
  for (const [name, member] of exposedMembersOf(instance)) {
    if (member.kind !== 'property') continue;
    properties.set(name, {
      name,
      readonly: member.readonly || !isWritable(instance, name),
      rules: effectiveRules(name, member.rules, serviceOptionsOf(instance)),
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
