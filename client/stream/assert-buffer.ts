import type { CallPlace } from '../call/call-error.js';
import { NetronError } from '../netron-error.js';
import type { StreamBuffer } from './netron-stream.js';

/** @throws NetronError `invalid-argument` that names the option. */
export function assertBuffer({ capacity, overflow }: StreamBuffer, { backend, service, method }: CallPlace): void {
  const place = { backend, service, method };
  if (capacity !== undefined && !(Number.isInteger(capacity) && capacity >= 1)) {
    const reason = `option buffer.capacity is ${String(capacity)}, expected a whole number from 1 up`;
    throw new NetronError('invalid-argument', reason, place);
  }
  if (overflow !== undefined && overflow !== 'error' && overflow !== 'dropOldest') {
    const reason = `option buffer.overflow is ${JSON.stringify(overflow)}, expected "error" or "dropOldest"`;
    throw new NetronError('invalid-argument', reason, place);
  }
}
