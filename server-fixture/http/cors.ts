import type { IncomingMessage } from 'node:http';
import { CSRF_HEADER } from '../auth/csrf.js';
import type { Backend } from '../backend.js';
import { PREFLIGHT_MAX_AGE_S } from '../limits.js';

/** What an actual response carries: the origin as it came, nothing exposed (PROTOCOL §3.8). */
export function corsHeaders({ cors }: Backend, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || cors === false) return {};
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' };
}

/** For the responses that Titan sends without CORS headers even where it is configured. */
export function rareCorsHeaders(backend: Backend, request: IncomingMessage): Record<string, string> {
  return backend.cors === 'all' ? corsHeaders(backend, request) : {};
}

/**
 * Titan allows exactly two request headers, so a browser client must not send any other. It reflects the origin
 * of a preflight even where CORS is not configured; only the credentials depend on it.
 */
export function preflightHeaders(backend: Backend, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    ...corsHeaders(backend, request),
    'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, PATCH, OPTIONS',
    'Access-Control-Allow-Headers': allowedHeaders(backend),
    'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
  };
}

/** A page of another origin could never send its CSRF token to Titan. */
function allowedHeaders({ cors, tokenCookies }: Backend): string {
  const common = 'Content-Type, Authorization';
  return cors === 'all' && tokenCookies?.csrf === true ? `${common}, ${CSRF_HEADER}` : common;
}
