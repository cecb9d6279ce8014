import { MAX_DEPTH } from '../limits.js';

/**
 * - `malformed`: the bytes break the format; sending them again will not help.
 * - `truncated`: the bytes end too early.
 * - `too-large`: over `MAX_PACKET_BYTES`, or a declared length that the message cannot hold.
 * - `too-deep`: nested deeper than {@link MAX_DEPTH} (a cycle ends here as well).
 * - `unsupported`: a value that the profile cannot carry, at `path`.
 */
export type CodecErrorCode = 'malformed' | 'truncated' | 'too-large' | 'too-deep' | 'unsupported';

/** What the codec throws, and the only thing it throws. */
export class CodecError extends Error {
  override readonly name = 'CodecError';

  constructor(
    readonly code: CodecErrorCode,
    readonly reason: string,
    /** Where in the value, as `$.a[0].b`; empty when the place is not known. */
    readonly path = '',
  ) {
    super(`[${code}] ${reason}${path && ` at ${path}`}`);
  }
}

export function malformed(reason: string): CodecError {
  return new CodecError('malformed', reason);
}

export function tooLarge(amount: number, what: string, most: number, path?: string): CodecError {
  return new CodecError('too-large', `${amount} ${what}, at most ${most}`, path);
}

export function tooDeep(path?: string): CodecError {
  return new CodecError('too-deep', `nested deeper than ${MAX_DEPTH} levels`, path);
}
