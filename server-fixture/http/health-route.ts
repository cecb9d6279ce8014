import { rareCorsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { sendJson } from './reply.js';

/** GET /health: 503 unless the server takes calls (PROTOCOL §3.1). */
export function healthRoute({ backend, request, response, draining }: Exchange): void {
  sendJson(response, draining ? 503 : 200, { status: statusOf(draining) }, rareCorsHeaders(backend, request));
}

/** Titan's words for it. */
export function statusOf(draining: boolean): 'online' | 'draining' {
  return draining ? 'draining' : 'online';
}
