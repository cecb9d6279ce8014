import type { IncomingMessage } from 'node:http';
import { TitanError } from '../../protocol/index.js';
import { MAX_DISCARDED_BYTES } from '../limits.js';

/**
 * Reads a whole JSON body.
 *
 * @throws TitanError 413 above `maxBytes`, 400 for what is not JSON in UTF-8; Node's error when the
 * client goes away.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes === undefined) throw new TitanError(413, 'Payload too large', { details: { maxBytes } });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new TitanError(400, 'Invalid JSON');
  }
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else if (length > Math.max(maxBytes, MAX_DISCARDED_BYTES)) return undefined;
    else parts.length = 0;
  }
  return length <= maxBytes ? Buffer.concat(parts, length) : undefined;
}
