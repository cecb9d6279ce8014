import { NetronError } from '../netron-error.js';
import type { NetronService } from '../netron-service.js';
import { shown } from '../option-error.js';
import { parseServiceName, SERVICE_KEY, type ServiceRef } from '../service.js';
import { assertDecorated } from './decorated.js';

type ServiceClass = abstract new (...args: never[]) => NetronService<object>;

/** Of a class that extends {@link NetronService}. */
export type ServiceDecorator = <C extends ServiceClass>(target: C, context: ClassDecoratorContext<C>) => void;

/**
 * Names the service that a class is of: `@Service('users@1.0.0')`. Classes that extend it are of the same one.
 *
 * @throws NetronError `invalid-argument` when the name is none, or where it is on something else.
 */
export function Service(qualifiedName: string): ServiceDecorator {
  const ref = { version: undefined, ...parseServiceName(qualifiedName) };
  return (target, context) => note('Service', target, context, ref);
}

/**
 * Names the backend of the service that a class is of: `@Backend('main')`. Default: the client's default one.
 *
 * @throws NetronError `invalid-argument` when the name is none, or where it is on something else.
 */
export function Backend(name: string): ServiceDecorator {
  if (typeof name !== 'string' || name === '') {
    throw new NetronError('invalid-argument', `@Backend is given ${shown(name)}, expected the name of a backend`);
  }
  return (target, context) => note('Backend', target, context, { backend: name });
}

/** Beside what other decorators have noted, on the class or on the one that it extends. */
function note(
  decorator: string,
  target: object,
  context: unknown,
  said: { [K in keyof ServiceRef<object>]?: unknown },
) {
  assertDecorated(decorator, context, 'class', 'defaultsOf' in Object(target));
  const value = { ...Reflect.get(target, SERVICE_KEY), ...said };
  Object.defineProperty(target, SERVICE_KEY, { value, configurable: true });
}
