import type { Tap, TapClock, TapRegistry } from '../../protocol/index.js';
import { TAP_REGISTRY_KEY } from '../../protocol/tap/tap.js';
import { type Runtime, randomId } from '../runtime.js';

/** Finds the document's registry, or makes it. Non-enumerable, so that it does not show up in the app's own tooling. */
export function tapRegistry(runtime: Runtime): TapRegistry {
  const found: unknown = Reflect.get(globalThis, TAP_REGISTRY_KEY);
  if (isRegistry(found)) return found;
  const clock: TapClock = { session: randomId(runtime), seq: 1, entryId: 1 };
  const registry: TapRegistry = Object.assign([] as Tap[], { clock });
  Object.defineProperty(globalThis, TAP_REGISTRY_KEY, { value: registry, configurable: true });
  return registry;
}

function isRegistry(value: unknown): value is TapRegistry {
  return Array.isArray(value) && typeof (value as Partial<TapRegistry>).clock?.session === 'string';
}
