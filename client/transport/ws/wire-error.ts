import type { TapCall } from '../../../protocol/index.js';
import { TitanError } from '../../../protocol/titan-error.js';
import type { NetronError } from '../../netron-error.js';
import { remoteError } from '../remote-error.js';

/** An error value of WebSocket: ext 110, ext 126, or anything that can be thrown. */
export function fromWireValue(value: unknown, call: TapCall): NetronError {
  if (value instanceof TitanError) return remoteError(value.message, value.code, value.details, call, undefined, value);
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return remoteError(value.message, 500, {}, call, typeof code === 'string' ? code : undefined, value);
  }
  return remoteError(typeof value === 'string' ? value : 'The server threw a value', 500, {}, call, undefined, value);
}
