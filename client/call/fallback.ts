import type { NetronError } from '../netron-error.js';
import { isOfCaller } from './call-error.js';

/** The answer, or what the caller gets instead of an error of the call: not of one that it gave up or asked wrongly. */
export function fallingBack<R>(answer: Promise<R>, fallback: unknown): Promise<R> {
  if (fallback === undefined) return answer;
  return answer.catch((error: NetronError) => {
    if (isOfCaller(error)) throw error;
    return typeof fallback === 'function' ? fallback(error) : fallback;
  });
}
