import type { IncomingMessage } from 'node:http';
import { PREFLIGHT_MAX_AGE_S } from '../limits.js';

/** What an actual response carries: the origin as it came, nothing exposed (PROTOCOL §3.8). */
export function corsHeaders(request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' };
}

/** Titan allows exactly these two request headers, so a browser client must not send any other. */
export function preflightHeaders(request: IncomingMessage): Record<string, string> {
  if (request.headers.origin === undefined) return {};
  return {
    ...corsHeaders(request),
    'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE, PATCH, OPTIONS',
    'Access-Control-Allow-Headers': 'Content-Type, Authorization',
    'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
  };
}
