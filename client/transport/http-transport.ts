import { INVOKE_PATH, parseInvokeResponse } from '../../protocol/http.js';
import type { InvokeRequest, InvokeResponse, TapCall } from '../../protocol/index.js';
import { MAX_PACKET_BYTES } from '../../protocol/limits.js';
import { NetronError } from '../netron-error.js';
import { type Runtime, randomId } from '../runtime.js';
import { callError, fromEnvelope } from './remote-error.js';
import { BodyTooLarge, readBody } from './response-body.js';
import type { Transport, TransportReply, TransportRequest, WireLog } from './transport.js';

/** Only headers that pass Titan's CORS preflight (PROTOCOL §3.8). */
const HEADERS: Readonly<Record<string, string>> = { 'Content-Type': 'application/json', Accept: 'application/json' };

/** Calls over HTTP: one POST each. */
export class HttpTransport implements Transport {
  readonly via = 'HTTP';
  readonly #url: string;
  readonly #runtime: Runtime;
  readonly #log: WireLog;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #closing = new AbortController();

  constructor(url: string, runtime: Runtime, log: WireLog) {
    this.#url = `${url.replace(/\/+$/, '')}${INVOKE_PATH}`;
    this.#runtime = runtime;
    this.#log = log;
  }

  async invoke({ call, signal, timeoutMs }: TransportRequest): Promise<TransportReply> {
    const id = randomId(this.#runtime);
    const body = this.#encode(call, id, timeoutMs);
    this.#log.sent(call, body.length, `POST ${INVOKE_PATH}`);
    const { response, bytes } = await this.#post(call, body, signal);
    this.#log.received(call, bytes.length, String(response.status));
    const envelope = this.#decode(call, response, bytes);
    if (envelope.id !== id && envelope.ok) {
      throw callError('protocol', `the answer is for call ${JSON.stringify(envelope.id)}, not ${id}`, call);
    }
    if (!envelope.ok) throw fromEnvelope(envelope.error, response.status, call);
    return { value: envelope.data, sizeBytes: bytes.length };
  }

  async stream({ call }: TransportRequest): Promise<never> {
    throw callError('invalid-argument', 'HTTP has no streams: use a ws: or wss: backend', call);
  }

  close(): void {
    this.#closing.abort();
  }

  #encode(call: TapCall, id: string, timeoutMs: number): Uint8Array<ArrayBuffer> {
    const { service, method, args } = call;
    const hints = Number.isFinite(timeoutMs) ? { hints: { timeout: Math.ceil(timeoutMs) } } : {};
    const request: InvokeRequest = { id, service, method, input: args, ...hints };
    let text: string;
    try {
      text = JSON.stringify(request);
    } catch (error) {
      throw callError('invalid-argument', `the arguments cannot be written as JSON: ${reasonOf(error)}`, call, error);
    }
    const body = this.#encoder.encode(text);
    if (body.length > MAX_PACKET_BYTES) {
      throw callError('too-large', `a request of ${body.length} bytes, the most is ${MAX_PACKET_BYTES}`, call);
    }
    return body;
  }

  async #post(
    call: TapCall,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<{ response: Response; bytes: Uint8Array }> {
    const closing = this.#closing.signal;
    const init = { method: 'POST', headers: HEADERS, body, signal: AbortSignal.any([signal, closing]) };
    try {
      const response = await this.#runtime.fetch(this.#url, init);
      return { response, bytes: await readBody(response, MAX_PACKET_BYTES) };
    } catch (error) {
      if (error instanceof BodyTooLarge) throw callError('too-large', `an answer over ${error.maxBytes} bytes`, call);
      if (closing.aborted) throw callError('network', 'the client was closed', call, error);
      throw callError('network', `cannot reach ${this.#url}: ${reasonOf(error)}`, call, error);
    }
  }

  #decode(call: TapCall, response: Response, bytes: Uint8Array): InvokeResponse {
    let body: unknown;
    try {
      body = JSON.parse(this.#decoder.decode(bytes));
    } catch (error) {
      throw this.#foreign(call, response, error);
    }
    const envelope = parseInvokeResponse(body);
    if (envelope === undefined) throw this.#foreign(call, response, undefined);
    return envelope;
  }

  #foreign(call: TapCall, response: Response, cause: unknown): NetronError {
    const type = response.headers.get('content-type') ?? 'no content type';
    const { backend, service, method } = call;
    const reason = `${this.#url} answered ${response.status} with ${type} that is no Netron envelope`;
    return new NetronError('protocol', reason, { backend, service, method, status: response.status, cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
