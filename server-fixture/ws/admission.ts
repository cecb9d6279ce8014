import type { IncomingMessage } from 'node:http';
import { tokenOf } from '../auth/request-token.js';
import type { Backend } from '../backend.js';
import type { Caller } from '../invocation/served-call.js';
import { pathBelow } from '../path-prefix.js';

/** Titan's close codes for a socket that it lets in only to tell it why not (PROTOCOL §4.1). */
const PATH_REJECTED = 4000;
const AUTH_REJECTED = 4001;

type Refusal = 'misdirectedConnections' | 'unauthorized';

export type Admission =
  | { readonly admitted: true; readonly caller: Caller }
  | { readonly admitted: false; readonly code: number; readonly reason: string; readonly counter: Refusal };

/** Whether an upgrade gets a peer. Without a token a client is anonymous; with a wrong one it is refused. */
export function admit(backend: Backend, request: IncomingMessage): Admission {
  const { auth, tokenCookies, allowedOrigins, pathPrefix } = backend;
  if (pathPrefix !== '' && pathBelow(pathPrefix, request.url) === undefined) {
    return { admitted: false, code: PATH_REJECTED, reason: 'Path not found', counter: 'misdirectedConnections' };
  }
  // Only browsers name an origin. A foreign page can make them send a cookie, so a token does not speak for it.
  const { origin, cookie } = request.headers;
  if (allowedOrigins !== undefined && origin !== undefined && !allowedOrigins.includes(origin)) {
    return unauthorized('Origin not allowed');
  }
  const token = auth === undefined ? undefined : tokenOf(request, tokenCookies !== undefined);
  const user = auth?.byToken(token?.text)?.context;
  if (token !== undefined && user === undefined) return unauthorized('Invalid token');
  return { admitted: true, caller: { user, client: request.socket.remoteAddress ?? '', cookies: cookie } };
}

function unauthorized(reason: string): Admission {
  return { admitted: false, code: AUTH_REJECTED, reason, counter: 'unauthorized' };
}
