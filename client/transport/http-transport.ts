import {
  AUTHENTICATE_PATH,
  INVOKE_PATH,
  type InvokeRequest,
  type InvokeResponse,
  parseInvokeResponse,
} from '../../protocol/http.js';
import type { TapCall } from '../../protocol/index.js';
import type { NetronError } from '../netron-error.js';
import { type Runtime, randomId } from '../runtime.js';
import type { BatchConfig, HttpBatch } from './http/http-batch.js';
import { HttpExchange } from './http/http-exchange.js';
import { findJsonLoss, withoutTrailingUndefined } from './http/json-arguments.js';
import { callError, fromEnvelope } from './remote-error.js';
import type { Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

export interface HttpTransportOptions {
  readonly url: string;
  readonly token: ((refresh: boolean) => Promise<string | undefined>) | undefined;
  readonly lossy: boolean;
  readonly batch: BatchConfig | undefined;
}

const UNAUTHORIZED = 401;

/** Calls over HTTP: one POST each, or several in one where batching is on. */
export class HttpTransport implements Transport {
  readonly via = 'HTTP';
  readonly #options: HttpTransportOptions;
  readonly #runtime: Runtime;
  readonly #log: WireLog;
  readonly #exchange: HttpExchange;
  /** Loaded with the first call, where batching is on. */
  #batch: Promise<HttpBatch> | undefined;
  /** Shared by all calls whose token was refused at the same time. */
  #refreshing: Promise<string | undefined> | undefined;

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
    try {
      return await this.#once(request, false);
    } catch (error) {
      // A call that was refused for its token did not run, so it may be sent again, once, with another.
      const refused = (error as NetronError).status === UNAUTHORIZED && (error as NetronError).code === 'remote';
      if (!refused || this.#options.token === undefined || request.signal.aborted) throw error;
      return this.#once(request, true);
    }
  }

  async #batched(request: TransportRequest, config: BatchConfig): Promise<TransportReply> {
    const envelope = this.#envelope(request);
    this.#batch ??= import('./http/http-batch.js').then(
      ({ HttpBatch }) =>
        new HttpBatch(this.#exchange, config, this.#runtime, this.#log, () => this.#authorization(false)),
    );
    return (await this.#batch).add(request.call, envelope, request.signal);
  }

  async stream({ call }: TransportRequest): Promise<never> {
    throw callError('invalid-argument', 'HTTP has no streams: use a ws: or wss: backend', call);
  }

  /** Exchanges credentials or a token for what the server knows of the user. */
  async authenticate(
    credentials: unknown,
    { call, signal }: Pick<TransportRequest, 'call' | 'signal'>,
  ): Promise<unknown> {
    const id = randomId(this.#runtime);
    const body = this.#exchange.encode({ id, credentials }, call);
    this.#log.sent(call, body.length, `POST ${AUTHENTICATE_PATH}`);
    const answer = await this.#exchange.post(AUTHENTICATE_PATH, body, {}, signal, call);
    this.#log.received(call, answer.sizeBytes, String(answer.status));
    const { result } = (answer.body ?? {}) as { result?: unknown };
    if (result !== undefined) return result;
    const envelope = parseInvokeResponse(answer.body);
    if (envelope === undefined || envelope.ok) throw this.#exchange.foreign(AUTHENTICATE_PATH, answer, call);
    throw fromEnvelope(envelope.error, answer.status, call);
  }

  close(): void {
    this.#exchange.close();
  }

  async #once(request: TransportRequest, refresh: boolean): Promise<TransportReply> {
    const { call, signal, etag } = request;
    const envelope = this.#envelope(request);
    const body = this.#exchange.encode(envelope, call);
    const conditional = etag !== undefined && this.#exchange.sameOrigin ? { 'If-None-Match': etag } : {};
    const headers = { ...(await this.#authorization(refresh)), ...conditional };
    this.#log.sent(call, body.length, `POST ${INVOKE_PATH}`);
    const answer = await this.#exchange.post(INVOKE_PATH, body, headers, signal, call);
    this.#log.received(call, answer.sizeBytes, String(answer.status));
    const { sizeBytes } = answer;
    if (answer.body === undefined) return { value: undefined, sizeBytes, notModified: true, etag: answer.etag ?? etag };
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
    const loss = this.#options.lossy ? undefined : findJsonLoss(input);
    if (loss !== undefined) {
      const help = 'call it over WebSocket, or set lossy: true on the backend';
      throw callError('invalid-argument', `JSON cannot carry ${loss.what} at ${loss.path}: ${help}`, call);
    }
    const id = randomId(this.#runtime);
    const hints = Number.isFinite(timeoutMs) ? { hints: { timeout: Math.ceil(timeoutMs) } } : {};
    return { id, service, method, input, ...hints };
  }

  async #authorization(refresh: boolean): Promise<Readonly<Record<string, string>>> {
    const { token } = this.#options;
    if (token === undefined) return {};
    if (refresh) {
      this.#refreshing ??= token(true).finally(() => {
        this.#refreshing = undefined;
      });
    }
    const value = await (this.#refreshing ?? token(false));
    return value === undefined ? {} : { Authorization: `Bearer ${value}` };
  }
}
