import { textOr } from '../../../protocol/codec/foreign-value.js';
import { withoutStack } from '../../../protocol/codec/quiet-error.js';
import type { TapCall } from '../../../protocol/index.js';
import { TitanError } from '../../../protocol/titan-error.js';
import type { NetronError } from '../../netron-error.js';
import { remoteError } from '../remote-error.js';

/** An error value of WebSocket: ext 110, ext 126, or anything that can be thrown. */
export function fromWireValue(value: unknown, call: TapCall): NetronError {
  const titan = value instanceof TitanError ? value : undefined;
  const { message = value, code } = (value instanceof Error ? value : {}) as { message?: unknown; code?: unknown };
  const text = textOr(message, 'The server threw a value');
  const businessCode = textOr(code, undefined);
  return withoutStack(() => remoteError(text, titan?.code ?? 500, titan?.details ?? {}, call, businessCode, value));
}
