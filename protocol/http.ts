import { isRecord } from './record.js';

/** HTTP envelopes of Netron (PROTOCOL §3). Bodies are foreign: they are parsed here, by hand, since the client carries no zod. */

export const INVOKE_PATH = '/netron/invoke';

export interface InvokeRequest {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  /** Positional arguments; a value that is no array is the single argument. */
  readonly input: unknown;
  readonly hints?: { readonly timeout?: number };
}

export interface CacheHints {
  readonly maxAgeMs?: number;
  readonly tags?: readonly string[];
}

export interface InvokeError {
  /** `details.errorCode` where the server set one, else the decimal status. */
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type InvokeResponse =
  | { readonly ok: true; readonly id: string; readonly data: unknown; readonly cache: CacheHints | undefined }
  | { readonly ok: false; readonly id: string; readonly error: InvokeError };

/** Returns undefined when the request breaks the contract ("Invalid request format"). */
export function parseInvokeRequest(body: unknown): InvokeRequest | undefined {
  if (!isRecord(body) || !Object.hasOwn(body, 'input')) return undefined;
  const { id, service, method, input, hints } = body;
  if (typeof id !== 'string' || typeof service !== 'string' || typeof method !== 'string') return undefined;
  const timeout = isRecord(hints) ? hints.timeout : undefined;
  return typeof timeout === 'number' && timeout > 0
    ? { id, service, method, input, hints: { timeout } }
    : { id, service, method, input };
}

/** Returns undefined when the body is neither a success nor an error envelope. */
export function parseInvokeResponse(body: unknown): InvokeResponse | undefined {
  if (!isRecord(body)) return undefined;
  const id = typeof body.id === 'string' ? body.id : '';
  if (body.success === true) return { ok: true, id, data: body.data, cache: parseCacheHints(body.hints) };
  if (isRecord(body.error)) return { ok: false, id, error: parseInvokeError(body.error) };
  // The rarer shape of the outermost handler: { error: true, message, code }.
  return body.error === true ? { ok: false, id, error: parseInvokeError(body) } : undefined;
}

export function parseInvokeError(error: Record<string, unknown>): InvokeError {
  return {
    code: typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : '500',
    message: typeof error.message === 'string' ? error.message : 'The server gave no message',
    details: isRecord(error.details) ? error.details : {},
  };
}

function parseCacheHints(hints: unknown): CacheHints | undefined {
  if (!isRecord(hints) || !isRecord(hints.cache)) return undefined;
  const { maxAge, tags } = hints.cache;
  return {
    ...(typeof maxAge === 'number' && maxAge >= 0 ? { maxAgeMs: maxAge } : {}),
    ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === 'string') } : {}),
  };
}
