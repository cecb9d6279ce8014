import { type InvokeRequest, parseInvokeResponse } from '../../../protocol/http.js';
import { BATCH_PATH, type BatchReply, parseBatchResponse } from '../../../protocol/http-batch.js';
import type { InvokeError, TapCall } from '../../../protocol/index.js';
import { callError } from '../../call/call-error.js';
import { Cancellation } from '../../call/cancellation.js';
import type { BatchOptions } from '../../client-options.js';
import { BATCH_WINDOW_MS, MAX_BATCH_SIZE } from '../../limits.js';
import { type Runtime, randomId } from '../../runtime.js';
import { fromEnvelope } from '../remote-error.js';
import type { TransportReply, WireLog } from '../transport.js';
import { foreign, type HttpExchange } from './http-exchange.js';

interface Item {
  readonly call: TapCall;
  readonly request: InvokeRequest;
  readonly cancellation: Cancellation;
  resolve(reply: TransportReply): void;
  reject(error: unknown): void;
}

/** One outcome for each, or the refusal of them all. */
type BatchAnswer =
  | { readonly ok: true; readonly replies: ReadonlyMap<string, BatchReply & { readonly sizeBytes: number }> }
  | { readonly ok: false; readonly error: InvokeError; readonly status: number };

/**
 * Puts the calls of one moment into one request. Each keeps its own outcome, and none is ever sent again: what the server
 * did with an item whose answer is missing cannot be known.
 */
export class HttpBatch {
  readonly #exchange: HttpExchange;
  readonly #maxSize: number;
  readonly #windowMs: number;
  readonly #runtime: Runtime;
  readonly #log: WireLog | null;
  readonly #headers: () => Promise<Readonly<Record<string, string>>>;
  #waiting: Item[] = [];
  #timer: unknown;

  constructor(
    exchange: HttpExchange,
    { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE }: BatchOptions,
    runtime: Runtime,
    log: WireLog | null,
    headers: () => Promise<Readonly<Record<string, string>>>,
  ) {
    this.#exchange = exchange;
    this.#windowMs = window;
    this.#maxSize = maxBatchSize;
    this.#runtime = runtime;
    this.#log = log;
    this.#headers = headers;
  }

  add(call: TapCall, request: InvokeRequest, cancellation: Cancellation): Promise<TransportReply> {
    // While this module was being loaded.
    if (cancellation.cancelled !== undefined) return Promise.reject(cancellation.error(call));
    return new Promise((resolve, reject) => {
      const item: Item = { call, request, cancellation, resolve, reject };
      cancellation.onCancel = () => reject(cancellation.error(call));
      this.#waiting.push(item);
      if (this.#waiting.length >= this.#maxSize) return this.flush();
      this.#timer ??= this.#runtime.setTimeout(() => this.flush(), this.#windowMs);
    });
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#timer !== undefined) this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#waiting.filter(({ cancellation }) => cancellation.cancelled === undefined);
    this.#waiting = [];
    if (items.length > 0) void this.#send(items);
  }

  async #send(items: readonly Item[]): Promise<void> {
    try {
      const answer = await this.#post(items);
      for (const item of items) {
        if (answer.ok) settle(item, answer.replies.get(item.request.id));
        else item.reject(fromEnvelope(answer.error, answer.status, item.call));
      }
    } catch (error) {
      // One error object for many calls would name the place of one of them.
      const { code, reason } = error as { code?: 'network'; reason?: string };
      for (const { call, reject } of items) reject(callError(code ?? 'network', reason ?? String(error), call, error));
    }
  }

  async #post(items: readonly Item[]): Promise<BatchAnswer> {
    const { call } = items[0] as Item;
    const id = randomId(this.#runtime);
    const requests = items.map(({ request }) => request);
    const bytes = this.#exchange.encode({ id, requests, options: { parallel: true } }, call);
    const label = `POST ${BATCH_PATH} (${items.length})`;
    const share = Math.round(bytes.length / items.length);
    for (const item of items) this.#log?.sent(item.call, share, label);
    const answer = await this.#exchange.post(BATCH_PATH, bytes, await this.#headers(), whileWanted(items), call);
    const replies = parseBatchResponse(answer.body);
    const refusal = replies === undefined ? parseInvokeResponse(answer.body) : undefined;
    if (refusal?.ok === false) return { ok: false, error: refusal.error, status: answer.status };
    if (replies === undefined) throw foreign(answer, call);
    const sizeBytes = Math.round(answer.sizeBytes / items.length);
    for (const item of items) this.#log?.received(item.call, sizeBytes, `${answer.status} (${items.length})`);
    return { ok: true, replies: new Map([...replies].map(([key, reply]) => [key, { ...reply, sizeBytes }])) };
  }
}

function settle(
  { call, resolve, reject }: Item,
  reply: (BatchReply & { readonly sizeBytes: number }) | undefined,
): void {
  if (reply === undefined) reject(callError('protocol', 'the answer to the batch leaves this call out', call));
  else if (reply.ok) resolve({ value: reply.data, sizeBytes: reply.sizeBytes });
  else reject(fromEnvelope(reply.error, Number(reply.error.code) || 500, call));
}

/** The request goes on as long as one of its calls is wanted. */
function whileWanted(items: readonly Item[]): Cancellation {
  const request = new Cancellation(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, undefined);
  let wanted = items.length;
  const gone = (): void => {
    wanted--;
    if (wanted === 0) request.cancel('aborted');
  };
  for (const { cancellation, reject, call } of items) {
    if (cancellation.cancelled !== undefined) gone();
    else
      cancellation.onCancel = () => {
        reject(cancellation.error(call));
        gone();
      };
  }
  return request;
}
