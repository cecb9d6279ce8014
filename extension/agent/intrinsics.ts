/**
 * The page's own functions, taken when the agent is injected. The page may have replaced them before: {@link fault} says
 * so instead of letting the agent tell wrong things.
 */
export const stringify = JSON.stringify;
export const now = performance.now.bind(performance);
export const ownDescriptor = Object.getOwnPropertyDescriptor;
export const ownKeys = Object.keys;
export const prototypeOf = Object.getPrototypeOf;

/** What a getter of a built-in class says of a value, though a subclass or the value itself has one of that name. */
export function builtIn(prototype: object, name: string, value: object): unknown {
  return ownDescriptor(prototype, name)?.get?.call(value);
}

export function itemsIn(value: Map<unknown, unknown> | Set<unknown>): number {
  return builtIn(value instanceof Map ? Map.prototype : Set.prototype, 'size', value) as number;
}

export function bytesIn(value: Uint8Array): number {
  return builtIn(prototypeOf(Uint8Array.prototype), 'length', value) as number;
}

/** Empty when the basics do what they should. */
export function fault(): string {
  try {
    return failedBasic();
  } catch {
    return 'this page has replaced basic functions of the language';
  }
}

function failedBasic(): string {
  const sample = stringify({ a: ['"', 1, null, true] });
  if (sample !== '{"a":["\\"",1,null,true]}') return 'this page has replaced JSON or added toJSON to a basic type';
  const map = new Map([['a', 1]]);
  if (map.get('a') !== 1 || map.size !== 1) return 'this page has replaced Map';
  if ([3, 1].map((n) => n + 1).join() !== '4,2') return 'this page has replaced methods of Array';
  if (!(now() >= 0)) return 'this page has replaced performance.now';
  return '';
}
