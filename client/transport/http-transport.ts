import { INVOKE_PATH, type InvokeRequest, parseInvokeResponse } from '../../protocol/http.js';
import type { TapCall } from '../../protocol/index.js';
import { callError } from '../call/call-error.js';
import { Lazy } from '../lazy.js';
import { TIMEOUT_GRACE_MS } from '../limits.js';
import { type Runtime, randomId } from '../runtime.js';
import type { BatchConfig, HttpBatch } from './http/http-batch.js';
import { HttpExchange } from './http/http-exchange.js';
import { assertJsonKeeps, withoutTrailingUndefined } from './http/json-arguments.js';
import { fromEnvelope } from './remote-error.js';
import type { Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

export interface HttpTransportOptions {
  readonly url: string;
  readonly token: ((refresh: boolean) => Promise<string | undefined>) | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Cookies are sent along, to another origin too. */
  readonly withCookies: boolean;
  readonly lossy: boolean;
  readonly batch: BatchConfig | undefined;
}

/** Calls over HTTP: one POST each, or several in one where batching is on. */
export class HttpTransport implements Transport {
  readonly via = 'HTTP';
  readonly #options: HttpTransportOptions;
  readonly #runtime: Runtime;
  readonly #log: WireLog | null;
  readonly #exchange: HttpExchange;
  /** Loaded with the first call, where batching is on. */
  readonly #batch: Lazy<HttpBatch>;

  constructor(options: HttpTransportOptions, runtime: Runtime, log: WireLog | null) {
    this.#options = options;
    this.#runtime = runtime;
    this.#log = log;
    this.#exchange = new HttpExchange(options.url, runtime, options.withCookies);
    this.#batch = new Lazy(async () => {
      const { HttpBatch } = await import('./http/http-batch.js');
      return new HttpBatch(this.#exchange, options.batch as BatchConfig, runtime, log, () => this.#headers());
    });
  }

  async invoke(request: TransportRequest): Promise<TransportReply> {
    const { call, operation = 'call' } = request;
    if (operation !== 'call') throw callError('invalid-argument', `HTTP has no ${operation}: use a ws: backend`, call);
    const envelope = this.#envelope(request);
    // A batch has one set of headers for all of its calls.
    if (this.#options.batch === undefined || hasHeaders(request)) return this.#once(request, envelope);
    const batch = this.#batch.value ?? (await request.cancellation.race(this.#batch.load(), call));
    return batch.add(call, envelope, request.cancellation);
  }

  async stream({ call }: TransportRequest): Promise<never> {
    throw callError('invalid-argument', 'HTTP has no streams: use a ws: backend', call);
  }

  readonly post: NonNullable<Transport['post']> = (path, value, { call, cancellation }) =>
    this.#exchange.post(path, this.#exchange.encode(value, call), this.#options.headers, cancellation, call);

  close(): void {
    // What waits must not wait on for a window that nobody needs any more.
    this.#batch.value?.flush();
    this.#exchange.close();
  }

  async #once(
    { call, cancellation, etag, headers }: TransportRequest,
    envelope: InvokeRequest,
  ): Promise<TransportReply> {
    const exchange = this.#exchange;
    const body = exchange.encode(envelope, call);
    const all = { ...(await this.#headers()), ...headers };
    if (etag !== undefined && exchange.sameOrigin) all['If-None-Match'] = etag;
    cancellation.check(call);
    this.#log?.sent(call, body.length, `POST ${INVOKE_PATH}`);
    const answer = await exchange.post(INVOKE_PATH, body, all, cancellation, call);
    const { sizeBytes, status } = answer;
    this.#log?.received(call, sizeBytes, String(status));
    if (answer.body === undefined) return { value: undefined, sizeBytes, notModified: true };
    const response = parseInvokeResponse(answer.body);
    if (response === undefined) throw exchange.foreign(INVOKE_PATH, answer, call);
    if (!response.ok) throw fromEnvelope(response.error, status, call, answer.retryAfterMs);
    if (response.id !== envelope.id) {
      throw callError('protocol', `the answer is for call ${JSON.stringify(response.id)}, not ${envelope.id}`, call);
    }
    return { value: response.data, hints: response.cache, sizeBytes, etag: answer.etag };
  }

  #envelope({ call, args = call.args, cancellation }: TransportRequest): InvokeRequest {
    const { service, method }: TapCall = call;
    const input = withoutTrailingUndefined(args);
    if (!this.#options.lossy) assertJsonKeeps(input, 'args', call, 0);
    const leftMs = cancellation.dueMs - this.#runtime.now();
    // A little more than there is: when time is over is said here, not there.
    const hints = Number.isFinite(leftMs)
      ? { hints: { timeout: Math.max(0, Math.ceil(leftMs)) + TIMEOUT_GRACE_MS } }
      : {};
    return { id: randomId(this.#runtime), service, method, input, ...hints };
  }

  async #headers(): Promise<Record<string, string>> {
    const { token, headers } = this.#options;
    const bearer = await token?.(false);
    return bearer === undefined ? { ...headers } : { ...headers, Authorization: `Bearer ${bearer}` };
  }
}

function hasHeaders({ headers = {} }: TransportRequest): boolean {
  return Object.keys(headers).length > 0;
}
