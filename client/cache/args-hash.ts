import { MAX_DEPTH } from '../../protocol/limits.js';
import { isPlainObject } from '../../protocol/plain-object.js';
import { formatPath } from '../../protocol/value-path.js';
import { type CallPlace, callError } from '../call/call-error.js';
import { MAX_HASHED_CHARS, MAX_SHOWN_STEPS } from '../limits.js';
import { partsOf } from './same-args.js';

type Fields = Readonly<Record<string, unknown>>;

const NO_ITEMS: readonly unknown[] = [];

/** What cannot be an argument, and the way to it. */
class Refusal {
  readonly path: (string | number)[] = [];

  constructor(
    readonly what: string,
    readonly cause?: unknown,
  ) {}
}

/** A getter of the app may have thrown. */
function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('what throws when it is read', error);
}

/**
 * The same number for arguments that mean the same (`isSame` tells whether they do). It has 31 bits, so that no engine
 * needs a number object for it, and costs a third of a text that would say the same.
 *
 * @throws NetronError `invalid-argument` with the path, for functions, symbols, class instances and nesting over 64.
 */
export function hashArgs(args: readonly unknown[], place: CallPlace): number {
  try {
    return hashObject(0, args, 0) >> 1;
  } catch (error) {
    const { path, what, cause } = refusalOf(error);
    const shownPath = formatPath(path.slice(0, MAX_SHOWN_STEPS)).replace('$', 'args');
    throw callError('invalid-argument', `${what} cannot be an argument, at ${shownPath}`, place, cause);
  }
}

/** Multiplier and shift are of MurmurHash3's last step (public domain): each bit of the input reaches half of the output's. */
function mix(before: number, part: number): number {
  const product = Math.imul(before ^ part, 0x85ebca6b);
  return product ^ (product >>> 13);
}

function hash(before: number, value: unknown, depth: number): number {
  switch (typeof value) {
    case 'object':
      return value === null ? mix(before, 1) : hashObject(before, value, depth + 1);
    case 'function':
    case 'symbol':
      throw new Refusal(`a ${typeof value}`);
    case 'number':
      // -0 is an integer here, and 0.
      return (value | 0) === value ? mix(before, value) : hashText(before, String(value));
    default:
      return hashText(before, String(value));
  }
}

function hashText(before: number, text: string): number {
  const { length } = text;
  const step = Math.ceil(length / MAX_HASHED_CHARS);
  let result = before ^ length;
  for (let i = 0; i < length; i += step) result = Math.imul(result, 31) + text.charCodeAt(i);
  return mix(result, length);
}

function hashObject(before: number, value: object, depth: number): number {
  if (depth > MAX_DEPTH) throw new Refusal(`nesting over ${MAX_DEPTH} levels`);
  const isList = Array.isArray(value);
  const isRecord = !isList && isPlainObject(value);
  const items = isList ? value : isRecord ? NO_ITEMS : partsOf(value);
  if (items === undefined) throw new Refusal('a class instance');
  let result = isList ? mix(before, items.length) : 0;
  let step: number | string = 0;
  try {
    if (isRecord) {
      // Sums are the same in any order.
      for (step in value) {
        if (Object.hasOwn(value, step)) result += mix(hash(hashText(0, step), (value as Fields)[step], depth), 2);
      }
    } else {
      // By index, so that a hole is the undefined that is sent for it.
      for (; step < items.length; step++) {
        const item = items[step];
        result = isList ? hash(result, item, depth) : result + mix(hash(0, item, depth), 2);
      }
    }
  } catch (error) {
    const refusal = refusalOf(error);
    refusal.path.unshift(step);
    throw refusal;
  }
  return isList ? result : mix(before, result);
}
