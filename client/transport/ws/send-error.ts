import { CodecError } from '../../../protocol/codec/codec-error.js';
import { type CallPlace, callError } from '../../call/call-error.js';
import { messageOf } from '../../call/message-of.js';
import type { NetronError } from '../../netron-error.js';

/** Why a value could not be sent. `root` names it: the path of what is wrong begins with that. */
export function sendError(error: unknown, place: CallPlace, root: string): NetronError {
  if (error instanceof CodecError) {
    const { code, reason, path } = error;
    return callError(
      code === 'too-large' ? code : 'invalid-argument',
      reason + (path && ` at ${root}${path.slice(1)}`),
      place,
      error,
    );
  }
  // The caller's own code: a getter or an iterator that throws.
  return callError('invalid-argument', `the arguments cannot be read: ${messageOf(error)}`, place, error);
}
