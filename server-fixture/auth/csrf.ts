import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TitanError } from '../../protocol/index.js';
import { cookieOf } from './cookie.js';

/** Readable by the pages of this host, which must send it back in {@link CSRF_HEADER} (PROTOCOL §10). */
export const CSRF_COOKIE = 'omni_csrf';
export const CSRF_HEADER = 'X-CSRF-Token';

/**
 * A foreign page can make a browser send the cookie but cannot read it, and so cannot repeat it in a header.
 *
 * @throws TitanError 403 when the two are not the same.
 */
export function assertCsrf(request: IncomingMessage): void {
  const cookie = Buffer.from(cookieOf(request.headers.cookie, CSRF_COOKIE) ?? '');
  const header = Buffer.from(String(request.headers[CSRF_HEADER.toLowerCase()] ?? ''));
  if (cookie.length > 0 && cookie.length === header.length && timingSafeEqual(cookie, header)) return;
  const details = { reason: 'missing or mismatched CSRF token' };
  throw new TitanError(403, 'CSRF validation failed', { details });
}
