import { CodecError } from '../../protocol/index.js';

/** What a peer is told about a thrown value. A result that cannot be encoded is an ordinary error, as Titan has it. */
export function toWireError(thrown: unknown): unknown {
  if (!(thrown instanceof CodecError)) return thrown;
  return new Error(thrown.path === '' || thrown.path === '$' ? thrown.reason : `${thrown.reason} at ${thrown.path}`);
}
