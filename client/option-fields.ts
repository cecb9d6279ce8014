import type { CallPlace } from './call/call-error.js';
import { kindOf, optionError } from './option-error.js';

/** What was expected in place of a value; empty when the value is good. */
export type FieldCheck = (value: unknown) => string;

/** Of the fields of an option; a field without one is somebody else's. */
export type FieldChecks = Readonly<Record<string, FieldCheck>>;

export function numberFrom(min: number, max = Number.POSITIVE_INFINITY, kind = 'number'): FieldCheck {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max && (kind === 'number' || value % 1 === 0)
      ? ''
      : `a ${kind} from ${min} ${max === Number.POSITIVE_INFINITY ? 'up' : `to ${max}`}`;
}

export function wholeFrom(min: number, max?: number): FieldCheck {
  return numberFrom(min, max, 'whole number');
}

export function oneOf(...choices: readonly (string | boolean)[]): FieldCheck {
  return (value) => (choices.includes(value as string) ? '' : choices.join(' or '));
}

export function ofType(...types: readonly ('boolean' | 'function' | 'string')[]): FieldCheck {
  return (value) => (types.includes(typeof value as 'string') ? '' : `a ${types.join(' or a ')}`);
}

export const FUNCTION = ofType('function');

export const OBJECT: FieldCheck = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? '' : 'an object';

export const LIST: FieldCheck = (value) => (Array.isArray(value) ? '' : 'a list');

/** What is either switched on and off, or said more about. */
export const SWITCH: FieldCheck = (value) =>
  typeof value === 'boolean' ? '' : OBJECT(value) && 'a boolean or an object';

/** @throws NetronError that names the option unless the value is good. */
export function assertField(option: string, value: unknown, check: FieldCheck, place?: CallPlace): void {
  const expected = check(value);
  if (expected) throw optionError(option, value, expected, place);
}

/**
 * Checks the fields that are set. The options may have others.
 *
 * @param option what they are fields of; empty for the options of a call.
 * @throws NetronError that names the field: see {@link optionError}.
 */
export function assertFields(options: object, option: string, checks: FieldChecks, place?: CallPlace): void {
  assertField(option || 'options', options, OBJECT, place);
  for (const name in checks) {
    const field = (options as Readonly<Record<string, unknown>>)[name];
    if (field !== undefined) {
      assertField(option ? `${option}.${name}` : name, field, checks[name] as FieldCheck, place);
    }
  }
}

/** Those of the fields of an option that are set. */
export type SetFields<T> = { readonly [K in keyof T]: NonNullable<T[K]> };

/** The same with the defaults filled in. */
export type Filled<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

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
): SetFields<T> {
  if (kindOf(value) !== '[object Object]') throw optionError(option, value, `${orElse}an object`, place);
  const parsed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value as object)) {
    if (field === undefined) continue;
    const expected = Object.hasOwn(checks, name) ? checks[name as keyof T](field) : `only ${Object.keys(checks)}`;
    if (expected) throw optionError(`${option}.${name}`, field, expected, place);
    parsed[name] = field;
  }
  return parsed as SetFields<T>;
}
