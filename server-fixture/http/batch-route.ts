import { z } from 'zod';
import { MAX_NAME_LENGTH, TitanError, UNKNOWN_ERROR } from '../../protocol/index.js';
import { messageOf } from '../errors/message-of.js';
import { assertGenuine } from './assert-genuine.js';
import { readJson } from './body.js';
import { corsHeaders, rareCorsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { findTarget, runCall, type Target } from './http-call.js';
import { cookieHeaders, requestIdOf, sendError, sendJson, toJson } from './reply.js';

const itemSchema = z.object({ id: z.string(), service: z.string(), method: z.string(), input: z.unknown() });
const batchSchema = z.object({
  id: z.string(),
  requests: z.array(itemSchema),
  options: z.object({ parallel: z.boolean().default(true), stopOnError: z.boolean().default(false) }).optional(),
});

type Batch = z.infer<typeof batchSchema>;
type Item = z.infer<typeof itemSchema>;
type ItemResponse =
  | { readonly id: string; readonly success: true; readonly data: unknown }
  | {
      readonly id: string;
      readonly success: false;
      readonly error: { readonly code: string; readonly message: string };
    };

/**
 * POST /netron/batch: many calls in one request (PROTOCOL §3.6). Contracts are not checked, as in Titan; who may call
 * is, which Titan forgets.
 */
export async function batchRoute(exchange: Exchange): Promise<void> {
  const { backend, request, response } = exchange;
  const batch = await readBatch(exchange).catch((error: unknown) => {
    const id = requestIdOf(request);
    sendError(response, id, error, { ...corsHeaders(backend, request), 'X-Request-ID': id });
  });
  if (batch === undefined) return;
  try {
    assertGenuine(exchange);
  } catch (error) {
    sendError(response, batch.id, error, corsHeaders(backend, request));
    return;
  }
  const startMs = performance.now();
  const cookies: string[] = [];
  const responses = (await runBatch(exchange, batch)).map((answer) => withoutTokens(exchange, answer, cookies));
  const successCount = responses.filter(({ success }) => success).length;
  const totalTime = Math.round(performance.now() - startMs);
  const hints = { successCount, failureCount: responses.length - successCount, totalTime };
  const headers = { ...rareCorsHeaders(backend, request), ...cookieHeaders(cookies) };
  sendJson(response, 200, { id: batch.id, responses, hints }, headers);
}

/** Adds to the cookies of the response what belongs there. */
function withoutTokens({ backend }: Exchange, answer: ItemResponse, cookies: string[]): ItemResponse {
  if (!answer.success || backend.tokenCookies === undefined) return answer;
  const delivery = backend.tokenCookies.deliver(answer.data);
  cookies.push(...delivery.cookies);
  return { ...answer, data: delivery.data };
}

async function readBatch({ backend, request }: Exchange): Promise<Batch> {
  const { data: batch } = batchSchema.safeParse(await readJson(request, backend.limits.bodyBytes));
  const isWhole = batch?.requests.every((item) => Object.hasOwn(item, 'input'));
  if (batch === undefined || !isWhole) throw new TitanError(400, 'Invalid request format');
  const { batchItems } = backend.limits;
  if (batch.requests.length > batchItems) throw new TitanError(413, `At most ${batchItems} requests in a batch`);
  return batch;
}

async function runBatch(exchange: Exchange, { requests, options }: Batch): Promise<ItemResponse[]> {
  const { parallel = true, stopOnError = false } = options ?? {};
  if (parallel) return Promise.all(requests.map((item) => runItem(exchange, item)));
  const responses: ItemResponse[] = [];
  for (const item of requests) {
    const answer = await runItem(exchange, item);
    responses.push(answer);
    if (stopOnError && !answer.success) break;
  }
  return responses;
}

async function runItem(exchange: Exchange, item: Item): Promise<ItemResponse> {
  const { id, input } = item;
  try {
    const target = findItemTarget(exchange, item);
    const timeoutMs = exchange.backend.limits.callTimeoutMs;
    const data = await runCall(exchange, target, { input, requestId: id, timeoutMs, checked: false });
    // Here, so that one result without a text fails alone.
    toJson(data);
    return { id, success: true, data };
  } catch (error) {
    return { id, success: false, error: { code: codeOf(error), message: messageOf(error) } };
  }
}

/** One text for both of Titan's 404s, with the names cut to the length of real ones. */
function findItemTarget(exchange: Exchange, { service, method }: Item): Target {
  try {
    return findTarget(exchange, service, method);
  } catch (error) {
    if (!(error instanceof TitanError) || error.code !== 404) throw error;
    const [shownService, shownMethod] = [service, method].map((name) => name.slice(0, MAX_NAME_LENGTH));
    throw new TitanError(404, `Method not found: ${shownService}.${shownMethod}`);
  }
}

/** The bare number, never the business code; what is no error at all is 601 (PROTOCOL §3.6). */
function codeOf(error: unknown): string {
  if (error instanceof TitanError) return String(error.code);
  return error instanceof Error ? '500' : String(UNKNOWN_ERROR);
}
