import type { Exchange } from './exchange.js';
import { statusOf } from './health-route.js';
import { openApi } from './openapi.js';
import { sendJson } from './reply.js';

/** GET /metrics: the counters since the start. For any valid token (PROTOCOL §3.1). */
export function metricsRoute(exchange: Exchange): void {
  const { backend, response, draining } = exchange;
  if (refused(exchange)) return;
  sendJson(response, 200, {
    server: { netronId: backend.netronId, status: statusOf(draining), uptimeS: Math.round(process.uptime()) },
    services: backend.registry.all.map(({ qualifiedName }) => qualifiedName),
    counters: { ...backend.counters },
  });
}

/** GET /openapi.json: the routes that there are. For any valid token. */
export function openApiRoute(exchange: Exchange): void {
  if (refused(exchange)) return;
  sendJson(exchange.response, 200, openApi(exchange.backend));
}

/** Titan answers these two with an envelope of their own, also where nobody could sign in. */
function refused({ caller, response }: Exchange): boolean {
  if (caller.user !== undefined) return false;
  const error = { code: '401', message: 'Authentication required' };
  sendJson(response, 401, { error }, { 'WWW-Authenticate': 'Bearer' });
  return true;
}
