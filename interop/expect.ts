import { inspect, isDeepStrictEqual } from 'node:util';
import { isNetronError, type NetronError } from '../client/index.js';
import { MAX_CAUSES, MAX_REASON_CHARACTERS, MAX_VALUE_CHARACTERS } from './limits.js';

/** Something was not as it should be. The message is the reason that the report gives. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** How a call ended: with a result, or with the one error of the client. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: NetronError };

/** What an error says to an app. Of what is not given, `code` is `remote`, `details` are empty, the rest is absent. */
export interface ExpectedError {
  readonly code?: NetronError['code'];
  readonly status?: number;
  readonly reason: string;
  readonly businessCode?: string;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function holds(fact: boolean, otherwise: string): asserts fact {
  if (!fact) throw new Unmet(otherwise);
}

/** Of the same type and with the same content, all the way down; a field that is `undefined` is not an absent one. */
export function equal(actual: unknown, expected: unknown, what = 'the result'): void {
  holds(isDeepStrictEqual(actual, expected), `${what} is ${show(actual)}, expected ${show(expected)}`);
}

/** For a call that is awaited only later: when something else fails first, its own failure is nobody's any more. */
export function started<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** @throws Unmet where it fails with anything but a NetronError, which no call may do. */
export async function settle(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    holds(isNetronError(error), `threw ${show(error)}, which is no NetronError`);
    return { ok: false, error };
  }
}

export function isResult(outcome: Outcome, expected: unknown): void {
  if (!outcome.ok) throw outcome.error;
  equal(outcome.value, expected);
}

export function isError(outcome: Outcome, expected: ExpectedError): NetronError {
  const wanted = { code: 'remote', details: {}, ...expected } as const;
  const error = errorOf(outcome, wanted.code);
  const { code, status, reason, businessCode, retryAfterMs, details } = error;
  const given = Object.entries({ code, status, reason, businessCode, retryAfterMs, details });
  equal(Object.fromEntries(given.filter(([, value]) => value !== undefined)), wanted, 'the error');
  return error;
}

/** For an error of the server whose text is not agreed upon. */
export function isStatus(outcome: Outcome, status: number): void {
  equal(errorOf(outcome, 'remote').status, status, 'the status');
}

/** For what the client itself says. */
export function isCode(outcome: Outcome, code: NetronError['code']): void {
  equal(errorOf(outcome, code).code, code, 'the code');
}

/** Every field of the error is as expected. */
export async function fails(promise: Promise<unknown>, expected: ExpectedError): Promise<void> {
  isError(await settle(promise), expected);
}

/** For an error whose text is not agreed upon: its code, and its status where the server gave it. */
export async function failsWith(
  promise: Promise<unknown>,
  code: NetronError['code'],
  status?: number,
): Promise<NetronError> {
  const error = errorOf(await settle(promise), code);
  const isExpected = error.code === code && error.status === status;
  holds(isExpected, `failed with ${error.message}, expected ${code}${status === undefined ? '' : ` ${status}`}`);
  return error;
}

/** The client itself refuses to send it, and says at which path. */
export async function isRefused(promise: Promise<unknown>, ...mentioned: readonly string[]): Promise<void> {
  const { reason } = await failsWith(promise, 'invalid-argument');
  for (const text of mentioned) holds(reason.includes(text), `the refusal is "${reason}", which does not name ${text}`);
}

/**
 * For what two servers do differently, both as documented: the name of the behaviour that was met.
 *
 * @throws Unmet with what is wrong with each when it is none of them.
 */
export function oneOf(behaviours: Readonly<Record<string, () => unknown>>): string {
  const misses: string[] = [];
  for (const [name, check] of Object.entries(behaviours)) {
    try {
      check();
      return name;
    } catch (error) {
      if (isUnanswered(error)) throw error;
      misses.push(`${name} (${reasonOf(error)})`);
    }
  }
  throw new Unmet(`none of: ${misses.join('; ')}`);
}

/** One line that says what went wrong, down to what the network said. */
export function reasonOf(thrown: unknown): string {
  const texts: string[] = [];
  let error = thrown;
  for (let depth = 0; depth < MAX_CAUSES && (depth === 0 || error !== undefined); depth++) {
    const { message, code, cause } = (error ?? {}) as { message?: unknown; code?: unknown; cause?: unknown };
    const [text = show(error)] = [message, code].filter((said) => typeof said === 'string' && said !== '');
    if (!texts.some((earlier) => earlier.includes(String(text)))) texts.push(String(text));
    error = cause;
  }
  return shorten(texts.join(': ').replace(/\s+/g, ' '), MAX_REASON_CHARACTERS);
}

/** @throws the error itself where the server could not even be asked: nothing else is worth saying then. */
function errorOf(outcome: Outcome, expectedCode: NetronError['code']): NetronError {
  if (outcome.ok) throw new Unmet(`answered ${show(outcome.value)}, expected an error`);
  if (outcome.error.code !== expectedCode && isUnanswered(outcome.error)) throw outcome.error;
  return outcome.error;
}

function isUnanswered(error: unknown): boolean {
  return isNetronError(error) && ['network', 'timeout', 'protocol'].includes(error.code);
}

function show(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4, maxStringLength: 80 });
  return shorten(value instanceof Error ? `${value.name}: ${value.message}` : text, MAX_VALUE_CHARACTERS);
}

function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
