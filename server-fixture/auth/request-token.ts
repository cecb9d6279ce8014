import type { IncomingMessage } from 'node:http';

const BEARER = /^Bearer +(\S+)$/i;

/** The token of a request or of an upgrade: the bearer header, else `?token=`. Undefined when there is none. */
export function tokenOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? '';
  const query = (request.url ?? '').split('?', 2)[1];
  return query === undefined ? undefined : (new URLSearchParams(query).get('token') ?? undefined);
}
