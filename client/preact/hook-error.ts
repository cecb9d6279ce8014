import { type CallPlace, callError } from '../call/call-error.js';
import type { NetronError } from '../netron-error.js';
import { assertOption } from '../option-error.js';

export function optionThrew(option: string, thrown: unknown, place: CallPlace): NetronError {
  return callError('invalid-argument', `option ${option} threw: ${String(thrown)}`, place, thrown);
}

/** Who does not look at the promise has missed nothing: what it rejects with shows in a signal too. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** @throws NetronError `invalid-argument` unless it is a whole number of these. */
export function assertCount(option: string, value: number, min: number, max: number, place: CallPlace): void {
  const fits = Number.isInteger(value) && value >= min && value <= max;
  assertOption(option, value, fits, `a whole number from ${min} to ${max}`, place);
}
