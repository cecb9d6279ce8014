import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type InvokeRequest,
  isMemberName,
  MAX_NAME_LENGTH,
  parseInvokeRequest,
  TitanError,
} from '../../protocol/index.js';
import type { Backend } from '../backend.js';
import type { ServiceMethod } from '../exposure/registered-service.js';
import { drain, isAsyncGenerator } from '../invocation/async-generator.js';
import { createCallContext, invoke } from '../invocation/invoke.js';
import { CALL_TIMEOUT_MS, MAX_TIMER_MS } from '../limits.js';
import { readJson } from './body.js';
import { corsHeaders } from './cors.js';
import { withDeadline } from './deadline.js';
import { requestIdOf, sendError, sendJson } from './reply.js';

const NOT_CACHEABLE = { 'Cache-Control': 'no-store, no-cache, must-revalidate' };

/** POST /netron/invoke: one call (PROTOCOL §3.2). Aborting `controller` gives it up. */
export async function invokeRoute(
  backend: Backend,
  request: IncomingMessage,
  response: ServerResponse,
  controller: AbortController,
): Promise<void> {
  const cors = corsHeaders(request);
  const call = await readCall(request).catch((error: unknown) => {
    const id = requestIdOf(request);
    sendError(response, id, error, { ...cors, 'X-Request-ID': id });
  });
  if (call === undefined) return;
  const startMs = performance.now();
  try {
    const data = await run(backend, call, controller);
    const serverTime = Math.round(performance.now() - startMs);
    const hints = { metrics: { serverTime } };
    sendJson(response, 200, { id: call.id, success: true, data, hints }, { ...NOT_CACHEABLE, ...cors });
  } catch (error) {
    sendError(response, call.id, error, cors);
  }
}

async function readCall(request: IncomingMessage): Promise<InvokeRequest> {
  const call = parseInvokeRequest(await readJson(request));
  if (call === undefined) throw new TitanError(400, 'Invalid request format');
  return call;
}

async function run(backend: Backend, call: InvokeRequest, controller: AbortController): Promise<unknown> {
  const method = findMethod(backend, call);
  const args = Array.isArray(call.input) ? (call.input as unknown[]) : [call.input];
  const context = createCallContext(backend, controller.signal);
  const work = invoke(backend, method, args, context).then((result) =>
    isAsyncGenerator(result) ? drain(result, context) : result,
  );
  const timeoutMs = Math.min(call.hints?.timeout ?? CALL_TIMEOUT_MS, MAX_TIMER_MS);
  return withDeadline(work, timeoutMs, () => {
    controller.abort();
    return new TitanError(408, `Request timed out after ${timeoutMs}ms`, { requestId: call.id });
  });
}

function findMethod(backend: Backend, { service, method }: InvokeRequest): ServiceMethod {
  const found = backend.registry.latestRegistered(service);
  // A foreign name is repeated at most at the length of a real one with its version.
  const shown = service.slice(0, MAX_NAME_LENGTH);
  if (found === undefined) throw new TitanError(404, `Service ${shown} not found`);
  if (!isMemberName(method)) throw new TitanError(400, 'Invalid method name');
  const member = found.methods.get(method);
  if (member === undefined) throw new TitanError(404, `Method ${method} not found in service ${shown}`);
  return member;
}
