import { INVOKE_PATH, type InvokeRequest, type InvokeResponse, parseInvokeResponse } from '../../protocol/http.js';
import type { TapCall } from '../../protocol/index.js';
import { callError } from '../call/call-error.js';
import { type Runtime, randomId } from '../runtime.js';
import type { BatchConfig, HttpBatch } from './http/http-batch.js';
import { HttpExchange } from './http/http-exchange.js';
import { assertJsonKeeps, withoutTrailingUndefined } from './http/json-arguments.js';
import { fromEnvelope } from './remote-error.js';
import type { Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

export interface HttpTransportOptions {
  readonly url: string;
  readonly token: ((refresh: boolean) => Promise<string | undefined>) | undefined;
  readonly lossy: boolean;
  readonly batch: BatchConfig | undefined;
}

/** Calls over HTTP: one POST each, or several in one where batching is on. */
export class HttpTransport implements Transport {
  readonly via = 'HTTP';
  readonly #options: HttpTransportOptions;
  readonly #runtime: Runtime;
  readonly #log: WireLog;
  readonly #exchange: HttpExchange;
  /** Loaded with the first call, where batching is on. */
  #batch: Promise<HttpBatch> | undefined;

  constructor(options: HttpTransportOptions, runtime: Runtime, log: WireLog) {
    this.#options = options;
    this.#runtime = runtime;
    this.#log = log;
    this.#exchange = new HttpExchange(options.url, runtime);
  }

  async invoke(request: TransportRequest): Promise<TransportReply> {
    const { call, operation = 'call' } = request;
    if (operation !== 'call')
      throw callError('invalid-argument', `HTTP knows no ${operation}: use a ws: backend`, call);
    if (this.#options.batch !== undefined) return this.#batched(request, this.#options.batch);
    return this.#once(request);
  }

  async #batched(request: TransportRequest, config: BatchConfig): Promise<TransportReply> {
    const envelope = this.#envelope(request);
    this.#batch ??= import('./http/http-batch.js').then(
      ({ HttpBatch }) => new HttpBatch(this.#exchange, config, this.#runtime, this.#log, () => this.#authorization()),
    );
    return (await this.#batch).add(request.call, envelope, request.signal);
  }

  async stream({ call }: TransportRequest): Promise<never> {
    throw callError('invalid-argument', 'HTTP has no streams: use a ws: backend', call);
  }

  readonly post: NonNullable<Transport['post']> = (path, value, { call, signal }) =>
    this.#exchange.post(path, this.#exchange.encode(value, call), {}, signal, call);

  close(): void {
    this.#exchange.closing.abort();
  }

  async #once(request: TransportRequest): Promise<TransportReply> {
    const { call, signal, etag } = request;
    const envelope = this.#envelope(request);
    const body = this.#exchange.encode(envelope, call);
    const conditional = etag !== undefined && this.#exchange.sameOrigin ? { 'If-None-Match': etag } : {};
    const headers = { ...(await this.#authorization()), ...conditional };
    this.#log.sent(call, body.length, `POST ${INVOKE_PATH}`);
    const answer = await this.#exchange.post(INVOKE_PATH, body, headers, signal, call);
    this.#log.received(call, answer.sizeBytes, String(answer.status));
    const { sizeBytes } = answer;
    if (answer.body === undefined) return { value: undefined, sizeBytes, notModified: true };
    const response = parseInvokeResponse(answer.body);
    if (response === undefined) throw this.#exchange.foreign(INVOKE_PATH, answer, call);
    return { ...this.#accept(response, envelope, answer.status, call), sizeBytes, etag: answer.etag };
  }

  #accept(
    response: InvokeResponse,
    { id }: InvokeRequest,
    status: number,
    call: TapCall,
  ): Pick<TransportReply, 'value' | 'hints'> {
    if (!response.ok) throw fromEnvelope(response.error, status, call);
    if (response.id !== id) {
      throw callError('protocol', `the answer is for call ${JSON.stringify(response.id)}, not ${id}`, call);
    }
    return { value: response.data, hints: response.cache };
  }

  #envelope({ call, timeoutMs }: TransportRequest): InvokeRequest {
    const { service, method } = call;
    const input = withoutTrailingUndefined(call.args);
    if (!this.#options.lossy) assertJsonKeeps(input, 'args', call, 0);
    const id = randomId(this.#runtime);
    const hints = Number.isFinite(timeoutMs) ? { hints: { timeout: Math.ceil(timeoutMs) } } : {};
    return { id, service, method, input, ...hints };
  }

  async #authorization(): Promise<Readonly<Record<string, string>>> {
    const token = await this.#options.token?.(false);
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }
}
