import { isNetronError } from '../netron-error.js';

/** What the end of a call says about the backend. `ignored`: nothing. */
export type Verdict = 'success' | 'failure' | 'ignored';

/**
 * What a failed call says about the backend. The caller's own errors say nothing: 4xx but 408 and 429, an abort, a bad
 * argument, a slow reader, a message over a limit, and whatever is no error of a call.
 */
export function verdictOf(error: unknown): Verdict {
  if (!isNetronError(error)) return 'ignored';
  const { code, status } = error;
  if (code === 'network' || code === 'timeout' || code === 'protocol') return 'failure';
  if (code !== 'remote') return 'ignored';
  const isCallers = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isCallers ? 'ignored' : 'failure';
}
