import { TitanError } from '../../protocol/index.js';
import { isRecord } from '../../protocol/record.js';
import type { AuthResult } from '../auth/authenticator.js';
import { readJson } from './body.js';
import { corsHeaders, rareCorsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { cookieHeaders, requestIdOf, sendError, sendJson } from './reply.js';

/** POST /netron/authenticate: a failed login is an answer, and 200 as well (PROTOCOL §3.7). */
export async function authenticateRoute(exchange: Exchange): Promise<void> {
  const { backend, request, response } = exchange;
  let id = requestIdOf(request);
  try {
    const body = await readJson(request, backend.limits.bodyBytes);
    if (isRecord(body) && typeof body.id === 'string') id = body.id;
    const { result, cookies } = deliver(exchange, authenticate(exchange, body));
    sendJson(response, 200, { id, result }, { ...rareCorsHeaders(backend, request), ...cookieHeaders(cookies) });
  } catch (error) {
    sendError(response, id, error, { ...corsHeaders(backend, request), 'X-Request-ID': requestIdOf(request) });
  }
}

/** In cookie mode the token goes where those of methods go. */
function deliver({ backend }: Exchange, result: AuthResult): { result: AuthResult; cookies: readonly string[] } {
  const { tokenCookies } = backend;
  if (tokenCookies === undefined || !result.success) return { result, cookies: [] };
  const { token: accessToken, ...metadata } = result.metadata;
  return { result: { ...result, metadata }, cookies: tokenCookies.deliver({ accessToken }).cookies };
}

function authenticate({ backend }: Exchange, body: unknown): AuthResult {
  if (backend.auth === undefined) throw new TitanError(503, 'Authentication not configured');
  if (!isRecord(body)) throw new TitanError(400, 'Missing credentials');
  const [param] = Array.isArray(body.params) ? (body.params as unknown[]) : [];
  return backend.auth.authenticate(body.credentials ?? param);
}
