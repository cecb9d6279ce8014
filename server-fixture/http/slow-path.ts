import type { Exchange } from './exchange.js';

/**
 * Whether Titan would send the call through its middleware (PROTOCOL §3.5). Timeouts hold on both paths here; what a
 * client can still tell apart is the hint `streaming`.
 */
export function isSlowPath({ backend, request }: Exchange): boolean {
  const { authorization, origin } = request.headers;
  return backend.auth !== undefined || authorization !== undefined || (backend.cors !== false && origin !== undefined);
}
