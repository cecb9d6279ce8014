import { type InvokeRequest, parseInvokeResponse } from '../../../protocol/http.js';
import { BATCH_PATH, type BatchReply, parseBatchResponse } from '../../../protocol/http-batch.js';
import type { TapCall } from '../../../protocol/index.js';
import { MAX_PACKET_BYTES } from '../../../protocol/limits.js';
import type { ActiveCall } from '../../call/active-call.js';
import { callError } from '../../call/call-error.js';
import { Cancellation } from '../../call/cancellation.js';
import { messageOf } from '../../call/message-of.js';
import type { BatchOptions } from '../../client-options.js';
import { BATCH_WINDOW_MS, MAX_BATCH_SIZE } from '../../limits.js';
import { isNetronError, NetronError, type NetronErrorFields } from '../../netron-error.js';
import { type Runtime, randomId } from '../../runtime.js';
import { fromEnvelope } from '../remote-error.js';
import type { TransportReply, WireLog } from '../transport.js';
import { foreign, type HttpExchange, retryAfterMs } from './http-exchange.js';

interface Item {
  readonly call: ActiveCall;
  readonly id: string;
  /** The request, as JSON. */
  readonly text: string;
  readonly cancellation: Cancellation;
  resolve(reply: TransportReply): void;
  reject(error: unknown): void;
}

type ItemReply = BatchReply & { readonly sizeBytes: number };

/** What a batch has around and between its items, at most. */
const FRAME_BYTES = 2_048;
const ROOM_BYTES = MAX_PACKET_BYTES - FRAME_BYTES;

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
  readonly #headers: (cancellation: Cancellation, call: TapCall) => Promise<Headers>;
  #waiting: Item[] = [];
  /** Of all that wait. */
  #sizeBytes = 0;
  #timer: unknown;

  constructor(
    exchange: HttpExchange,
    { window = BATCH_WINDOW_MS, maxBatchSize = MAX_BATCH_SIZE }: BatchOptions,
    runtime: Runtime,
    log: WireLog | null,
    headers: (cancellation: Cancellation, call: TapCall) => Promise<Headers>,
  ) {
    this.#exchange = exchange;
    this.#windowMs = window;
    this.#maxSize = maxBatchSize;
    this.#runtime = runtime;
    this.#log = log;
    this.#headers = headers;
  }

  /** @throws NetronError for what cannot be sent: it must not take its neighbours with it. */
  async add(call: ActiveCall, request: InvokeRequest, cancellation: Cancellation): Promise<TransportReply> {
    // While this module was being loaded.
    cancellation.check(call);
    const text = this.#exchange.write(request, call);
    const { length: sizeBytes } = this.#exchange.encode(text, call);
    if (this.#sizeBytes + sizeBytes > ROOM_BYTES) this.flush();
    return new Promise((resolve, reject) => {
      cancellation.onCancel = () => reject(cancellation.error(call));
      this.#sizeBytes += sizeBytes;
      this.#waiting.push({ call, id: request.id, text, cancellation, resolve, reject });
      if (this.#waiting.length >= this.#maxSize) return this.flush();
      this.#timer ??= this.#runtime.setTimeout(() => this.flush(), this.#windowMs);
    });
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#timer !== undefined) this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#waiting;
    this.#waiting = [];
    this.#sizeBytes = 0;
    void this.#send(items);
  }

  async #send(waiting: readonly Item[]): Promise<void> {
    let items = waiting.filter(isWanted);
    const [first] = items;
    if (first === undefined) return;
    try {
      const headers = await this.#headers(endless(), first.call);
      // That may have taken a while.
      items = items.filter(isWanted);
      if (items.length === 0) return;
      const replies = await this.#post(items, headers);
      for (const item of items) settle(item, replies.get(item.id));
    } catch (error) {
      // One error object for many calls would name the place of one of them.
      for (const { call, reject } of items) reject(errorFor(call, error));
    }
  }

  /** One outcome for each. @throws NetronError the refusal of them all. */
  async #post(items: readonly Item[], headers: Headers): Promise<ReadonlyMap<string, ItemReply>> {
    const { call } = items[0] as Item;
    const requests = items.map(({ text }) => text).join();
    const frame = `{"id":"${randomId(this.#runtime)}","requests":[${requests}],"options":{"parallel":true}}`;
    const bytes = this.#exchange.encode(frame, call);
    const label = `POST ${BATCH_PATH} (${items.length})`;
    const share = Math.round(bytes.length / items.length);
    for (const { call } of items) {
      call.doubts++;
      this.#log?.sent(call, share, label);
    }
    const answer = await this.#exchange.post(BATCH_PATH, bytes, headers, whileWanted(items), call);
    const replies = parseBatchResponse(answer.body);
    const refusal = replies === undefined ? parseInvokeResponse(answer.body) : undefined;
    if (refusal?.ok === false) throw fromEnvelope(refusal.error, answer.status, call, retryAfterMs(answer));
    if (replies === undefined) throw foreign(answer, call);
    const sizeBytes = Math.round(answer.sizeBytes / items.length);
    for (const item of items) this.#log?.received(item.call, sizeBytes, `${answer.status} (${items.length})`);
    return new Map([...replies].map(([key, reply]) => [key, { ...reply, sizeBytes }]));
  }
}

function isWanted({ cancellation }: Item): boolean {
  return cancellation.isWanted();
}

/** At the place of a call, what has become of the whole batch. */
function errorFor({ backend, service, method }: TapCall, error: unknown): NetronError {
  const fields = { backend, service, method, cause: error };
  if (!isNetronError(error)) return new NetronError('network', messageOf(error), { ...fields, retryable: true });
  return new NetronError(error.code, error.reason, { ...error, ...fields } as NetronErrorFields);
}

function settle({ call, resolve, reject }: Item, reply: ItemReply | undefined): void {
  if (reply === undefined) reject(callError('protocol', 'the answer to the batch leaves this call out', call));
  else if (reply.ok) resolve({ value: reply.data, sizeBytes: reply.sizeBytes });
  else reject(fromEnvelope(reply.error, Number(reply.error.code) || 500, call));
}

function endless(): Cancellation {
  return new Cancellation(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, undefined);
}

/** The request goes on as long as one of its calls is wanted. */
function whileWanted(items: readonly Item[]): Cancellation {
  const request = endless();
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
