import { withoutStack } from '../../../protocol/codec/quiet-error.js';
import type { TapCall } from '../../../protocol/index.js';
import { TitanError } from '../../../protocol/titan-error.js';
import type { NetronError } from '../../netron-error.js';
import { remoteError } from '../remote-error.js';

/** An error value of WebSocket: ext 110, ext 126, or anything that can be thrown. */
export function fromWireValue(value: unknown, call: TapCall): NetronError {
  const titan = value instanceof TitanError ? value : undefined;
  const { code } = (value ?? {}) as { readonly code?: unknown };
  const businessCode = titan === undefined && value instanceof Error && typeof code === 'string' ? code : undefined;
  const text = value instanceof Error ? value.message : value;
  const message = typeof text === 'string' ? text : 'The server threw a value';
  return withoutStack(() => remoteError(message, titan?.code ?? 500, titan?.details ?? {}, call, businessCode, value));
}
