import { TitanError } from '../../protocol/index.js';

/**
 * The optimistic rule: an update that says which version it was made from must have been made from the current one.
 *
 * @throws TitanError 409 with `errorCode: "VERSION_CONFLICT"`.
 */
export function assertVersion(current: number, claimed: unknown): void {
  if (claimed === undefined || claimed === null || claimed === current) return;
  throw new TitanError(409, 'Version conflict', { details: { current, errorCode: 'VERSION_CONFLICT' } });
}
