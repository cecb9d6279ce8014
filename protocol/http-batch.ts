import { type InvokeError, parseInvokeError } from './http.js';
import { isRecord } from './record.js';

export const BATCH_PATH = '/netron/batch';

/** The outcome of one item of a batch; its error has the raw numeric code and no details (PROTOCOL §3.6). */
export type BatchReply =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: InvokeError };

/** Outcomes by the ids of their items; undefined when the body is no batch envelope. Items that are none are left out. */
export function parseBatchResponse(body: unknown): ReadonlyMap<string, BatchReply> | undefined {
  if (!isRecord(body) || !Array.isArray(body.responses)) return undefined;
  const replies = new Map<string, BatchReply>();
  for (const item of body.responses as readonly unknown[]) {
    if (!isRecord(item) || typeof item.id !== 'string') continue;
    if (item.success === true) replies.set(item.id, { ok: true, data: item.data });
    else if (isRecord(item.error)) replies.set(item.id, { ok: false, error: parseInvokeError(item.error) });
  }
  return replies;
}
