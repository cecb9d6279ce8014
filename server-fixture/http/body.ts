import type { IncomingMessage } from 'node:http';
import { TitanError } from '../../protocol/index.js';
import { MAX_BODY_BYTES, MAX_DISCARDED_BYTES } from '../limits.js';

/**
 * Reads a whole JSON body.
 *
 * @throws TitanError 413 above {@link MAX_BODY_BYTES}, 400 for what is not JSON in UTF-8; Node's error when the
 * client goes away.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes === undefined) throw new TitanError(413, 'Payload too large', { details: { maxBytes: MAX_BODY_BYTES } });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new TitanError(400, 'Invalid JSON');
  }
}

async function readBytes(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= MAX_BODY_BYTES) parts.push(part);
    else if (length > MAX_DISCARDED_BYTES) return undefined;
    else parts.length = 0;
  }
  return length <= MAX_BODY_BYTES ? Buffer.concat(parts, length) : undefined;
}
