import { type CallPlace, callError } from '../call/call-error.js';
import { shown } from '../option-error.js';
import type { RequestOptions, SchemaResult } from '../request-options.js';

/** Issues of a schema that are told; the rest is in the error's cause. */
const SHOWN_ISSUES = 5;

type Checks = Pick<RequestOptions, 'transform' | 'validate'>;
type Issue = NonNullable<SchemaResult<unknown>['issues']>[number];

/**
 * What is stored of an answer: transformed, and checked.
 *
 * @throws NetronError `invalid-result` where `transform` or `validate` throws, or the answer does not pass.
 */
export async function checkAnswer(answer: unknown, checks: Checks, place: CallPlace): Promise<unknown> {
  const { validate } = checks;
  let option = 'transform';
  let issues: readonly Issue[];
  let words: string;
  try {
    const value = checks.transform === undefined ? answer : await checks.transform(answer);
    if (validate === undefined) return value;
    option = 'validate';
    const result = await judge(validate, value);
    if (result.issues === undefined) return result.value;
    issues = result.issues;
    words = [...issues].slice(0, SHOWN_ISSUES).map(inWords).join('; ');
  } catch (error) {
    throw callError('invalid-result', `option ${option} threw: ${shown(error)}`, place, error);
  }
  throw callError('invalid-result', `the answer does not pass validate: ${words}`, place, issues);
}

/** Schemas first: those of some libraries are functions too. */
function judge(
  validate: NonNullable<Checks['validate']>,
  value: unknown,
): SchemaResult<unknown> | Promise<SchemaResult<unknown>> {
  if ('~standard' in validate) return validate['~standard'].validate(value);
  const fits: unknown = validate(value);
  // A promise, for one, would always mean yes.
  if (typeof fits !== 'boolean') throw new TypeError(`it gave ${shown(fits)}, expected a boolean`);
  return fits ? { value } : { issues: [{ message: 'it said no' }] };
}

function inWords({ message, path = [] }: Issue): string {
  return path.length === 0 ? message : `${message} at ${path.map(stepOf).join('.')}`;
}

/** A step of a path is a key, or an object with one. */
function stepOf(step: unknown): string {
  return String(typeof step === 'object' && step !== null && 'key' in step ? step.key : step);
}
