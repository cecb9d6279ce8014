import { type CallPlace, callError } from '../call/call-error.js';
import { messageOf } from '../call/message-of.js';
import type { NetronError } from '../netron-error.js';

export function optionThrew(option: string, thrown: unknown, place: CallPlace): NetronError {
  return callError('invalid-argument', `option ${option} threw: ${messageOf(thrown)}`, place, thrown);
}

/** Who does not look at the promise has missed nothing: what it rejects with shows in a signal too. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
