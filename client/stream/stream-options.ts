import type { TapReason } from '../../protocol/index.js';
import type { CallPlace } from '../call/call-error.js';
import { assertOption } from '../option-error.js';
import type { StreamBuffer } from './netron-stream.js';

export interface StreamReconnect<I = unknown, A extends readonly unknown[] = readonly unknown[]> {
  /** Times in a row that it is tried to open the stream again, 1 and up. Default `Infinity`. A chunk begins a new row. */
  readonly attempts?: number;
  /** Arguments to go on with, from the last chunk and how many there were. Default: the same as at first. */
  resume?(last: I | undefined, received: number): readonly [...A];
}

export interface StreamOptions<I = unknown, A extends readonly unknown[] = readonly unknown[]> {
  readonly buffer?: StreamBuffer;
  /** Time in milliseconds to open it. Default: the backend's `timeout`. The open stream has no deadline. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /**
   * Whether it is opened again, after a pause with full jitter, when the connection was lost or could not be made. Chunks
   * in between are the server's to repeat: say where to go on with `resume`. Default false: the stream fails.
   */
  readonly reconnect?: boolean | StreamReconnect<I, A>;
  /** What the tap says about why. Default `user`. @internal */
  readonly reason?: TapReason;
}

/** @throws NetronError `invalid-argument` that names the option. */
export function assertStreamOptions({ buffer = {}, reconnect = false }: StreamOptions, place: CallPlace): void {
  const { capacity = 1, overflow = 'error' } = buffer;
  const isCount = Number.isInteger(capacity) && capacity >= 1;
  assertOption('buffer.capacity', capacity, isCount, 'a whole number from 1 up', place);
  const isPolicy = overflow === 'error' || overflow === 'dropOldest';
  assertOption('buffer.overflow', overflow, isPolicy, 'error or dropOldest', place);
  if (typeof reconnect === 'boolean') return;
  assertOption(
    'reconnect',
    reconnect,
    typeof reconnect === 'object' && reconnect !== null,
    'a boolean or an object',
    place,
  );
  const { attempts = 1, resume } = reconnect;
  const isLimit = attempts >= 1 && (attempts === Number.POSITIVE_INFINITY || Number.isInteger(attempts));
  assertOption('reconnect.attempts', attempts, isLimit, 'a whole number from 1 up', place);
  assertOption('reconnect.resume', resume, resume === undefined || typeof resume === 'function', 'a function', place);
}
