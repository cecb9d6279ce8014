import type { TapReason } from '../../protocol/index.js';
import type { CallPlace } from '../call/call-error.js';
import { assertFields, type FieldChecks, FUNCTION, OBJECT, oneOf, SWITCH, wholeFrom } from '../option-fields.js';
import type { StreamBuffer } from './netron-stream.js';

export interface StreamReconnect<I = unknown, A extends readonly unknown[] = readonly unknown[]> {
  /** Times in a row that it is tried to open the stream again, 1 and up. Default `Infinity`. A chunk begins a new row. */
  readonly attempts?: number | undefined;
  /** Arguments to go on with, from the last chunk and how many there were. Default: the same as at first. */
  readonly resume?: ((last: I | undefined, received: number) => readonly [...A]) | undefined;
}

export interface StreamOptions<I = unknown, A extends readonly unknown[] = readonly unknown[]> {
  /** What waits for a slow reader. */
  readonly buffer?: StreamBuffer | undefined;
  /** Time in milliseconds, above 0, to open it. Default: the backend's `timeout`. The open stream has no deadline. */
  readonly timeout?: number | undefined;
  /** Cancels it, as leaving the loop does: the iteration ends without an error. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether it is opened again, after a pause with full jitter, when the connection was lost or could not be made, also
   * where the circuit breaker is open by then; not once whoever began it has signed out. Chunks in between are the server's
   * to repeat: say where to go on with `resume`. With an upload among its arguments, which can be read only once, it is
   * opened again only where `resume` gives another. Default false: the stream fails.
   */
  readonly reconnect?: boolean | StreamReconnect<I, A> | undefined;
  /** What the tap says about why. Default `user`. @internal */
  readonly reason?: TapReason | undefined;
}

const ATTEMPTS = wholeFrom(1);

const OPTIONS: FieldChecks = {
  buffer: OBJECT,
  reconnect: SWITCH,
  signal: (value) =>
    typeof (value as Partial<AbortSignal> | null)?.addEventListener === 'function' ? '' : 'an AbortSignal',
};
const BUFFER: FieldChecks = { capacity: wholeFrom(1), overflow: oneOf('error', 'dropOldest') };
const RECONNECT: FieldChecks = {
  attempts: (value) => (value === Number.POSITIVE_INFINITY ? '' : ATTEMPTS(value)),
  resume: FUNCTION,
};

/** @throws NetronError `invalid-argument` that names the option. */
export function assertStreamOptions(options: StreamOptions, place: CallPlace): void {
  assertFields(options, '', OPTIONS, place);
  const { buffer = {}, reconnect } = options;
  assertFields(buffer, 'buffer', BUFFER, place);
  if (typeof reconnect === 'object') assertFields(reconnect, 'reconnect', RECONNECT, place);
}
