import type * as Target from './target.ts';

type Classes = Pick<typeof Target, 'TitanError'>;

/**
 * Whether a value came through the wire as it was. What the profile itself does not keep (PROTOCOL §5) counts as the
 * same: −0 and 0, an invalid date and the epoch, and of the cause of a Titan error all but name, message and stack.
 */
export function sameValue(a: unknown, b: unknown, classes: Classes): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) && Number.isNaN(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const same = (x: unknown, y: unknown): boolean => sameValue(x, y, classes);
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array) === 0;
  if (a instanceof Date) return timeOf(a) === timeOf(b as Date);
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Map || a instanceof Set) return same([...a], [...(b as Map<unknown, unknown> | Set<unknown>)]);
  if (a instanceof Error && !sameError(a, b as Error, classes)) return false;
  return sameFields(a, b, same);
}

function sameFields(a: object, b: object, same: (x: unknown, y: unknown) => boolean): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

function sameError(a: Error, b: Error, classes: Classes): boolean {
  const facts = (error: Error): unknown[] => [error.name, error.message, Reflect.get(error, 'remoteStack')];
  if (!sameValue(facts(a), facts(b), classes)) return false;
  if (!(a instanceof classes.TitanError)) return true;
  const isPlainError = a.cause instanceof Error && !(a.cause instanceof classes.TitanError);
  if (!isPlainError) return sameValue(a.cause, b.cause, classes);
  return b.cause instanceof Error && sameValue(facts(a.cause as Error), facts(b.cause), classes);
}

function timeOf(date: Date): number {
  return Number.isNaN(date.getTime()) ? 0 : date.getTime();
}
