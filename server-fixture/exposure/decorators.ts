import { isMemberName, parseQualifiedName, type QualifiedName } from '../../protocol/index.js';
import type { MemberRules, ServiceOptions } from './service-rules.js';
import { isVersion } from './version.js';

export interface PublicOptions extends MemberRules {
  /** For a property: clients may read it but not set it. Default false; a getter without a setter is always so. */
  readonly readonly?: boolean;
}

export interface ExposedMember {
  readonly kind: 'method' | 'property';
  readonly streams: boolean;
  readonly readonly: boolean;
  readonly rules: MemberRules;
}

type MemberContext =
  | ClassMethodDecoratorContext
  | ClassFieldDecoratorContext
  | ClassAccessorDecoratorContext
  | ClassGetterDecoratorContext
  | ClassSetterDecoratorContext;

interface Naming {
  readonly name: QualifiedName;
  readonly options: ServiceOptions;
}

const namingsByPrototype = new WeakMap<object, Naming>();

// Kept per instance: an initializer of a member runs for each new instance in every way to compile decorators,
// while `context.metadata` is missing in some of them.
const membersByInstance = new WeakMap<object, Map<string, ExposedMember>>();

/**
 * Names a class as a service: dotted alphanumerics, then optionally `@` and a full version, such as `users@1.0.0`.
 * The options hold for all of its members that do not say otherwise.
 *
 * @throws TypeError when the name is no service name.
 */
export function Service(
  name: string,
  options: ServiceOptions = {},
): (target: abstract new (...args: never) => object) => void {
  const parsed = parseQualifiedName(name);
  if (parsed === undefined || (parsed.version !== '' && !isVersion(parsed.version))) {
    throw new TypeError(`Service(${JSON.stringify(name)}): expected a name such as "users" or "users@1.0.0"`);
  }
  return (target) => {
    namingsByPrototype.set(target.prototype, { name: parsed, options });
  };
}

/**
 * Exposes a method for calls, or a field or accessor for reading and setting. What has no mark is not reachable. An
 * override in a subclass stays exposed.
 *
 * @throws TypeError for static, private and symbol members and for names that cannot travel.
 */
export function Public(options: PublicOptions = {}): (value: unknown, context: MemberContext) => void {
  const { readonly = false, ...rules } = options;
  return (_value, context) => expose(context, { streams: false, readonly, rules });
}

/**
 * Exposes a method as {@link Public} does and declares that it returns an async generator, which is written into the
 * service's definition. Generators of methods that are only public are streamed all the same.
 *
 * @throws TypeError as {@link Public} does.
 */
export function Stream(rules: MemberRules = {}): (value: unknown, context: ClassMethodDecoratorContext) => void {
  return (_value, context) => expose(context, { streams: true, readonly: false, rules });
}

/** The name given by {@link Service} to the class of the instance or to the nearest class it extends. */
export function serviceNameOf(instance: object): QualifiedName | undefined {
  return namingOf(instance)?.name;
}

/** The options given with that name. */
export function serviceOptionsOf(instance: object): ServiceOptions {
  return namingOf(instance)?.options ?? {};
}

function namingOf(instance: object): Naming | undefined {
  for (let prototype: unknown = Object.getPrototypeOf(instance); isObject(prototype); ) {
    const naming = namingsByPrototype.get(prototype);
    if (naming !== undefined) return naming;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}

export function exposedMembersOf(instance: object): ReadonlyMap<string, ExposedMember> {
  return membersByInstance.get(instance) ?? new Map();
}

function expose(context: MemberContext, options: Omit<ExposedMember, 'kind'>): void {
  const { name } = context;
  if (typeof name !== 'string' || context.static || context.private || !isMemberName(name)) {
    throw new TypeError(`${String(name)}: only instance members with a plain name can be exposed`);
  }
  const member: ExposedMember = { kind: context.kind === 'method' ? 'method' : 'property', ...options };
  context.addInitializer(function (this: unknown) {
    const instance = this as object;
    const members = membersByInstance.get(instance) ?? new Map<string, ExposedMember>();
    membersByInstance.set(instance, members.set(name, member));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
