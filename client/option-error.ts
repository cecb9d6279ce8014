import { type CallPlace, callError } from './call/call-error.js';
import type { NetronError } from './netron-error.js';

/** `invalid-argument` at the place of a call; without one, `invalid-config`, for it is an option of the client. */
export function optionError(option: string, value: unknown, expected: string, place?: CallPlace): NetronError {
  const reason = `option ${option} is ${shown(value)} (${typeof value}), expected ${expected}`;
  return callError(place ? 'invalid-argument' : 'invalid-config', reason, place ?? ({} as CallPlace));
}

/** @throws NetronError of {@link optionError} unless it `fits`. */
export function assertOption(option: string, value: unknown, fits: boolean, expected: string, place?: CallPlace): void {
  if (!fits) throw optionError(option, value, expected, place);
}

/** A value in words, whatever it is: an object may have no text, and that of a function is of no use here. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return value instanceof Error ? value.message : Object(value) === value ? kindOf(value) : String(value);
}

/** `[object Array]` and the like: tells a plain object from a list, a date or a promise that nobody awaited. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
