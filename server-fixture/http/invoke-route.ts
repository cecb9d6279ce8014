import { type InvokeRequest, parseInvokeRequest, TitanError } from '../../protocol/index.js';
import { assertGenuine } from './assert-genuine.js';
import { readJson } from './body.js';
import { cacheHeaders, isNotModified } from './cache-headers.js';
import { corsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { findTarget, runCall, type Target } from './http-call.js';
import { cookieHeaders, requestIdOf, sendError, sendJson, toJson } from './reply.js';
import { isSlowPath } from './slow-path.js';

/** POST /netron/invoke: one call (PROTOCOL §3.2). */
export async function invokeRoute(exchange: Exchange): Promise<void> {
  const { backend, request, response } = exchange;
  const cors = corsHeaders(backend, request);
  const call = await readCall(exchange).catch((error: unknown) => {
    const id = requestIdOf(request);
    sendError(response, id, error, { ...cors, 'X-Request-ID': id });
  });
  if (call === undefined) return;
  let target: Target | undefined;
  try {
    assertGenuine(exchange);
    target = findTarget(exchange, call.service, call.method);
    const startMs = performance.now();
    const timeoutMs = call.hints?.timeout ?? backend.limits.callTimeoutMs;
    const data = await runCall(exchange, target, { input: call.input, requestId: call.id, timeoutMs, checked: true });
    sendResult(exchange, call.id, target, data, Math.round(performance.now() - startMs));
  } catch (error) {
    sendError(response, call.id, error, cors, target?.fault);
  }
}

async function readCall({ backend, request }: Exchange): Promise<InvokeRequest> {
  const call = parseInvokeRequest(await readJson(request, backend.limits.bodyBytes));
  if (call === undefined) throw new TitanError(400, 'Invalid request format');
  return call;
}

function sendResult(exchange: Exchange, id: string, target: Target, result: unknown, serverTime: number): void {
  const { backend, request, response } = exchange;
  const { method, fault } = target;
  const { cache: isCacheable, contract } = method.rules;
  const { data, cookies } = backend.tokenCookies?.deliver(result) ?? { data: result, cookies: [] };
  const cors = corsHeaders(backend, request);
  // Only the tag of a cacheable result needs its text.
  const dataText = isCacheable === undefined ? undefined : toJson(data);
  const cache = cacheHeaders(method.rules, dataText);
  if (isNotModified(request, cache.etag)) {
    if (response.destroyed) return;
    response.writeHead(304, { 'Content-Type': 'application/json', ...cache.notModifiedHeaders, ...cors }).end();
    return;
  }
  const streaming = contract.streaming === true && isSlowPath(exchange) ? { streaming: true } : {};
  const hints = { metrics: { serverTime }, ...streaming, ...cache.hints };
  const headers = { ...cache.headers, ...cors, ...cookieHeaders(cookies) };
  sendJson(response, contract.status ?? 200, { id, success: true, data, hints }, headers, fault);
}
