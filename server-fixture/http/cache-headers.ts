import type { IncomingMessage } from 'node:http';
import type { EffectiveRules } from '../exposure/service-rules.js';

/** How one result may be cached (PROTOCOL §3.3). */
export interface CacheHeaders {
  /** Of a full response. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a 304. Titan forgets the contract's own `Cache-Control` there. */
  readonly notModifiedHeaders: Readonly<Record<string, string>>;
  readonly etag: string | undefined;
  readonly hints: { readonly cache?: { readonly maxAge: number; readonly tags: readonly string[] } };
}

const NOT_CACHEABLE: CacheHeaders = {
  headers: { 'Cache-Control': 'no-store, no-cache, must-revalidate' },
  notModifiedHeaders: {},
  etag: undefined,
  hints: {},
};

/** `dataText` is the JSON of the result, undefined for no result. */
export function cacheHeaders({ cache, contract }: EffectiveRules, dataText: string | undefined): CacheHeaders {
  if (cache === undefined) return { ...NOT_CACHEABLE, headers: { ...NOT_CACHEABLE.headers, ...contract.headers } };
  const etag = `W/"${fnv1a(dataText ?? '')}"`;
  const common = {
    'Cache-Control': `public, max-age=${Math.floor(cache.maxAgeMs / 1000)}`,
    ETag: etag,
    ...(cache.tags.length === 0 ? {} : { 'X-Cache-Tags': cache.tags.join(',') }),
  };
  const hints = { cache: { maxAge: cache.maxAgeMs, tags: cache.tags } };
  return { headers: { ...common, ...contract.headers }, notModifiedHeaders: common, etag, hints };
}

/** Whether a request's `If-None-Match` names the tag: a list or `*`, compared weakly (RFC 9110 §13.1.2). */
export function isNotModified(request: IncomingMessage, etag: string | undefined): boolean {
  const wanted = request.headers['if-none-match'];
  if (wanted === undefined || etag === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return wanted.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}

/** FNV-1a of 32 bits over UTF-16 units, in hex, as the recordings have it. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
