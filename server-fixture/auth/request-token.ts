import type { IncomingMessage } from 'node:http';
import { cookieOf } from './cookie.js';
import { ACCESS_COOKIE } from './token-cookies.js';

const BEARER = /^Bearer +(\S+)$/i;

export interface RequestToken {
  /** Empty for an `Authorization` header that holds none. */
  readonly text: string;
  readonly source: 'header' | 'query' | 'cookie';
}

/**
 * The token of a request or of an upgrade: the bearer header, else `?token=`, else, where cookies count, the cookie. The
 * first that is there decides alone. Undefined when there is none.
 */
export function tokenOf(request: IncomingMessage, takesCookies: boolean): RequestToken | undefined {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) return { text: BEARER.exec(authorization)?.[1] ?? '', source: 'header' };
  const query = (request.url ?? '').split('?', 2)[1];
  const inQuery = query === undefined ? null : new URLSearchParams(query).get('token');
  if (inQuery !== null) return { text: inQuery, source: 'query' };
  const inCookie = takesCookies ? cookieOf(cookie, ACCESS_COOKIE) : undefined;
  return inCookie === undefined ? undefined : { text: inCookie, source: 'cookie' };
}
