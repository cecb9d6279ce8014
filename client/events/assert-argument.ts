import { NetronError } from '../netron-error.js';

/** @throws NetronError `invalid-argument` that names it, what it is, and what was expected. */
export function assertArgument(fits: boolean, name: string, value: unknown, expected: string): void {
  if (fits) return;
  // Text is quoted, or an empty one would not be seen; objects are not asked, since their toString may throw.
  const shown = value === Object(value) ? '' : `${typeof value === 'string' ? JSON.stringify(value) : String(value)} `;
  throw new NetronError('invalid-argument', `${name} is ${shown}(${typeof value}), expected ${expected}`);
}
