import { isRetryableCode } from '../../../protocol/error-code.js';
import type { TapCall } from '../../../protocol/index.js';
import { MAX_PACKET_BYTES } from '../../../protocol/limits.js';
import { callError } from '../../call/call-error.js';
import type { Cancellation } from '../../call/cancellation.js';
import { NetronError } from '../../netron-error.js';
import type { Runtime } from '../../runtime.js';
import { type BodyText, readBody } from './response-body.js';

/** Only headers that pass Titan's CORS preflight (PROTOCOL §3.8). */
const HEADERS: Readonly<Record<string, string>> = { 'Content-Type': 'application/json', Accept: 'application/json' };
const NOT_MODIFIED = 304;

export interface HttpAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** How long the server asked to wait; undefined where it did not, or where its CORS hides it. */
  readonly retryAfterMs: number | undefined;
  /** Parsed JSON; undefined for 304, which has no body. */
  readonly body: unknown;
}

/** One POST to one path of a backend: JSON out, JSON in, within the limits of the wire. */
export class HttpExchange {
  readonly #base: string;
  readonly #runtime: Runtime;
  /** Of another origin too. */
  readonly #withCookies: boolean;
  readonly #encoder = new TextEncoder();
  readonly #active = new Set<AbortController>();
  #closed = false;

  constructor(url: string, runtime: Runtime, withCookies: boolean) {
    this.#base = url.replace(/\/+$/, '');
    this.#runtime = runtime;
    this.#withCookies = withCookies;
  }

  /** What is under way fails, and nothing more is sent. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#active) controller.abort();
  }

  /** Whether headers beyond the CORS-safe ones may be sent. */
  get sameOrigin(): boolean {
    return this.#runtime.origin !== undefined && this.#runtime.origin === new URL(this.#base).origin;
  }

  encode(value: unknown, call: TapCall): Uint8Array<ArrayBuffer> {
    let text: string;
    try {
      text = JSON.stringify(value);
    } catch (error) {
      throw callError('invalid-argument', `the arguments cannot be written as JSON: ${String(error)}`, call, error);
    }
    const body = this.#encoder.encode(text);
    if (body.length <= MAX_PACKET_BYTES) return body;
    throw callError('too-large', `a request of ${body.length} bytes, the most is ${MAX_PACKET_BYTES}`, call);
  }

  async post(
    path: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
    cancellation: Cancellation,
    call: TapCall,
  ): Promise<HttpAnswer> {
    cancellation.check(call);
    const url = this.#base + path;
    const controller = new AbortController();
    cancellation.onCancel = () => controller.abort();
    if (this.#closed) controller.abort();
    this.#active.add(controller);
    const init: RequestInit = {
      method: 'POST',
      headers: { ...HEADERS, ...headers },
      body,
      signal: controller.signal,
      ...(this.#withCookies ? { credentials: 'include' } : {}),
    };
    let response: Response;
    let read: BodyText | undefined;
    try {
      response = await this.#runtime.fetch(url, init);
      read = await readBody(response, MAX_PACKET_BYTES);
    } catch (error) {
      const reason = this.#closed ? 'the client was closed' : `cannot reach ${url}: ${String(error)}`;
      throw callError('network', reason, call, error);
    } finally {
      this.#active.delete(controller);
    }
    if (read === undefined) throw callError('too-large', `an answer over ${MAX_PACKET_BYTES} bytes`, call);
    const { status } = response;
    const contentType = response.headers.get('content-type') ?? 'no content type';
    const answer = {
      status,
      contentType,
      sizeBytes: read.sizeBytes,
      etag: response.headers.get('etag') ?? undefined,
      retryAfterMs: secondsToMs(response.headers.get('retry-after')),
    };
    if (status === NOT_MODIFIED) return { ...answer, body: undefined };
    try {
      return { ...answer, body: JSON.parse(read.text) };
    } catch (error) {
      throw this.foreign(path, answer, call, error);
    }
  }

  /** For an answer that is JSON but not what was agreed. */
  foreign(
    path: string,
    { status, contentType, retryAfterMs }: Omit<HttpAnswer, 'body'>,
    call: TapCall,
    cause?: unknown,
  ): NetronError {
    const { backend, service, method } = call;
    const reason = `${this.#base}${path} answered ${status} with ${contentType} that is no Netron envelope`;
    // Such as the page of a gateway whose server is away.
    const retryable = isRetryableCode(status);
    return new NetronError('protocol', reason, { backend, service, method, status, retryAfterMs, retryable, cause });
  }
}

/** `Retry-After` is in seconds in this contract (PROTOCOL §3.4), never a date. */
function secondsToMs(text: string | null): number | undefined {
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : undefined;
}
