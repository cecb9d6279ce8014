import type { CallPlace } from '../call/call-error.js';
import { kindOf, optionError } from '../option-error.js';

/** What was expected in place of a value; empty when the value is good. */
export type FieldCheck = (value: unknown) => string;

export function numberFrom(min: number, max: number, kind: 'number' | 'whole number' = 'number'): FieldCheck {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max && (kind === 'number' || value % 1 === 0)
      ? ''
      : `a ${kind} from ${min} to ${max}`;
}

export function oneOf(...choices: readonly (string | boolean)[]): FieldCheck {
  return (value) => (choices.includes(value as string) ? '' : choices.join(' or '));
}

export function ofType(type: 'function' | 'string'): FieldCheck {
  return (value) => (typeof value === type ? '' : `a ${type}`);
}

/**
 * Own fields of an option that are set. Nothing is taken of an object that has one bad or unknown field.
 *
 * @param orElse what the option may be besides an object, for the message.
 * @throws NetronError that names the field: see {@link optionError}.
 */
export function parseFields<T extends object>(
  value: unknown,
  option: string,
  checks: { readonly [K in keyof T]-?: FieldCheck },
  place?: CallPlace,
  orElse = '',
): T {
  if (kindOf(value) !== '[object Object]') throw optionError(option, value, `${orElse}an object`, place);
  const parsed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value as object)) {
    if (field === undefined) continue;
    const expected = Object.hasOwn(checks, name) ? checks[name as keyof T](field) : `only ${Object.keys(checks)}`;
    if (expected) throw optionError(`${option}.${name}`, field, expected, place);
    parsed[name] = field;
  }
  return parsed as T;
}

/** @throws NetronError `invalid-config` that names the option. */
export function assertFunction(value: unknown, option: string): void {
  const expected = ofType('function')(value);
  if (expected) throw optionError(option, value, expected);
}

export { kindOf, optionError, shown } from '../option-error.js';
