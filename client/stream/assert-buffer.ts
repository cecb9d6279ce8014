import type { CallPlace } from '../call/call-error.js';
import { assertOption } from '../option-error.js';
import type { StreamBuffer } from './netron-stream.js';

/** @throws NetronError `invalid-argument` that names the option. */
export function assertBuffer({ capacity = 1, overflow = 'error' }: StreamBuffer, place: CallPlace): void {
  const isCount = Number.isInteger(capacity) && capacity >= 1;
  assertOption('buffer.capacity', capacity, isCount, 'a whole number from 1 up', place);
  const isPolicy = overflow === 'error' || overflow === 'dropOldest';
  assertOption('buffer.overflow', overflow, isPolicy, 'error or dropOldest', place);
}
