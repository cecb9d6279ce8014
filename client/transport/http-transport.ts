import { INVOKE_PATH, type InvokeRequest, parseInvokeResponse } from '../../protocol/http.js';
import type { TapCall } from '../../protocol/index.js';
import { callError } from '../call/call-error.js';
import type { Cancellation } from '../call/cancellation.js';
import type { BackendConfig } from '../client-config.js';
import { Lazy } from '../lazy.js';
import { TIMEOUT_GRACE_MS } from '../limits.js';
import { type Runtime, randomId } from '../runtime.js';
import { bearerToken } from './http/bearer-token.js';
import type { HttpBatch } from './http/http-batch.js';
import { foreign, HttpExchange, retryAfterMs } from './http/http-exchange.js';
import { assertJsonKeeps, withoutTrailingUndefined } from './http/json-arguments.js';
import { type HeaderFields, requestHeaders } from './http/request-headers.js';
import { fromEnvelope } from './remote-error.js';
import type { Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

const NOT_MODIFIED = 304;
/** The way out of what HTTP has not. */
const USE_A_SOCKET = 'give the backend a socketUrl, or use a ws: backend';

/** Calls over HTTP: one POST each, or several in one where batching is on. */
export class HttpTransport implements Transport {
  readonly via = 'HTTP';
  readonly #config: BackendConfig;
  readonly #runtime: Runtime;
  readonly #log: WireLog | null;
  readonly #exchange: HttpExchange;
  /** Loaded with the first call, where batching is on. */
  readonly #batch: Lazy<HttpBatch>;

  constructor(config: BackendConfig, runtime: Runtime, log: WireLog | null) {
    this.#config = config;
    this.#runtime = runtime;
    this.#log = log;
    // Of another origin too.
    this.#exchange = new HttpExchange(config.url, runtime, config.auth?.mode === 'cookie');
    this.#batch = new Lazy(async () => {
      const { HttpBatch } = await import('./http/http-batch.js');
      return new HttpBatch(this.#exchange, Object(config.batch), runtime, log, (cancellation, call) =>
        this.#headers(cancellation, call),
      );
    });
  }

  async invoke(request: TransportRequest): Promise<TransportReply> {
    const { call, cancellation, operation = 'call', etag, headers } = request;
    if (operation !== 'call') throw callError('invalid-argument', `HTTP has no ${operation}: ${USE_A_SOCKET}`, call);
    const envelope = this.#envelope(request);
    // A batch has one set of headers for all of its calls.
    if (this.#config.batch && !(headers && Object.keys(headers).length > 0)) {
      const batch = this.#batch.value ?? (await cancellation.race(this.#batch.load(), call));
      return batch.add(call, envelope, cancellation);
    }
    const exchange = this.#exchange;
    const body = exchange.encode(exchange.write(envelope, call), call);
    const validator = etag !== undefined && exchange.sameOrigin ? { 'If-None-Match': etag } : undefined;
    const all = await this.#headers(cancellation, call, headers, validator);
    this.#log?.sent(call, body.length, `POST ${INVOKE_PATH}`);
    call.doubts++;
    const answer = await exchange.post(INVOKE_PATH, body, all, cancellation, call);
    const { sizeBytes, status } = answer;
    this.#log?.received(call, sizeBytes, String(status));
    if (status === NOT_MODIFIED && validator !== undefined) return { value: undefined, sizeBytes, notModified: true };
    const response = parseInvokeResponse(answer.body);
    if (response === undefined) throw foreign(answer, call);
    if (!response.ok) throw fromEnvelope(response.error, status, call, retryAfterMs(answer));
    if (response.id !== envelope.id) {
      throw callError('protocol', `the answer is for call ${JSON.stringify(response.id)}, not ${envelope.id}`, call);
    }
    return { value: response.data, hints: response.cache, sizeBytes, etag: answer.header('etag') };
  }

  async stream({ call }: TransportRequest): Promise<never> {
    throw callError('invalid-argument', `HTTP has no streams: ${USE_A_SOCKET}`, call);
  }

  readonly post: NonNullable<Transport['post']> = async (path, value, { call, cancellation }) => {
    const exchange = this.#exchange;
    const headers = requestHeaders([this.#config.headers], call);
    const answer = await exchange.post(
      path,
      exchange.encode(exchange.write(value, call), call),
      headers,
      cancellation,
      call,
    );
    if (answer.body === undefined) throw foreign(answer, call);
    return answer;
  };

  close(): void {
    // What waits must not wait on for a window that nobody needs any more.
    this.#batch.value?.flush();
  }

  #envelope({ call, args = call.args, cancellation }: TransportRequest): InvokeRequest {
    const { service, method } = call;
    const input = withoutTrailingUndefined(args);
    if (!this.#config.lossy) assertJsonKeeps(input, call);
    const id = randomId(this.#runtime);
    const leftMs = cancellation.dueMs - this.#runtime.now();
    if (leftMs === Number.POSITIVE_INFINITY) return { id, service, method, input };
    // A little more than there is: when time is over is said here, not there.
    return { id, service, method, input, hints: { timeout: Math.max(0, Math.ceil(leftMs)) + TIMEOUT_GRACE_MS } };
  }

  /** The last ones have the last word. @throws NetronError as soon as the call is cancelled. */
  async #headers(
    cancellation: Cancellation,
    call: TapCall,
    ...own: readonly (HeaderFields | undefined)[]
  ): Promise<Headers> {
    const bearer = await bearerToken(this.#config, cancellation, call);
    cancellation.check(call);
    return requestHeaders([this.#config.headers, bearer, ...own], call);
  }
}
